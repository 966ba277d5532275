"""A trained model as one ONNX graph with a JSON card beside it, run without the library that trained it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError, ParameterError
from reprise.models.heads import Estimate

__all__ = ["OUTPUT", "ExportedModel", "require_model_name"]

OUTPUT = "predicted"
"""Name of the graph's one output, shape (n, n_targets)."""

Inputs = Mapping[str, npt.NDArray[Any]]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_ORT_TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}


def require_model_name(name: object) -> str:
    """Return a name that is safe as the name of a folder.

    Raises
    ------
    ParameterError
        If it could lead elsewhere.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise ParameterError(f"{name!r} is no name of a model: letters, digits, '.', '_', '+' and '-' make one")


class ExportedModel:
    """A graph that its card vouches for.

    Parameters
    ----------
    card : mapping
        As `reprise.training.export` writes it.
    session : onnxruntime.InferenceSession
    """

    def __init__(self, card: Mapping[str, Any], session: Any) -> None:
        self.card, self._session = card, session

    @classmethod
    def load(cls, path: Path) -> ExportedModel:
        """Load ``NAME.onnx`` after checking it against ``NAME.json``; nothing is ever unpickled.

        Raises
        ------
        ModelError
            If a file is missing or damaged, or the graph is not the one that the card describes.
        """
        card = _read_card(path.with_suffix(".json"))
        try:
            graph = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read: {error}; export the model again") from error
        if hashlib.sha256(graph).hexdigest() != card["sha256"]:
            raise ModelError(f"{path}: is not the file that its card describes; export the model again")
        model = cls(card, _session(graph, path))
        model._check_signature(path)
        return model

    @property
    def name(self) -> str:
        """The model's name with the beginning of its hash, which tells apart two of one name."""
        return f"{self.card['name']} {self.card['sha256'][:8]}"

    @property
    def targets(self) -> tuple[str, ...]:
        """What it predicts."""
        return tuple(self.card["targets"])

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it is given."""
        return tuple(row["name"] for row in self.card["inputs"])

    def predict(self, inputs: Inputs) -> npt.NDArray[np.float32]:
        """Return values in 0..1 or probabilities, shape (n, n_targets), for rows of each input.

        Raises
        ------
        ModelError
            If an input is missing or of another shape than the card says.
        """
        given = {}
        for row in self.card["inputs"]:
            values = inputs.get(row["name"])
            if values is None or list(values.shape[1:]) != row["shape"]:
                found = "missing" if values is None else f"of shape {values.shape[1:]}"
                raise ModelError(f"{self.name}: {row['name']} is {found}, not of shape {tuple(row['shape'])}")
            given[row["name"]] = values.astype(row["dtype"], copy=False)
        return np.asarray(self._session.run([OUTPUT], given)[0], np.float32)

    def estimates(self, inputs: Inputs) -> dict[str, Estimate]:
        """Estimate the features of one file, with the intervals of the card.

        Parameters
        ----------
        inputs : mapping of str to array
            One array a name, without an axis for rows.

        Returns
        -------
        dict of str to Estimate
            Without what cannot be said: nothing if an input is missing, no target whose value is no number.
        """
        if not set(self.inputs) <= inputs.keys():
            return {}
        values = self.predict({name: inputs[name][np.newaxis] for name in self.inputs})[0]
        half = self.card["interval"]["half_width"]
        return {
            target: Estimate(
                value=float(value),
                low=max(0.0, float(value) - half[target]),
                high=min(1.0, float(value) + half[target]),
            )
            for target, value in zip(self.targets, values, strict=True)
            if np.isfinite(value)
        }

    def _check_signature(self, path: Path) -> None:
        found = {row.name: (row.shape[1:], _ORT_TYPES.get(row.type)) for row in self._session.get_inputs()}
        described = {row["name"]: (row["shape"], row["dtype"]) for row in self.card["inputs"]}
        outputs = {row.name: row.shape[1:] for row in self._session.get_outputs()}
        if found != described or outputs != {OUTPUT: [len(self.targets)]}:
            raise ModelError(
                f"{path}: takes or gives other arrays than its card says; export the model again"
            )


def _session(graph: bytes, path: Path) -> Any:
    import onnxruntime  # costs 0.1 s, and not every command needs it

    # A graph can name any file to take weights from, by an entry of this key.
    if b"location" in graph:
        raise ModelError(f"{path}: wants to read other files; export the model again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    # Its errors have no common base but this one.
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path}: is no graph that can be run: {reason}") from error


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        require_model_name(card["name"])
        targets, half_width = card["targets"], card["interval"]["half_width"]
        well_formed = (
            isinstance(card["sha256"], str)
            and card["task"] in ("features", "genre")
            and isinstance(targets, list)
            and all(isinstance(name, str) for name in targets)
            and all(
                isinstance(half_width[name], float | int) for name in targets if card["task"] == "features"
            )
            and all(_is_input(row) for row in card["inputs"])
        )
    except (OSError, ValueError, KeyError, TypeError, ParameterError, RecursionError) as error:
        raise ModelError(f"{path}: is no card of a model: {error}") from error
    if not well_formed:
        raise ModelError(f"{path}: is no card of a model; export the model again")
    return dict(card)


def _is_input(row: Mapping[str, Any]) -> bool:
    return (
        isinstance(row["name"], str)
        and all(type(size) is int for size in row["shape"])
        and row["dtype"] in _ORT_TYPES.values()
        and isinstance(row["definition"], str)
    )
