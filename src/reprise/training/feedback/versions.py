"""The versions of what was learnt: files that are never changed, and a note that names the one in use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprise._version import __version__
from reprise.errors import ModelError, ParameterError
from reprise.models.feedback import ACTIVE, Residual, active_version, feedback_folder
from reprise.models.weights_file import save_weights

if TYPE_CHECKING:
    from reprise.training.feedback.residual import Verdict

__all__ = ["history", "keep_version", "read_card", "roll_back"]


def keep_version(
    residual: Residual, verdicts: Sequence[Verdict], learnt_from: Mapping[str, Sequence[int]], folder: Path
) -> str:
    """Write a new version and put it in use; whatever kills the process, one whole version is in use.

    Parameters
    ----------
    residual : Residual
    verdicts : sequence of Verdict
        For the card.
    learnt_from : mapping of str to sequence of int
        The corrections behind each feature, and behind genre.
    folder : Path

    Returns
    -------
    str
        Its name, ``feedback-0001`` and so on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken = [int(path.stem[9:]) for path in folder.glob("feedback-*.*") if path.stem[9:].isdecimal()]
    name = f"feedback-{max(taken, default=0) + 1:04d}"
    card = {
        "version": __version__,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "what": "Additions to the default models, learnt from corrections on this machine.",
        "kinds": residual.kinds.name,
        "before": active_version(folder),
        "learnt_from": dict(learnt_from),
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }
    save_weights(name, folder, {"features": residual.features, "genres": residual.genres}, card)
    for path in (folder / f"{name}.npz", folder / f"{name}.json"):
        # On disk before the note that names it, also if the power fails.
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    _put_in_use(name, folder)
    return name


def roll_back(folder: Path | None = None) -> str | None:
    """Return to the version that was in use when the present one was made; ``None`` are the default models.

    Raises
    ------
    ParameterError
        If nothing that was learnt is in use.
    """
    folder = folder or feedback_folder()
    in_use = active_version(folder)
    if in_use is None:
        raise ParameterError("nothing that was learnt is in use: the default models are")
    try:
        before = read_card(in_use, folder).get("before")
        if before is not None:
            Residual.load(before, folder)
    except ModelError:
        before = None  # a version that is damaged must not stay in use for that
    _put_in_use(before or "", folder)
    return before


def history(folder: Path | None = None) -> tuple[Mapping[str, Any], ...]:
    """Return the cards of all versions, oldest first; one that a killed process did not finish is left out."""
    folder = folder or feedback_folder()
    cards = []
    for path in sorted(folder.glob("feedback-*.json")):
        try:
            cards.append(read_card(path.stem, folder))
        except ModelError:
            continue
    return tuple(cards)


def read_card(name: str, folder: Path) -> dict[str, Any]:
    """Read the card of a version.

    Raises
    ------
    ModelError
        If it cannot be read or is none.
    """
    try:
        card = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"the card of {name} cannot be read: {error}") from error
    if not isinstance(card, dict) or not {"name", "date", "before", "learnt_from", "verdicts"} <= card.keys():
        raise ModelError(f"{folder / name}.json is not the card of a version")
    return card


def _put_in_use(name: str, folder: Path) -> None:
    new = folder / f"{ACTIVE}.{os.getpid()}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(f"{name}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / ACTIVE)
