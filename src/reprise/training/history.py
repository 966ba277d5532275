"""The course of a fit, written down epoch by epoch while it runs."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

__all__ = ["Epoch", "add_epoch", "read_history"]

_FILE = "history.csv"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one pass over the training rows came to.

    Attributes
    ----------
    number : int
        From 1.
    train_loss, validation_loss : float
    metric : float
        On the validation rows: mean absolute error of features, or accuracy of genres.
    learning_rate : float
    """

    number: int
    train_loss: float
    validation_loss: float
    metric: float
    learning_rate: float


def add_epoch(folder: Path, epoch: Epoch) -> None:
    """Write an epoch to ``history.csv`` in the folder of a fold, in place of an earlier try at it."""
    # A run that was killed between this file and its checkpoint does the epoch again.
    rows = [row for row in read_history(folder) if row.number < epoch.number]
    part = folder / f"{_FILE}.part"
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in (*rows, epoch))
    part.replace(folder / _FILE)


def read_history(folder: Path) -> tuple[Epoch, ...]:
    """Return the epochs of a fold; none where the model has none."""
    path = folder / _FILE
    if not path.is_file():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(
            Epoch(number=int(row.pop("number")), **{name: float(value) for name, value in row.items()})
            for row in csv.DictReader(file)
        )
