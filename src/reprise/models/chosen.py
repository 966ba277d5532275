"""The model that the user has put in the place of the default heads for the features that it predicts.

::

    <data directory>/models/
        .in-use.json                which of them is used
        mfcc-cnn-1a2b3c4d/          model.onnx, model.json
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy.typing as npt

from reprise.errors import AudioError, ModelError, ParameterError
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.exported import ExportedModel, require_model_name
from reprise.models.heads import Estimate
from reprise.places import data_directory
from reprise.records import FloatArray
from reprise.targets import HEADS

__all__ = [
    "ANALYSIS",
    "ChosenModel",
    "choose",
    "choose_default",
    "chosen_model",
    "chosen_name",
    "installed",
    "require_usable",
]

ANALYSIS = "analysis."
"""Begins the name of an input that is a group of `reprise.models.inputs`."""

_GROUPS = frozenset(
    f"{ANALYSIS}{group}" for group in ("embedding", "pooled", "tag_logits", "mel", "short_term", "measured")
)
_POINTER = ".in-use.json"


def _folder() -> Path:
    return data_directory() / "models"


class ChosenModel:
    """The model in use, which listens again to a file for what the default models have not asked for.

    Parameters
    ----------
    model : ExportedModel
    """

    def __init__(self, model: ExportedModel) -> None:
        require_usable(model.card["name"], model.card["task"], model.targets, model.inputs)
        _require_same_definitions(model)
        self._model, self._networks = model, MusicnnNetworks()
        self._clip_sets = tuple(name for name in model.inputs if name in CLIP_SETS)

    @property
    def name(self) -> str:
        """Its name and what it is used for, for the record."""
        return f"{self._model.name} ({', '.join(self._model.targets)})"

    def estimates(self, path: str, groups: Mapping[str, FloatArray]) -> dict[str, Estimate]:
        """Estimate the features that the model predicts.

        Parameters
        ----------
        path : str
            The file, heard a second time if the model asks for sets of its clip.
        groups : mapping of str to array
            `reprise.models.inputs.input_groups` of the file.

        Returns
        -------
        dict of str to Estimate
            Without what the model cannot say of this file.
        """
        inputs: dict[str, npt.NDArray[Any]] = {f"{ANALYSIS}{name}": x for name, x in groups.items()}
        if self._clip_sets:
            try:
                inputs |= extract_clip(path, self._clip_sets, self._networks).values
            except AudioError:  # such as a file that ends before the middle of its declared length
                return {}
        return self._model.estimates(inputs)

    def is_complete(self, estimates: Mapping[str, Estimate]) -> bool:
        """Whether all that the model predicts was said."""
        return len(estimates) == len(self._model.targets)


def require_usable(name: str, task: str, targets: Sequence[str], inputs: Sequence[str]) -> None:
    """Refuse a model that `reprise.analyze` could not ask, or whose answers have no place in a record.

    Parameters
    ----------
    name, task : str
    targets, inputs : sequence of str
        What it predicts from what.

    Raises
    ------
    ModelError
    """
    if task != "features" or not set(targets) <= set(HEADS):
        raise ModelError(f"{name}: predicts no audio features but {', '.join(targets[:3])} …")
    if unknown := [given for given in inputs if given not in CLIP_SETS and given not in _GROUPS]:
        raise ModelError(f"{name}: needs {unknown[0]}, which cannot be told from a file of audio")


def _require_same_definitions(model: ExportedModel) -> None:
    for row in model.card["inputs"]:
        made = CLIP_SETS.get(row["name"])
        known = (row["shape"], row["dtype"], row["definition"])
        if made and known != (list(made.shape), made.dtype, made.definition):
            raise ModelError(f"{model.name}: was trained on another {row['name']}; train and export it again")


def installed() -> dict[str, Path]:
    """Return the graphs in the user's folder, by the names of their models."""
    # Of two versions of one name, which are there while one replaces the other, the newer.
    paths = sorted(_folder().glob("*/model.onnx"), key=lambda path: path.stat().st_mtime)
    return {path.parent.name.rpartition("-")[0]: path for path in paths if path.parent.name[0] != "."}


def choose(path: Path) -> str:
    """Let `reprise.analyze` ask an exported model, from the next start of a program on; returns the model's name.

    Parameters
    ----------
    path : Path
        ``NAME.onnx``, with its card beside it. Both are copied into the user's folder unless they lie there.

    Raises
    ------
    ModelError
        If it cannot be read, or not be used.
    """
    model = ExportedModel.load(path)
    ChosenModel(model)  # which refuses what cannot be used
    name, folder = str(model.card["name"]), _folder()
    target = folder / f"{name}-{model.card['sha256'][:8]}"
    if path.parent != target:
        _copy(path, target)
    part = folder / f"{_POINTER}.{os.getpid()}"
    part.write_text(json.dumps({"folder": target.name}) + "\n", encoding="utf-8")
    part.replace(folder / _POINTER)
    for other in folder.glob(f"{name}-????????"):
        if other != target:
            shutil.rmtree(other)
    return name


def choose_default() -> None:
    """Let `reprise.analyze` ask the default heads alone again; what is installed stays."""
    (_folder() / _POINTER).unlink(missing_ok=True)


def _copy(path: Path, target: Path) -> None:
    """Put a model into a folder that is moved to its place when it is whole, so that no reader finds half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(mkdtemp(prefix=".part-", dir=target.parent))
    try:
        shutil.copyfile(path, part / "model.onnx")
        shutil.copyfile(path.with_suffix(".json"), part / "model.json")
        ExportedModel.load(part / "model.onnx")
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def chosen_name() -> str | None:
    """Return the name of the model in use; None where there are only the default heads.

    Raises
    ------
    ModelError
        If what says so cannot be read.
    """
    path = _chosen_path()
    return path.parent.name.rpartition("-")[0] if path else None


def chosen_model() -> ChosenModel | None:
    """Load the model in use; None where there are only the default heads.

    Raises
    ------
    ModelError
        If it is damaged or cannot be used any more; the text says how to go back.
    """
    path = _chosen_path()
    if path is None:
        return None
    try:
        return ChosenModel(ExportedModel.load(path))
    except ModelError as error:
        raise ModelError(f"the model in use: {error}; go back with: reprise models use --default") from error


def _chosen_path() -> Path | None:
    pointer = _folder() / _POINTER
    try:
        content: Any = json.loads(pointer.read_text(encoding="utf-8"))
        return _folder() / require_model_name(content["folder"]) / "model.onnx"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, ParameterError) as error:
        raise ModelError(
            f"{pointer}: does not name a model; go back with: reprise models use --default"
        ) from error
