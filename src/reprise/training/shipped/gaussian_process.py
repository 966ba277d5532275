"""Gaussian-process heads: the heads' procedure with a kernel machine in the place of its first ridge regression.

How it differs from `reprise.training.shipped.heads`: each group of features speaks through a linear and a
squared-exponential kernel, all alike or as loud as marginal likelihood on the training artists finds best. Each kind
of label has a noise of its own: a song's own value, an artist's mean by the number of its songs, and what all means
of one artist share. What each label would be without its artist follows in closed form, and the mix on top is the
heads' own.

`reprise.training.shipped.challengers` compares them with the heads on the same folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from reprise.models.heads import from_scale
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.shipped.heads import (
    INNER_FOLDS,
    RECIPES,
    HeadLabels,
    HeadsFit,
    HeadsTrainer,
    Rows,
    _mix,
)
from reprise.training.shipped.ridge import Floats, artist_folds

__all__ = ["GaussianProcessFit", "GaussianProcessTrainer", "group_kernels"]

GROUPS = ("embedding", "pooled", "tag_logits", "mel", "short_term", "measured")
# In units of the labels' variance: all kernels together, a song's own label, a mean, what an artist's means share.
PRIOR_SIGNAL, PRIOR_NOISE = 0.8, (0.15, 0.25, 0.1)
PRIOR_SPREAD = 1.0
"""Standard deviation of the logarithm of every hyperparameter."""
OFFSET = 10.0
"""Variance of the constant: so large that it is as good as free."""


@dataclass(frozen=True, kw_only=True)
class _Posterior:
    """One target's process: where it was observed, the weights there, and what each label looks like unheard."""

    rows: Rows
    amplitudes: Floats
    offset: float
    dual: Floats
    mean: float
    unheard: Floats


@dataclass(frozen=True, kw_only=True)
class GaussianProcessFit:
    """Everything that a prediction needs.

    Attributes
    ----------
    processes : tuple
        One posterior a target.
    moods : tuple of (array, float)
        Coefficients and intercept of mood valence and arousal.
    mixes : array, shape (7, 4)
        Shares of the process, the teacher and the two moods.
    offsets : array, shape (7,)
    heads : HeadsFit or None
        The default heads on the same rows, where both are averaged.
    """

    processes: tuple[_Posterior, ...]
    moods: tuple[tuple[Floats, float], ...]
    mixes: Floats
    offsets: Floats
    heads: HeadsFit | None


def group_kernels(groups: Mapping[str, FloatArray], names: Sequence[str] = GROUPS) -> Floats:
    """Compute a linear and a squared-exponential kernel of each group, of mean diagonal one.

    Parameters
    ----------
    groups : mapping of str to array, shape (n, size of the group)
    names : sequence of str
        The groups to use.

    Returns
    -------
    array, shape (2 * number of groups, n, n)
        The length scale is the root mean square distance from the mean.
    """
    kernels = []
    for name in names:
        x = groups[name].astype(np.float64)
        deviation = x.std(axis=0)
        live = deviation > 1e-6
        x = np.clip((x - x.mean(axis=0))[:, live] / deviation[live], -5, 5)
        linear = x @ x.T
        linear /= np.trace(linear) / len(x)
        square = np.diag(linear)[:, None] + np.diag(linear) - 2 * linear
        kernels += [linear, np.exp(-np.maximum(square, 0) / 2)]
    return np.stack(kernels)


