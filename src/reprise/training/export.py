"""From a finished run to one ONNX graph that gives what its models give, and is checked to."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ModelError, ParameterError
from reprise.features.clip_sets import CLIP_SETS
from reprise.models.exported import OUTPUT, ExportedModel
from reprise.training.compare import COVERAGE, half_width
from reprise.training.examples import Examples
from reprise.training.learner import Model
from reprise.training.run import Run, load_examples, restore_model
from reprise.training.saved import recipe_of
from reprise.training.sources import Place

__all__ = ["LARGEST_DIFFERENCE", "Exported", "export_run", "load_rows"]

LARGEST_DIFFERENCE = 1e-4
"""How far a value of the graph may lie from the model's."""

_ROWS = 32
_EXPORTED_LEARNERS = (
    "reprise.training.neural:NeuralLearner",
    "reprise.training.default_heads:HeadsLearner",
    "reprise.training.default_heads:RefinedHeadsLearner",
)

Inputs = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Attributes
    ----------
    path : Path
        Of the graph; the card lies beside it.
    folds : tuple of int
        Whose models are averaged.
    rows : int
        Real rows that graph and models were compared on.
    largest_difference : float
    """

    path: Path
    folds: tuple[int, ...]
    rows: int
    largest_difference: float


def load_rows(run: Run, place: Place) -> Examples:
    """Load some of the rows that a run was trained on, enough to compare two models.

    Raises
    ------
    ModelError
        If models of its kind cannot be exported.
    DatasetError
        If the data are not there.
    """
    recipe = recipe_of(run)
    if recipe.architecture.learner not in _EXPORTED_LEARNERS:
        raise ModelError(
            f"{recipe.name}: {recipe.architecture.name} has no ONNX graph; "
            "networks and the default heads can be exported"
        )
    # Of genres all: a few rows might not have all of them.
    limit = recipe.data.limit if run.is_genre else _ROWS
    return load_examples(replace(recipe, data=replace(recipe.data, limit=limit)), place)


def export_run(run: Run, examples: Examples, path: Path, fold: int | None = None) -> Exported:
    """Write a run as ``NAME.onnx`` with ``NAME.json``, after comparing the graph with the models on real rows.

    Parameters
    ----------
    run : Run
    examples : Examples
        Rows of the run's own source.
    path : Path
        Ends in ``.onnx``.
    fold : int, optional
        Whose model to write. None: the mean of what all folds' models say; each artist was heard by most of them.

    Raises
    ------
    ParameterError
        If the path has another ending, or there is no such fold.
    ModelError
        If the graph gives other values than the models.
    MissingDependencyError
        If PyTorch or ONNX is not installed.
    """
    n_folds = int(run.card["data"]["tested"])
    if path.suffix != ".onnx":
        raise ParameterError(f"{path}: the name of a graph ends in .onnx")
    if fold is not None and not 0 <= fold < n_folds:
        raise ParameterError(f"fold is {fold}; {run.folder.name} has folds 0 to {n_folds - 1}")
    if examples.targets != run.targets:
        raise ModelError(f"{run.folder}: predicts other targets than the data have; train it again")
    folds = tuple(range(n_folds)) if fold is None else (fold,)
    recipe = recipe_of(run)
    models = [restore_model(recipe, examples, run.folder, number) for number in folds]
    rows = {name: np.ascontiguousarray(x[:_ROWS]) for name, x in examples.inputs.items()}
    graph = _graph(models, rows)
    card = _card(run, folds, rows, graph)
    part = path.with_name(f".{path.stem}.{os.getpid()}.onnx")
    try:
        part.write_bytes(graph)
        part.with_suffix(".json").write_text(_as_json(card), encoding="utf-8")
        expected = np.mean([model.predict(rows) for model in models], axis=0)
        difference = float(np.abs(ExportedModel.load(part).predict(rows) - expected).max())
        if not difference <= LARGEST_DIFFERENCE:
            raise ModelError(
                f"{run.folder.name}: the graph differs from the model by {difference:.2g}, more than "
                f"{LARGEST_DIFFERENCE:g}; nothing was written"
            )
        card["checked"] = {"rows": len(expected), "largest_difference": difference}
        part.with_suffix(".json").write_text(_as_json(card), encoding="utf-8")
        part.replace(path)
        part.with_suffix(".json").replace(path.with_suffix(".json"))
    finally:
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)
    return Exported(path=path, folds=folds, rows=len(expected), largest_difference=difference)


def _graph(models: Sequence[Model], rows: Inputs) -> bytes:
    """Trace the mean of the models; the first axis, the rows, stays free."""
    try:
        import onnxscript  # noqa: F401  # what PyTorch exports with
        import torch

        from reprise.training.graph import MeanOfModels
    except ImportError as missing:
        raise MissingDependencyError(missing.name or "torch", "neural") from missing
    mean = MeanOfModels(models).eval()
    names = [name for name in rows if name in mean.inputs]
    tensors = tuple(torch.from_numpy(rows[name]) for name in mean.inputs)
    assert len(names) == len(mean.inputs)
    free = {0: torch.export.Dim("n")}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            mean, tensors, dynamo=True, verbose=False, external_data=False,
            input_names=list(mean.inputs), output_names=[OUTPUT], dynamic_shapes=(tuple(free for _ in tensors),),
        )  # fmt: skip
    return bytes(program.model_proto.SerializeToString())


def _card(run: Run, folds: tuple[int, ...], rows: Inputs, graph: bytes) -> dict[str, Any]:
    """Describe the graph, and take over from the run's card what vouches for it."""
    errors = np.abs(run.values - run.predicted)
    known = run.own | (np.isfinite(run.values) & ~run.own.any(axis=0))
    half_widths = {
        target: round(half_width(errors[known[:, k], k]), 4) for k, target in enumerate(run.targets)
    }
    kept = (
        "what", "architecture", "task", "targets", "options", "data", "split", "licence", "training_rows",
        "parameters", "version", "commit", "date", "metrics",
    )  # fmt: skip
    return {
        "name": run.folder.name,
        "sha256": hashlib.sha256(graph).hexdigest(),
        **{name: run.card[name] for name in kept if name in run.card},
        "folds": list(folds),
        "metrics_are_of": "the model of each fold on artists that it had not heard",
        "inputs": [
            {
                "name": name,
                "shape": list(values.shape[1:]),
                "dtype": str(values.dtype),
                "definition": CLIP_SETS[name].definition if name in CLIP_SETS else "",
            }
            for name, values in rows.items()
        ],
        "output": f"{OUTPUT}, shape (n, {len(run.targets)}): "
        + ("probabilities of the targets" if run.is_genre else "the targets in 0..1"),
        "interval": {"coverage": COVERAGE, "half_width": {} if run.is_genre else half_widths},
    }


def _as_json(card: Mapping[str, Any]) -> str:
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"
