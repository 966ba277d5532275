"""The seven heads: danceability, energy, speechiness, acousticness, instrumentalness, liveness and valence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.models.linear import LinearMap
from reprise.models.weights_file import Arrays, load_weights
from reprise.records import FloatArray
from reprise.targets import HEADS

__all__ = ["EDGE", "Estimate", "Heads", "IntervalShape", "from_scale", "to_scale"]

# Labels of exactly 0 or 1 exist; on the logistic scale they would be infinite.
EDGE = 0.01


def to_scale(values: npt.NDArray[Any], logit: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Take values in 0..1, shape (..., n_targets), to the scale on which they are fitted: logistic or as they are."""
    y = np.clip(values, 0, 1)
    return np.where(logit, np.log((y + EDGE) / (1 - y + EDGE)), values)


def from_scale(values: npt.NDArray[Any], logit: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Undo `to_scale`, and clip to 0..1."""
    e = np.exp(np.clip(values, -30, 30))
    return np.clip(np.where(logit, ((1 + EDGE) * e - EDGE) / (1 + e), values), 0, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A value in 0..1 with the ends of its 80 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class IntervalShape:
    """How wide the intervals are: a spread that depends on the value, times two quantiles.

    Attributes
    ----------
    spread : float32 array, shape (n_targets, n_knots)
        Typical absolute error where the estimate stands at each of ``n_knots`` evenly spaced values of 0..1.
    quantiles : float32 array, shape (n_targets, 2)
        Lower and upper 10 % quantile of (true - estimated) / spread, from artists that the model had not heard.

    References
    ----------
    .. [1] Lei, J. et al. "Distribution-free predictive inference for regression." JASA 113(523), 2018, section 5.2.
    """

    spread: FloatArray
    quantiles: FloatArray

    def bounds(self, values: FloatArray) -> FloatArray:
        """Return the interval of each value; shape (n_targets, 2), within 0..1."""
        knots = np.linspace(0, 1, self.spread.shape[1])
        here = np.array([np.interp(v, knots, row) for v, row in zip(values, self.spread, strict=True)])
        # An interval that leaves its own value out would say more about the sample of songs than about this one.
        ends = values[:, None] + here[:, None] * np.clip(self.quantiles, [[-np.inf, 0]], [[0, np.inf]])
        return np.asarray(np.clip(ends, 0, 1), np.float32)


class Heads:
    """The trained heads.

    Parameters
    ----------
    linear : LinearMap
        From the groups of features to the seven values on their scales, in the order of `reprise.targets.HEADS`.
    logit : array of bool, shape (7,)
        Which of the values are on the logistic scale.
    intervals : IntervalShape
    name : str
        Name and version for the record.
    """

    def __init__(
        self, linear: LinearMap, logit: npt.NDArray[np.bool_], intervals: IntervalShape, name: str = "unnamed"
    ) -> None:
        self._linear, self._logit, self._intervals, self.name = linear, logit, intervals, name

    @classmethod
    def from_arrays(cls, arrays: Arrays, name: str = "unnamed") -> Heads:
        """Build the heads from the arrays of a weights file."""
        intervals = IntervalShape(spread=arrays["spread"], quantiles=arrays["quantiles"])
        return cls(LinearMap.from_arrays(arrays, "linear"), arrays["logit"], intervals, name)

    @classmethod
    def load(cls) -> Heads:
        """Load the shipped heads.

        Raises
        ------
        ModelError
            If their files are missing or altered.
        """
        weights = load_weights("heads")
        # The hash tells apart two trainings that bear the same version.
        name = f"{weights.card['name']} {weights.card['version']} {weights.card['sha256'][:8]}"
        return cls.from_arrays(weights.arrays, name)

    def __call__(self, inputs: Mapping[str, FloatArray]) -> dict[str, Estimate]:
        """Estimate the seven features of one file from its groups of features."""
        values = from_scale(self._linear(inputs), self._logit).astype(np.float32)
        bounds = self._intervals.bounds(values)
        return {
            name: Estimate(value=float(value), low=float(low), high=float(high))
            for name, value, (low, high) in zip(HEADS, values, bounds, strict=True)
        }
