"""Finished runs found again by the names of their folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from reprise.errors import ModelError, UnknownNameError
from reprise.models.exported import require_model_name
from reprise.training.recipe import DataSettings, Recipe, read_recipe
from reprise.training.run import Run, read_run

__all__ = ["find_run", "finished_cards", "recipe_of"]


def finished_cards(runs: Path) -> dict[str, dict[str, Any]]:
    """Return the cards of the finished runs in a folder, by the names of their folders."""
    cards = {}
    for path in sorted(runs.glob("*/card.json")):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # what is no run is not counted as one
        if isinstance(card, dict) and card.get("state") == "finished" and _lists_names(card.get("targets")):
            cards[path.parent.name] = card
    return cards


def _lists_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def find_run(runs: Path, name: str) -> Run:
    """Read a finished run by its name.

    Raises
    ------
    ParameterError
        If the name could lead out of the folder.
    UnknownNameError
        If there is no run of that name.
    ModelError
        If it is not finished, or cannot be read.
    """
    if not (runs / require_model_name(name) / "card.json").is_file():
        raise UnknownNameError("finished run", name, finished_cards(runs))
    return read_run(runs / name)


def recipe_of(run: Run) -> Recipe:
    """Return the recipe of a run as it was trained, with what ``--set`` had changed.

    Raises
    ------
    ModelError
        If the run's files do not make a recipe.
    """
    try:
        kept: Mapping[str, Any] = run.card["data"]
        # A card from before a setting came has the default of it.
        changes = {f"data.{row.name}": kept[row.name] for row in fields(DataSettings) if row.name in kept}
        changes |= {f"options.{name}": value for name, value in run.card["options"].items()}
    except (KeyError, AttributeError, TypeError) as error:
        raise ModelError(f"{run.folder}: its card lacks {error}; train it again") from error
    return replace(read_recipe(str(run.folder / "recipe.toml"), changes), name=run.folder.name)
