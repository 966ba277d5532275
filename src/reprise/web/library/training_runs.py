"""Models, training runs and what they are worth, read from the folders that ``reprise train`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings

from reprise.errors import ModelError, RepriseError, UnknownNameError
from reprise.models.chosen import chosen_name, installed
from reprise.models.exported import ExportedModel, require_model_name
from reprise.models.weights_file import shipped_folder
from reprise.targets import HEADS
from reprise.training.history import read_history
from reprise.training.recipe import read_recipe

__all__ = ["all_models", "comparison", "curves", "published_picture", "run", "runs"]

GENRE_METRICS = ("top1", "top5", "macro_f1")
_STOPPED_AFTER_S = 600
"""A run that has written nothing for so long is not running any more."""


def all_models() -> list[dict[str, Any]]:
    """Return the cards of the shipped models, of those that were installed, and of finished runs."""
    in_use = chosen_name()
    cards = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(shipped_folder().iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    ]
    # What the user has chosen takes the place of the heads, and of nothing else.
    rows = [_model(card, "shipped", is_used=card["name"] != "heads" or in_use is None) for card in cards]
    for name, path in sorted(installed().items()):
        try:
            rows.append(
                _model({**ExportedModel.load(path).card, "name": name}, "exported", is_used=name == in_use)
            )
        except ModelError:
            continue  # its file was damaged: `reprise models list` says so
    rows += [_model(card, "run", is_used=False) for card in _cards().values() if card["state"] == "finished"]
    return rows


def _model(card: Mapping[str, Any], kind: str, *, is_used: bool) -> dict[str, Any]:
    figures = card.get("metrics")
    return {
        "name": str(card.get("name", "")),
        "what": str(card.get("what", "")),
        "kind": kind,
        "in_use": is_used,
        "date": card.get("date"),
        "figures": figures if isinstance(figures, dict) else {},
    }


def runs() -> list[dict[str, Any]]:
    """Return all training runs of this machine, those that run first, then the newest first."""
    rows = [_run(name, card) for name, card in _cards().items()]
    long_ago = datetime.min.replace(tzinfo=UTC)
    rows.sort(key=lambda row: (row["status"] == "running", row["started_at"] or long_ago), reverse=True)
    return rows


def run(name: str) -> dict[str, Any]:
    """Return one run.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    return _run(name, _card(name))


def _run(name: str, card: Mapping[str, Any]) -> dict[str, Any]:
    folder = settings.CONFIG.runs_folder / name
    done = sum(1 for _ in folder.glob("fold-*/fold.json"))
    is_finished = card["state"] == "finished"
    written = [path.stat().st_mtime for path in folder.glob("fold-*/*")] or [folder.stat().st_mtime]
    is_alive = datetime.now(UTC).timestamp() - max(written) < _STOPPED_AFTER_S
    recipe = folder / "recipe.toml"
    return {
        "name": name,
        "recipe": str(card.get("recipe", name)),
        "status": "finished" if is_finished else "running" if is_alive else "stopped",
        "folds_done": done,
        "folds": _folds(recipe, done),
        "started_at": datetime.fromtimestamp(recipe.stat().st_mtime, UTC) if recipe.exists() else None,
        "figures": _figures(card),
    }


def _folds(recipe: Path, done: int) -> int:
    try:
        return read_recipe(str(recipe), {}).data.tested
    except (RepriseError, OSError):
        return done


def curves(name: str) -> list[dict[str, Any]]:
    """Return what each fold of a run has come to, epoch by epoch, also while it runs.

    Raises
    ------
    UnknownNameError
        If there is no run of that name.
    """
    _card(name)
    found = []
    for folder in sorted((settings.CONFIG.runs_folder / name).glob("fold-*")):
        try:
            epochs = read_history(folder)
        except (ValueError, KeyError, TypeError):
            continue  # written by something else
        for curve in ("train_loss", "validation_loss", "metric"):
            if epochs:
                values = [getattr(epoch, curve) for epoch in epochs]
                found.append({
                    "name": curve,
                    "fold": int(folder.name.partition("-")[2]) if folder.name[5:].isdecimal() else 0,
                    "x": [float(epoch.number) for epoch in epochs],
                    "y": [value if value == value and abs(value) < 1e12 else None for value in values],
                })  # fmt: skip
    return found


def comparison() -> dict[str, Any]:
    """Return every model's main figures: those of the documentation, and of finished runs on this machine."""
    published = _published()
    here = [
        {"model": name, "task": card["task"], "source": "here", "figures": _figures(card)}
        for name, card in _cards().items()
        if card["state"] == "finished" and card.get("task") in ("features", "genre")
    ]
    return {
        "features": ["mean", *HEADS],
        "genre": list(GENRE_METRICS),
        "rows": [*here, *({**row, "figures": _with_mean(row)} for row in published["rows"])],
        "pictures": [
            {"title": title, "url": f"/api/v1/comparison/pictures/{name}"}
            for name, title in published["pictures"].items()
        ],
    }


def published_picture(name: str) -> bytes:
    """Return one of the pictures that `comparison` names.

    Raises
    ------
    UnknownNameError
        If it names none of that name.
    """
    known = _published()["pictures"]
    if name not in known:
        raise UnknownNameError("picture", name, known)
    return (files("reprise.web") / "published" / name).read_bytes()


@cache
def _published() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        (files("reprise.web") / "published" / "comparison.json").read_text("utf-8")
    )
    return table


def _with_mean(row: Mapping[str, Any]) -> dict[str, float | None]:
    figures = dict(row["figures"])
    if row["task"] == "features":
        known = [value for name, value in figures.items() if name in HEADS and value is not None]
        # A mean over some features would not compare with one over all.
        figures["mean"] = sum(known) / len(known) if len(known) == len(HEADS) else None
    return figures


def _figures(card: Mapping[str, Any]) -> dict[str, float | None]:
    metrics = card.get("metrics")
    if not isinstance(metrics, dict):
        return {}
    if card.get("task") == "features":
        found = {name: row.get("r2") for name, row in metrics.items() if isinstance(row, dict)}
        return _with_mean({"task": "features", "figures": found})
    return {name: metrics[name] for name in GENRE_METRICS if isinstance(metrics.get(name), float | int)}


def _cards() -> dict[str, dict[str, Any]]:
    """Return the cards of all runs, finished or not, by the names of their folders."""
    cards = {}
    for path in sorted(settings.CONFIG.runs_folder.glob("*/card.json")):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # what is no run is not counted as one
        if isinstance(card, dict) and card.get("state") in ("running", "finished"):
            cards[path.parent.name] = card
    return cards


def _card(name: str) -> dict[str, Any]:
    cards = _cards()
    if name not in cards:
        raise UnknownNameError("run", name, cards)
    require_model_name(name)
    return cards[name]
