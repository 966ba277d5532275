"""Metrics for numbers: how far estimates are from the truth, how well they follow it, how widely they spread.

Conventions
-----------
``reference`` and ``estimated`` are one-dimensional and of equal length. The plain metrics want finite
numbers; `evaluate` and `evaluate_intervals` leave out the pairs whose reference is NaN and count them. A
metric that is not defined, such as r² of a constant reference, is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.evaluation.pairs import Float64Array, known_pairs, require_pairs, vector

__all__ = [
    "Correlation",
    "IntervalScores",
    "RegressionScores",
    "Score",
    "evaluate",
    "evaluate_intervals",
    "mae",
    "mse",
    "pearson",
    "r2",
    "rmse",
    "spread_ratio",
]

RESAMPLES = 2000
"""Enough that the ends of a 95 % interval hardly depend on the seed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A metric and the ends of its bootstrap 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Correlation:
    """Pearson's r and the two-sided p-value of there being none."""

    r: float
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RegressionScores:
    """How good the estimates of one quantity are.

    Attributes
    ----------
    count, left_out : int
        Pairs compared, and pairs left out because the reference is unknown.
    r2, mae, mse, rmse, pearson, spread_ratio : Score
        As the functions of this module define them.
    pearson_p_value : float
        Of Pearson's r, taking the pairs as independent.
    """

    count: int
    left_out: int
    r2: Score
    mae: Score
    mse: Score
    rmse: Score
    pearson: Score
    spread_ratio: Score
    pearson_p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalScores:
    """How good prediction intervals are.

    Attributes
    ----------
    count, left_out : int
        Intervals compared, and those left out because the reference is unknown.
    coverage : float
        Share of the references that lie within their interval, ends included.
    mean_width : float
        In the unit of the reference.
    """

    count: int
    left_out: int
    coverage: float
    mean_width: float


