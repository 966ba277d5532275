"""Weighted ridge regression over groups of features, quick to refit on any subset of the rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from reprise.models.linear import LinearMap
from reprise.records import FloatArray

__all__ = ["GroupedRidge", "artist_folds"]

Floats = npt.NDArray[np.float64]


class GroupedRidge:
    """Ridge regression whose penalty differs by group, in its dual form.

    Every group is standardised over all rows (no labels are involved) and then multiplied by its scale: a larger one
    lets the group speak louder. The Gram matrix of all rows is computed once, so that a fit on a subset of them only
    solves a system of its size.

    Parameters
    ----------
    groups : mapping of str to array, shape (n, size of the group)
    scales : mapping of str to float
        The groups to use.

    References
    ----------
    .. [1] Saunders, C., Gammerman, A. and Vovk, V. "Ridge regression learning algorithm in dual variables."
           ICML 1998.
    """

    def __init__(self, groups: Mapping[str, FloatArray], scales: Mapping[str, float]) -> None:
        self.names = tuple(scales)
        x = np.concatenate([groups[name] for name in self.names], axis=1).astype(np.float64)
        widths = [groups[name].shape[1] for name in self.names]
        self._widths = widths
        by_column = np.repeat([scales[name] for name in self.names], widths)
        self._mean = x.mean(axis=0)
        deviation = x.std(axis=0)
        # A constant column says nothing; dividing by its deviation would let rounding speak.
        self._factor = np.where(deviation > 1e-6, by_column / np.maximum(deviation, 1e-6), 0.0)
        self._low, self._high = x.min(axis=0), x.max(axis=0)
        self.x = (x - self._mean) * self._factor
        self._gram = self.x @ self.x.T

    def fit(
        self, rows: npt.NDArray[np.intp], y: Floats, weights: Floats, alpha: float
    ) -> tuple[Floats, float]:
        """Fit one target on some rows; returns the coefficients of the standardised features and the intercept."""
        gram = self._gram[np.ix_(rows, rows)]
        share = weights / weights.sum()
        to_mean = gram @ share
        centred = gram - to_mean[:, None] - to_mean[None] + share @ to_mean
        mean_y = share @ y
        dual = np.linalg.solve(centred + alpha * np.diag(1 / weights), y - mean_y)
        mean_x = share @ self.x[rows]
        coefficients = (self.x[rows] - mean_x).T @ dual
        return coefficients, float(mean_y - mean_x @ coefficients)

    def from_raw(self, raw: LinearMap) -> tuple[Floats, Floats]:
        """Express a map of raw features, of groups that are among these, over the standardised ones."""
        place = dict(
            zip(self.names, np.split(np.arange(self.x.shape[1]), np.cumsum(self._widths)[:-1]), strict=True)
        )
        weight = np.zeros((raw.bias.size, self.x.shape[1]))
        weight[:, np.concatenate([place[name] for name in raw.groups])] = raw.weight
        live = self._factor > 0
        coefficients = np.where(live, weight / np.where(live, self._factor, 1.0), 0.0)
        return coefficients, raw.bias + weight @ self._mean

    def to_map(self, coefficients: Floats, intercepts: Floats) -> LinearMap:
        """Turn coefficients of standardised features, shape (n_outputs, n_inputs), into a map of raw ones."""
        weight = coefficients * self._factor
        return LinearMap(
            groups=self.names,
            weight=weight.astype(np.float32),
            bias=(intercepts - weight @ self._mean).astype(np.float32),
            low=self._low.astype(np.float32),
            high=self._high.astype(np.float32),
        )


def artist_folds(artists: npt.NDArray[np.str_], n_folds: int, seed: int) -> npt.NDArray[np.intp]:
    """Deal artists into folds at random; returns the fold of each row, so that no artist is in two folds."""
    names, of_row = np.unique(artists, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % n_folds)[of_row]
