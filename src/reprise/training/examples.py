"""What models are trained on and measured with: rows of inputs, their labels, and the fold of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import DatasetError

__all__ = ["Examples", "Part"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows to fit, rows to choose by (early stopping), rows to measure on; no artist is in two of them."""

    train: Rows
    validation: Rows
    test: Rows


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Labelled rows.

    Attributes
    ----------
    source : str
        What to call them.
    ids : tuple of str
        The name of each row, such as a path below the data folder.
    groups : array of str, shape (n,)
        The artist of each row, or what else belongs together.
    folds : int array, shape (n,)
        No group is in two folds.
    inputs : mapping of str to array, shape (n, ...)
    targets : tuple of str
        Names of the features, or of the genres.
    values : array, shape (n, n_targets)
        Labels of features, NaN where there is none; for genres 1 for the right one and 0 for the others.
    weights : array, shape (n, n_targets)
        How much each label counts while fitting; 0 where there is none.
    own : bool array, shape (n,)
        Whether the labels are the track's own, on which figures are taken, rather than its artist's means.
    is_genre : bool
    citation, licence : str
        For the card.
    columns : mapping of str to tuple of str
        Names of the columns of those inputs that are tables, by the input's name.
    extras : mapping of str to anything
        What only one learner understands.
    """

    source: str
    ids: tuple[str, ...]
    groups: npt.NDArray[np.str_]
    folds: Rows
    inputs: Mapping[str, npt.NDArray[Any]]
    targets: tuple[str, ...]
    values: Floats
    weights: Floats
    own: npt.NDArray[np.bool_]
    is_genre: bool
    citation: str
    licence: str
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Rows) -> dict[str, npt.NDArray[Any]]:
        """Return the inputs of some rows."""
        return {name: values[rows] for name, values in self.inputs.items()}

    def part(self, fold: int) -> Part:
        """Hold one fold out for testing and the next for choosing.

        Raises
        ------
        DatasetError
            If a part has no labels, or a genre has no training row.
        """
        n_folds = int(self.folds.max()) + 1
        labelled = self.weights.sum(axis=1) > 0
        chosen = (fold + 1) % n_folds
        part = Part(
            train=np.flatnonzero(labelled & (self.folds != fold) & (self.folds != chosen)),
            validation=np.flatnonzero(labelled & (self.folds == chosen)),
            test=np.flatnonzero(self.folds == fold),
        )
        for name in ("train", "validation", "test"):
            if not getattr(part, name).size:
                raise DatasetError(f"{self.source}: fold {fold} leaves no {name} rows; use fewer folds")
        if self.is_genre:
            counts = self.values[part.train].sum(axis=0)
            if empty := [name for name, count in zip(self.targets, counts, strict=True) if count == 0]:
                raise DatasetError(
                    f"{self.source}: without fold {fold} there are no training rows of {', '.join(empty[:5])}; "
                    "leave these genres out or use more folds"
                )
        return part
