"""One recipe from beginning to end, fold by fold; each is kept when it is whole, so that a killed run can go on.

A run is a folder::

    runs/mfcc-cnn/
        recipe.toml         what was trained
        card.json           data, split, figures, licence, versions, git commit
        examples.npz        names, artists, folds and labels of the rows
        report.html         the course of training and sample predictions
        fold-0/             weights.safetensors, predictions.npz, history.csv, checkpoints, tensorboard/
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from reprise._version import __version__
from reprise.errors import MissingDependencyError, ModelError
from reprise.evaluation import classification, regression
from reprise.models.architectures import NEURAL
from reprise.registry import resolve
from reprise.training.commit import current_commit
from reprise.training.examples import Examples, Floats, Rows
from reprise.training.history import Epoch, read_history
from reprise.training.importances import permutation_importances
from reprise.training.learner import Fold, Model, learner_for
from reprise.training.recipe import Recipe
from reprise.training.sources import SOURCES, Place

__all__ = ["Run", "load_examples", "read_run", "restore_model", "run_recipe"]

_TIMED_CLIPS = 64


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run, as its folder holds it.

    Attributes
    ----------
    folder : Path
    card : mapping
    ids, groups : arrays of str, shape (n,)
        Of the rows that were held out in turn.
    folds : int array, shape (n,)
    targets : tuple of str
    values : array, shape (n, n_targets)
        The labels; NaN where there is none.
    own : bool array, shape (n, n_targets)
        Whether they are the track's own.
    predicted : array, shape (n, n_targets)
        By a model that heard nothing of the row's artist.
    histories : tuple of tuple of Epoch
        One a fold.
    is_genre : bool
    importances : mapping of str to float
        By how much top-1 accuracy of the first fold falls when a column of the inputs is shuffled; empty where columns
        have no names.
    """

    folder: Path
    card: Mapping[str, Any]
    ids: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]
    folds: Rows
    targets: tuple[str, ...]
    values: Floats
    own: npt.NDArray[np.bool_]
    predicted: Floats
    histories: tuple[tuple[Epoch, ...], ...]
    is_genre: bool
    importances: Mapping[str, float]

    @property
    def name(self) -> str:
        """What the run is called: the recipe's name unless the user gave another."""
        return str(self.card["name"])

    @property
    def recipe(self) -> str:
        """The recipe's name."""
        return str(self.card.get("recipe", self.name))


def load_examples(recipe: Recipe, place: Place) -> Examples:
    """Load what a recipe asks for.

    Raises
    ------
    DatasetError, UnknownNameError
        As the source says.
    """
    load = resolve(SOURCES[recipe.data.source])
    examples: Examples = load(recipe.data, recipe.architecture.inputs, place)
    return examples


def run_recipe(
    recipe: Recipe,
    examples: Examples,
    folder: Path,
    *,
    max_steps: int = -1,
    again: bool = False,
    on_epoch: Callable[[int, Epoch], None] = lambda fold, epoch: None,
) -> Run:
    """Train a recipe on every fold that it tests, and keep models, predictions and figures.

    Parameters
    ----------
    recipe : Recipe
    examples : Examples
    folder : Path
        Of this run. What an earlier run of the same recipe on the same data has finished is not done again.
    max_steps : int
        Batches per fold at most, to try a recipe out; -1: no limit.
    again : bool
        Remove what is there first.
    on_epoch : callable
        Told of each epoch with the number of its fold.

    Raises
    ------
    ModelError
        If the folder holds a run of something else, memory runs out or the loss is no number.
    DatasetError
        If a fold leaves no rows or no row of a genre.
    """
    if again and (folder / "card.json").is_file():
        shutil.rmtree(folder)
    parts = [examples.part(fold) for fold in range(recipe.data.tested)]
    _begin(recipe, examples, folder, max_steps)
    learner = learner_for(recipe, examples)
    for number, part in enumerate(parts):
        fold = Fold(
            number=number,
            folder=folder / f"fold-{number}",
            max_steps=max_steps,
            on_epoch=lambda epoch, number=number: on_epoch(number, epoch),  # type: ignore[misc]
        )
        if (fold.folder / "fold.json").is_file():
            continue
        fold.folder.mkdir(exist_ok=True)
        began = time.perf_counter()
        model = learner.fit(part, fold)
        _keep(fold.folder, model, examples, part.test, time.perf_counter() - began)
    _finish(recipe, examples, folder)
    return read_run(folder)