class GaussianProcessTrainer:
    """Fits Gaussian-process heads on any subset of the rows.

    Parameters
    ----------
    groups : mapping of str to array, shape (n, size of the group)
    labels : HeadLabels
    steps : int
        Steps up the marginal likelihood; 0 leaves the hyperparameters at their prior. The likelihood is nearly all
        of artist means, and six steps predict songs worse.
    averaged : bool
        Whether the prediction is the mean, on the scale of the fit, of the process and the default heads.

    References
    ----------
    .. [1] Rasmussen, C. E. and Williams, C. K. I. "Gaussian Processes for Machine Learning." MIT Press, 2006,
           sections 5.4.1 and 5.4.2.
    """

    def __init__(
        self, groups: dict[str, FloatArray], labels: HeadLabels, *, steps: int = 0, averaged: bool = True
    ) -> None:
        self.labels, self._steps, self._averaged = labels, steps, averaged
        self.heads = HeadsTrainer(groups, labels)
        self._kernels = group_kernels(groups, tuple(name for name in GROUPS if name in groups))
        coefficients, intercepts = self.heads._imitation
        self._taught = self.heads.ridge.x @ coefficients.T + intercepts

    def fit(self, rows: Rows, seed: int = 0) -> GaussianProcessFit:
        """Fit all targets on some rows; only these rows' labels are looked at."""
        heads = self.heads
        fold = artist_folds(self.labels.artists[rows], INNER_FOLDS, seed)
        moods = [partial(heads._mood, axis) for axis in range(2)]
        unheard_moods = [heads._unheard(mood, rows, fold) for mood in moods]
        processes, mixes, offsets = [], [], []
        for target, name in enumerate(HEADS):
            process = self._process(target, rows)
            first = np.full(len(self.labels.artists), np.nan)
            first[process.rows] = process.unheard
            parts = np.stack([first[rows], self._taught[rows, target], *unheard_moods], axis=1)
            true = heads._true[rows, target]
            known = ~np.isnan(true)
            mix, offset = _mix(parts[known], true[known], RECIPES[name])
            processes.append(process)
            mixes.append(mix)
            offsets.append(offset)
        return GaussianProcessFit(
            processes=tuple(processes), moods=tuple(mood(rows) for mood in moods), mixes=np.stack(mixes),
            offsets=np.array(offsets), heads=heads.fit(rows, seed) if self._averaged else None,
        )  # fmt: skip

    def predict(self, fit: GaussianProcessFit, rows: Rows) -> Floats:
        """Values in 0..1 of some rows, shape (n_rows, 7)."""
        heads = self.heads
        moods = [heads.ridge.x[rows] @ c + b for c, b in fit.moods]
        columns = []
        for target, process in enumerate(fit.processes):
            between = self._kernels[:, rows[:, None], process.rows[None]]
            kernel = np.tensordot(process.amplitudes, between, axes=1) + process.offset
            first = kernel @ process.dual + process.mean
            parts = np.stack([first, self._taught[rows, target], *moods], axis=1)
            columns.append(parts @ fit.mixes[target] + fit.offsets[target])
        values = np.stack(columns, axis=1)
        if fit.heads is not None:
            values = (values + heads.ridge.x[rows] @ fit.heads.coefficients.T + fit.heads.intercepts) / 2
        return from_scale(values, heads.logit)

    def _process(self, target: int, rows: Rows) -> _Posterior:
        heads, artists = self.heads, self.labels.artists
        use = rows[heads._usable[rows, target]]
        y = heads._y[use, target]
        own = ~np.isnan(heads._true[use, target])
        same = (artists[use][:, None] == artists[use]) & ~own[:, None] & ~own
        evidence = _Evidence(
            kernels=self._kernels[:, use[:, None], use[None]],
            residual=y - y.mean(),
            own=own,
            weight=self.labels.weak_weight[use, target],
            same_artist=same.astype(np.float64),
        )
        theta = evidence.climb(self._steps)
        inverse = np.linalg.inv(evidence.covariance(theta))
        dual = inverse @ evidence.residual
        unheard = np.empty(y.size)
        for artist in np.unique(artists[use]):
            at = np.flatnonzero(artists[use] == artist)
            unheard[at] = y[at] - np.linalg.solve(inverse[np.ix_(at, at)], dual[at])
        variance = evidence.variance
        return _Posterior(
            rows=use, amplitudes=variance * np.exp(theta[: len(self._kernels)]), offset=OFFSET * variance,
            dual=dual, mean=float(y.mean()), unheard=unheard,
        )  # fmt: skip


class _Evidence:
    """The marginal likelihood of the labels of one target, times the prior of the hyperparameters.

    The hyperparameters are logarithms: of each kernel's amplitude, and of the noise of own labels, of means and of
    artists; all in units of the labels' variance.
    """

    def __init__(
        self,
        *,
        kernels: Floats,
        residual: Floats,
        own: npt.NDArray[np.bool_],
        weight: Floats,
        same_artist: Floats,
    ) -> None:
        self._kernels, self.residual, self._own, self._same = kernels, residual, own, same_artist
        self.variance = float(residual.var()) or 1.0
        self._per_mean = np.where(own, 0.0, 1 / np.where(own, 1.0, weight))
        count = len(kernels)
        self.prior: Floats = np.log(np.array([*(PRIOR_SIGNAL / count for _ in range(count)), *PRIOR_NOISE]))

    def covariance(self, theta: Floats) -> Floats:
        """Covariance of the labels."""
        count = len(self._kernels)
        own, mean, artist = np.exp(theta[count:])
        total = np.tensordot(np.exp(theta[:count]), self._kernels, axes=1) + OFFSET + artist * self._same
        total[np.diag_indices_from(total)] += own * self._own + mean * self._per_mean
        return np.asarray(self.variance * total, np.float64)

    def loss(self, theta: Floats) -> tuple[float, Floats]:
        """Negative logarithm of likelihood times prior, without constants, and its gradient."""
        factor = cho_factor(self.covariance(theta), lower=True)
        inverse = cho_solve(factor, np.eye(self.residual.size))
        dual = inverse @ self.residual
        from_prior = (theta - self.prior) / PRIOR_SPREAD
        loss = 0.5 * self.residual @ dual + np.log(np.diag(factor[0])).sum() + 0.5 * from_prior @ from_prior
        slope = inverse - np.outer(dual, dual)
        pulls = [
            *self._kernels.reshape(len(self._kernels), -1) @ slope.ravel(),
            np.diag(slope) @ self._own,
            np.diag(slope) @ self._per_mean,
            np.sum(slope * self._same),
        ]
        gradient = 0.5 * self.variance * np.exp(theta) * np.array(pulls) + from_prior / PRIOR_SPREAD
        return float(loss), gradient

    def climb(self, steps: int) -> Floats:
        """Return the hyperparameters after some steps of L-BFGS from the prior, never far away from it."""
        if not steps:
            return self.prior
        bounds = [(value - 3 * PRIOR_SPREAD, value + 3 * PRIOR_SPREAD) for value in self.prior]
        found = minimize(
            self.loss, self.prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps}
        )
        return np.asarray(found.x, np.float64)