def r2(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    """Return the share of the reference's variance that the estimates explain: 1 perfect, 0 like its mean.

    Parameters
    ----------
    reference, estimated : array-like, shape (n,)
        Finite numbers.

    Returns
    -------
    float
        At most 1; NaN if the reference is constant.

    Raises
    ------
    ParameterError
        If the lengths differ, there is no pair, or a value is not finite.
    """
    return _single("r2", reference, estimated)


def mae(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    """Return the mean absolute error, in the unit of the reference; arguments and errors as for `r2`."""
    return _single("mae", reference, estimated)


def mse(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    """Return the mean squared error; arguments and errors as for `r2`."""
    return _single("mse", reference, estimated)


def rmse(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    """Return the root of the mean squared error, in the unit of the reference; as for `r2`."""
    return _single("rmse", reference, estimated)


def spread_ratio(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    """Return the estimates' standard deviation over the reference's: below 1 they huddle round the mean.

    Arguments and errors are those of `r2`; NaN if the reference is constant.
    """
    return _single("spread_ratio", reference, estimated)


def pearson(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> Correlation:
    """Return Pearson's correlation with its p-value; arguments and errors as for `r2`.

    Both are NaN if either side is constant or there are fewer than two pairs; with two, p is 1.
    """
    r = _single("pearson", reference, estimated)
    return Correlation(r=r, p_value=_pearson_p_value(r, len(np.asarray(reference))))


def evaluate(
    reference: npt.ArrayLike,
    estimated: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
) -> RegressionScores:
    """Compute every metric with its bootstrap 95 % interval.

    Parameters
    ----------
    reference : array-like, shape (n,)
        The truth; NaN where it is unknown.
    estimated : array-like, shape (n,)
        Finite wherever the reference is known.
    groups : array-like, shape (n,), optional
        What belongs together, such as the artist of each track. Whole groups are then resampled: tracks of
        one artist resemble each other, and resampling them one by one would make the intervals too narrow.
    seed : int
        The same seed gives the same intervals.

    Returns
    -------
    RegressionScores

    Raises
    ------
    ParameterError
        If the lengths differ, no reference is known, or a value is not finite.

    References
    ----------
    B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993 (percentile intervals).
    C. Field and A. Welsh, "Bootstrapping clustered data", J. R. Statist. Soc. B 69, 2007.
    """
    y, y_hat, known = known_pairs(reference, estimated)
    sums = _sums(y, y_hat)
    clusters = sums if groups is None else _sum_by_group(sums, groups, known)
    # Every metric is a function of these sums, and those of a resample are weighted sums over its clusters.
    drawn = np.random.default_rng(seed).multinomial(
        len(clusters), np.full(len(clusters), 1 / len(clusters)), size=RESAMPLES
    )
    resampled = _metrics(drawn @ clusters)
    values = _metrics(sums.sum(axis=0))
    scores = {name: _score(float(values[name]), resampled[name]) for name in values}
    return RegressionScores(
        count=len(y),
        left_out=len(known) - len(y),
        pearson_p_value=_pearson_p_value(scores["pearson"].value, len(y)),
        **scores,
    )


def evaluate_intervals(reference: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> IntervalScores:
    """Compute how often prediction intervals hold the truth, and how wide they are.

    Parameters
    ----------
    reference : array-like, shape (n,)
        The truth; NaN where it is unknown.
    low, high : array-like, shape (n,)
        Ends of the intervals, ``low <= high``.

    Returns
    -------
    IntervalScores

    Raises
    ------
    ParameterError
        If the lengths differ, no reference is known, a value is not finite, or an interval's ends are
        swapped.
    """
    y, bottom, known = known_pairs(reference, low)
    top = known_pairs(reference, high)[1]
    if (bottom > top).any():
        raise ParameterError(f"{np.count_nonzero(bottom > top)} intervals have low above high")
    return IntervalScores(
        count=len(y),
        left_out=len(known) - len(y),
        coverage=float(np.mean((bottom <= y) & (y <= top))),
        mean_width=float(np.mean(top - bottom)),
    )


def _single(metric: str, reference: npt.ArrayLike, estimated: npt.ArrayLike) -> float:
    y, y_hat = vector("reference", reference), vector("estimated", estimated)
    require_pairs(y, y_hat)
    return float(_metrics(_sums(y, y_hat).sum(axis=0))[metric])


def _sums(y: Float64Array, y_hat: Float64Array) -> Float64Array:
    """Return each pair's part in the sums that all metrics are made of, shape (n, 8)."""
    error = y_hat - y
    # Without their means the squares of large offsets cannot drown the variances.
    y, y_hat = _centred(y), _centred(y_hat)
    return np.stack(
        (np.ones_like(y), y, y_hat, y * y, y_hat * y_hat, y * y_hat, np.abs(error), error * error), axis=1
    )


def _centred(values: Float64Array) -> Float64Array:
    # The mean of equal numbers can differ from them by rounding; what is constant must have no variance at
    # all.
    return values - values.mean() if np.ptp(values) else np.zeros_like(values)


def _sum_by_group(sums: Float64Array, groups: npt.ArrayLike, known: npt.NDArray[np.bool_]) -> Float64Array:
    labels = np.asarray(groups)
    if labels.shape != known.shape:
        raise ParameterError(f"groups must have the shape {known.shape}, not {labels.shape}")
    names, index = np.unique(labels[known].astype(str), return_inverse=True)
    total = np.zeros((len(names), sums.shape[1]))
    np.add.at(total, index, sums)
    return total


def _metrics(sums: Float64Array) -> dict[str, Float64Array]:
    """Compute all metrics from sums over pairs, shape (..., 8)."""
    columns = np.moveaxis(sums, -1, 0)
    mean_y, mean_y_hat, yy, y_hat_y_hat, y_y_hat, absolute, squared = columns[1:] / columns[0]
    variance_y, variance_y_hat = _variance(yy, mean_y), _variance(y_hat_y_hat, mean_y_hat)
    r = (y_y_hat - mean_y * mean_y_hat) / np.sqrt(variance_y * variance_y_hat)
    return {
        "r2": 1 - squared / variance_y,
        "mae": absolute,
        "mse": squared,
        "rmse": np.sqrt(squared),
        "pearson": np.clip(r, -1, 1),
        "spread_ratio": np.sqrt(np.nan_to_num(variance_y_hat) / variance_y),
    }


def _variance(mean_square: Float64Array, mean: Float64Array) -> Float64Array:
    """Return the variance; NaN, which makes all that divides by it NaN, where it is but rounding."""
    variance = mean_square - mean * mean
    return np.where(variance > 1e-12 * mean_square, variance, np.nan)


def _score(value: float, resampled: Float64Array) -> Score:
    # A resample can be all one value, which leaves r2 undefined there.
    defined = resampled[~np.isnan(resampled)]
    low, high = np.percentile(defined, (2.5, 97.5)) if len(defined) else (np.nan, np.nan)
    return Score(value=value, low=float(low), high=float(high))


def _pearson_p_value(r: float, count: int) -> float:
    if np.isnan(r) or count < 2:
        return float("nan")
    if count == 2:
        return 1.0
    from scipy.special import betainc

    # r² of independent normal pairs has a beta distribution with parameters 1/2 and n/2 - 1.
    return float(betainc(count / 2 - 1, 0.5, 1 - r * r))
