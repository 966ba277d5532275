"""K nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from reprise.errors import ModelError, ParameterError
from reprise.models.tabular.table_model import Arrays, Floats, TableSettings, needed, require_shape

__all__ = ["Nearest", "NearestSettings"]

_ROWS_AT_ONCE = 4096


class Nearest:
    """The classes of the nearest training rows.

    Parameters
    ----------
    rows : array, shape (n_rows, n_columns)
        Training rows.
    classes : int array, shape (n_rows,)
    n_classes, n_neighbors : int
    by_distance : bool
        Whether a neighbour counts by the inverse of its distance, or all alike.
    """

    def __init__(
        self, rows: Floats, classes: npt.NDArray[Any], *, n_classes: int, n_neighbors: int, by_distance: bool
    ) -> None:
        self._rows, self._classes = rows, classes
        self._n_classes, self._n_neighbors, self._by_distance = n_classes, n_neighbors, by_distance
        self._tree = cKDTree(rows)

    @property
    def n_parameters(self) -> int:
        """How many numbers are kept."""
        return self._rows.size + self._classes.size

    def predict_proba(self, x: Floats) -> Floats:
        """Return shares of the neighbours, shape (n, n_classes)."""
        parts = [self._shares(x[start : start + _ROWS_AT_ONCE]) for start in range(0, len(x), _ROWS_AT_ONCE)]
        return np.concatenate([np.empty((0, self._n_classes)), *parts])

    def _shares(self, x: Floats) -> Floats:
        distance, row = self._tree.query(x, range(1, self._n_neighbors + 1))
        weight = np.ones(distance.shape)
        if self._by_distance:
            # Rows that are equal leave nothing to those that are only near.
            equal = distance == 0
            with np.errstate(divide="ignore"):
                weight = np.where(equal.any(axis=1, keepdims=True), equal, 1 / distance)
        shares = np.zeros((len(x), self._n_classes))
        np.add.at(shares, (np.arange(len(x))[:, np.newaxis], self._classes[row]), weight)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the rows, their classes, and three numbers."""
        numbers = np.array([self._n_classes, self._n_neighbors, self._by_distance])
        return {"rows": self._rows, "classes": self._classes, "numbers": numbers}


@dataclass(frozen=True, kw_only=True)
class NearestSettings(TableSettings):
    """Settings of the search.

    Attributes
    ----------
    n_neighbors : tuple of int
    weights : tuple of {"uniform", "distance"}
        Whether neighbours count alike, or by the inverse of their distances.
    """

    n_neighbors: tuple[int, ...] = (15,)
    weights: tuple[Literal["uniform", "distance"], ...] = ("uniform",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._at_least(1, "n_neighbors")

    def check(self, n_rows: int) -> None:
        """Refuse more neighbours than there are rows."""
        if max(self.n_neighbors) > n_rows:
            raise ParameterError(
                f"n_neighbors is {max(self.n_neighbors)}, but there are only {n_rows} rows to choose from; "
                "use fewer neighbours"
            )

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return scikit-learn's."""
        return needed("sklearn.neighbors:KNeighborsClassifier")(**chosen)

    def fitted(self, estimator: Any) -> Nearest:
        """Take the training rows over."""
        return Nearest(
            np.asarray(estimator._fit_X),
            np.asarray(estimator._y, np.int16),
            n_classes=len(estimator.classes_),
            n_neighbors=estimator.n_neighbors,
            by_distance=estimator.weights == "distance",
        )

    def restored(self, arrays: Arrays) -> Nearest:
        """Make the model of its arrays."""
        rows = require_shape(arrays, "rows", None, None)
        classes = require_shape(arrays, "classes", len(rows))
        n_classes, n_neighbors, by_distance = (int(n) for n in require_shape(arrays, "numbers", 3))
        if not (1 <= n_neighbors <= len(rows) and classes.min() >= 0 and classes.max() < n_classes):
            raise ModelError("the weights are not those of nearest neighbours; train the model again")
        return Nearest(
            rows, classes, n_classes=n_classes, n_neighbors=n_neighbors, by_distance=bool(by_distance)
        )