def read_run(folder: Path) -> Run:
    """Read a finished run.

    Raises
    ------
    ModelError
        If there is none, it is not finished, or its files do not belong together.
    """
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        if card["state"] != "finished":
            raise ModelError(f"{folder}: the run is not finished; go on with: reprise train {card['recipe']}")
        with np.load(folder / "examples.npz", allow_pickle=False) as file:
            rows = {name: file[name] for name in file.files}
        parts = []
        for number in range(card["data"]["tested"]):
            with np.load(folder / f"fold-{number}" / "predictions.npz", allow_pickle=False) as file:
                parts.append((file["rows"], file["predicted"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: is no run that can be read: {error}") from error
    tested = np.concatenate([part[0] for part in parts])
    order = np.argsort(tested)
    tested = tested[order]
    return Run(
        folder=folder,
        card=card,
        ids=rows["ids"][tested],
        groups=rows["groups"][tested],
        folds=rows["folds"][tested],
        targets=tuple(card["targets"]),
        values=_labels(rows, card["task"] == "genre")[tested],
        own=np.broadcast_to(rows["own"][tested], (tested.size, len(card["targets"]))),
        predicted=np.concatenate([part[1] for part in parts])[order].astype(np.float64),
        histories=tuple(read_history(folder / f"fold-{number}") for number in range(card["data"]["tested"])),
        is_genre=card["task"] == "genre",
        importances=card.get("importances", {}),
    )


def restore_model(recipe: Recipe, examples: Examples, folder: Path, fold: int) -> Model:
    """Return the model of one fold of a run; nothing is ever unpickled.

    Raises
    ------
    ModelError
        If the weights are missing or another model's.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingDependencyError("safetensors", "train") from error
    path = folder / f"fold-{fold}" / "weights.safetensors"
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    return learner_for(recipe, examples).restore(arrays)


def _labels(rows: Mapping[str, npt.NDArray[Any]], is_genre: bool) -> Floats:
    """Genres are kept as one number a row, features as they are."""
    values = np.eye(int(rows["n_targets"]))[rows["values"]] if is_genre else rows["values"]
    return np.asarray(values, np.float64)


def _begin(recipe: Recipe, examples: Examples, folder: Path, max_steps: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    identity = _identity(recipe, examples, max_steps)
    card = folder / "card.json"
    if card.is_file():
        try:
            kept = json.loads(card.read_text(encoding="utf-8"))["identity"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{card}: cannot be read; remove the folder or add --again") from error
        if kept != identity:
            raise ModelError(
                f"{folder}: holds a run of another recipe or other data; add --again, or choose another --output"
            )
        return
    (folder / "recipe.toml").write_text(recipe.text, encoding="utf-8")
    np.savez_compressed(
        folder / "examples.npz",
        allow_pickle=False,
        ids=np.array(examples.ids, str),
        groups=examples.groups,
        folds=examples.folds,
        values=examples.values.argmax(axis=1) if examples.is_genre else examples.values,
        n_targets=np.array(len(examples.targets)),
        own=examples.own.any(axis=1, keepdims=True) if examples.is_genre else examples.own,
    )
    _write_json(card, {"name": folder.name, "recipe": recipe.name, "state": "running", "identity": identity})


def _identity(recipe: Recipe, examples: Examples, max_steps: int) -> str:
    """Hash of all that decides the outcome."""
    settings = [
        recipe.architecture.name,
        asdict(recipe.data),
        recipe.options,
        asdict(recipe.training),
        max_steps,
    ]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    digest.update("\n".join(examples.ids).encode())
    for values in (examples.values, examples.weights, examples.folds):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def _keep(folder: Path, model: Model, examples: Examples, test: Rows, seconds: float) -> None:
    """Write what a fold has come to; ``fold.json`` comes last and says that all of it is there."""
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise MissingDependencyError("safetensors", "train") from error
    arrays = {name: np.ascontiguousarray(values) for name, values in model.arrays().items()}
    part = folder / "weights.part"
    save_file(arrays, part)
    part.replace(folder / "weights.safetensors")
    predicted = model.predict(examples.take(test)).astype(np.float32)
    np.savez_compressed(folder / "predictions.npz", allow_pickle=False, rows=test, predicted=predicted)
    _write_json(
        folder / "fold.json",
        {
            "training_s": round(seconds, 2),
            "inference_ms": round(_inference_ms(model, examples, test), 4),
            "parameters": model.n_parameters,
            "epochs": len(read_history(folder)),
            # What a search has settled on, where there was one.
            "chosen": dict(getattr(model, "chosen", {})),
            "importances": permutation_importances(model, examples, test),
        },
    )


def _inference_ms(model: Model, examples: Examples, test: Rows) -> float:
    """Milliseconds of one core for one row of ready inputs, in a batch; the best of three."""
    inputs = examples.take(test[:_TIMED_CLIPS])
    best = np.inf
    with threadpool_limits(1):
        for _ in range(3):
            began = time.perf_counter()
            model.predict(inputs)
            best = min(best, time.perf_counter() - began)
    return float(1e3 * best / len(test[:_TIMED_CLIPS]))


def _finish(recipe: Recipe, examples: Examples, folder: Path) -> None:
    folds = [
        json.loads((folder / f"fold-{number}" / "fold.json").read_text(encoding="utf-8"))
        for number in range(recipe.data.tested)
    ]
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card |= {
        "state": "finished",
        "what": recipe.what,
        "architecture": recipe.architecture.name,
        "task": recipe.architecture.task,
        "inputs": list(recipe.architecture.inputs),
        "targets": list(examples.targets),
        "options": dict(recipe.options),
        "training": asdict(recipe.training),
        "data": asdict(recipe.data) | {"rows": len(examples), "citation": examples.citation},
        "split": _split(recipe),
        "licence": f"Apache-2.0 for these numbers. Trained on: {examples.licence}",
        "training_rows": _training_rows(examples),
        "parameters": folds[0]["parameters"],
        "chosen": folds[0].get("chosen", {}),
        "importances": folds[0].get("importances", {}),
        "training_s": round(sum(row["training_s"] for row in folds), 2),
        "inference_ms": min(row["inference_ms"] for row in folds),
        "epochs": [row["epochs"] for row in folds],
        "version": __version__,
        "commit": current_commit(),
        "date": datetime.now(tz=UTC).date().isoformat(),
    }
    _write_json(folder / "card.json", card)
    _write_json(folder / "card.json", card | {"metrics": _metrics(read_run(folder))})


def _split(recipe: Recipe) -> str:
    """Say in words how the rows were parted."""
    parts = f"{recipe.data.folds} folds by artist, {recipe.data.tested} held out in turn"
    if recipe.data.split:
        parts = f"the store's split {recipe.data.split!r}"
    decides = recipe.training.patience and recipe.architecture.learner == NEURAL
    return parts + ("; the fold after the held-out one decides when to stop" if decides else "")


def _training_rows(examples: Examples) -> list[int]:
    """How many labelled training rows each target or genre has when the first fold is held out."""
    rows = examples.part(0).train
    counted = examples.values[rows] if examples.is_genre else examples.weights[rows] > 0
    return [int(count) for count in counted.sum(axis=0)]


def _metrics(run: Run) -> dict[str, Any]:
    """The figures of the card; `reprise.training.compare` has all of them."""
    if run.is_genre:
        names = np.array(run.targets)
        probabilities = run.predicted / run.predicted.sum(axis=1, keepdims=True)
        scores = classification.evaluate(names[run.values.argmax(axis=1)], probabilities, names)
        return {name: round(getattr(scores, name), 4) for name in ("top1", "top5", "macro_f1", "log_loss")}
    figures = {}
    for k, name in enumerate(run.targets):
        reference = np.where(run.own[:, k], run.values[:, k], np.nan)
        if np.isfinite(reference).sum() > 1:
            row = regression.evaluate(reference, run.predicted[:, k], run.groups)
            figures[name] = {
                metric: round(getattr(row, metric).value, 4) for metric in ("mse", "mae", "r2", "pearson")
            }
    return figures


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
