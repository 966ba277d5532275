"""Fitting the seven heads: ridge regression, a teacher from other songs, calibration, conformal intervals.

How it goes, and why (figures in ``docs/accuracy.md``):

1. A ridge regression from MusiCNN's layers and measured values, on Spotify's own labels (few), artist means (many,
   weak) and joined readings (for speechiness only).
2. The teacher of `reprise.training.shipped.timbre` judges every clip; a second ridge regression imitates it from
   features that are at hand when analysing.
3. Two more predict valence and arousal from mood tags, which every one of the 804 clips has.
4. For each target, value = a + b1 first + b2 second + b3 mood valence + b4 mood arousal, fitted on the songs with
   Spotify's own labels to predictions that were made without the song's artist. Weak labels are averages: they
   spread less than songs do, and b1 + b2 makes up for that.
5. The residuals of the whole procedure on artists it had not heard give the intervals.

Every step is linear, on the logistic scale for four of the targets, so that one matrix is shipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from reprise.models.heads import Heads, IntervalShape, from_scale, to_scale
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.shipped.ridge import Floats, GroupedRidge, artist_folds

__all__ = ["HeadLabels", "HeadsFit", "HeadsTrainer", "cross_validate", "fit_heads", "fit_intervals"]

SCALES = {"embedding": 0.7, "pooled": 0.7, "measured": 1.0, "short_term": 0.5, "mel": 0.5}
ALPHA = 1000.0
TEACHER_SCALES = {"short_term": 1.0, "mel": 1.0, "measured": 1.0, "embedding": 0.3}
TEACHER_ALPHA = 30.0

ARTIST_SONGS = 20.0
"""An artist mean over n songs weighs sqrt(min(n, 50) / ARTIST_SONGS); a song's own label as `Recipe` says."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one target is fitted.

    Attributes
    ----------
    logit : bool
        Whether the fit is on the logistic scale: for values that crowd near an end of 0..1.
    true_weight : float
        Weight of a song with Spotify's own label.
    prior_mix : array, shape (4,)
        Shares of the four predictions before any song is seen.
    prior_songs : array, shape (4,)
        How many songs would have to disagree to move each of these half way.
    """

    logit: bool = False
    true_weight: float = 6.0
    prior_mix: tuple[float, ...] = (0.8, 0.3, 0.0, 0.0)
    prior_songs: tuple[float, ...] = (20.0, 20.0, 200.0, 200.0)


# Mood speaks for energy and valence, hardly for the others.
_MOODY = (20.0, 20.0, 50.0, 50.0)
RECIPES = {
    "danceability": Recipe(logit=True, true_weight=3.0),
    "energy": Recipe(prior_songs=_MOODY),
    # The teacher heard hardly any speech.
    "speechiness": Recipe(
        logit=True, prior_mix=(1.1, 0.0, 0.0, 0.0), prior_songs=(60.0, 500.0, 500.0, 500.0)
    ),
    "acousticness": Recipe(logit=True),
    "instrumentalness": Recipe(),
    # Hardly audible in half a minute: labels are trusted less, and the mix stays where it begins.
    "liveness": Recipe(
        true_weight=2.0, prior_mix=(1.0, 0.0, 0.0, 0.0), prior_songs=(200.0, 200.0, 400.0, 400.0)
    ),
    "valence": Recipe(logit=True, prior_songs=_MOODY),
}

INNER_FOLDS = 8
KNOTS = 5
MISCOVERAGE = 0.2

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class HeadLabels:
    """What is known about each row of the features; NaN where nothing is.

    Attributes
    ----------
    artists : array of str, shape (n,)
    true : array, shape (n, 7)
        Spotify's own values.
    weak : array, shape (n, 7)
        Artist means and the like.
    weak_weight : array, shape (n, 7)
        Weight of each weak label.
    taught : array, shape (n, 7)
        The teacher's judgement.
    mood : array, shape (n, 2)
        Valence and arousal of the mood tags, 0..1.
    """

    artists: npt.NDArray[np.str_]
    true: Floats
    weak: Floats
    weak_weight: Floats
    taught: Floats
    mood: Floats


@dataclass(frozen=True, kw_only=True)
class HeadsFit:
    """Coefficients over the standardised features of the two ridges: shape (7, n_inputs) and (7,)."""

    coefficients: Floats
    intercepts: Floats


class HeadsTrainer:
    """Fits the heads on any subset of the rows."""

    def __init__(self, groups: dict[str, FloatArray], labels: HeadLabels) -> None:
        self.labels = labels
        self.ridge = GroupedRidge(groups, SCALES)
        recipes = [RECIPES[name] for name in HEADS]
        self.logit = np.array([recipe.logit for recipe in recipes])
        known = ~np.isnan(labels.true)
        self._true = to_scale(labels.true, self.logit)
        self._y = to_scale(np.where(known, labels.true, labels.weak), self.logit)
        self._weight = np.where(known, [recipe.true_weight for recipe in recipes], labels.weak_weight)
        self._usable = ~np.isnan(self._y) & (np.nan_to_num(self._weight) > 0)
        self._imitation = self._imitate(groups)

    def _imitate(self, groups: dict[str, FloatArray]) -> tuple[Floats, Floats]:
        """Fit the second ridge to the teacher; returns coefficients over the first ridge's features."""
        imitator = GroupedRidge(groups, TEACHER_SCALES)
        judged = np.flatnonzero(~np.isnan(self.labels.taught[:, 0]))
        ones = np.ones(judged.size)
        taught = to_scale(self.labels.taught, self.logit)
        fits = [imitator.fit(judged, y[judged], ones, TEACHER_ALPHA) for y in taught.T]
        raw = imitator.to_map(np.stack([c for c, _ in fits]), np.array([b for _, b in fits]))
        return self.ridge.from_raw(raw)

    def _first(self, target: int, rows: Rows) -> tuple[Floats, float]:
        use = rows[self._usable[rows, target]]
        return self.ridge.fit(use, self._y[use, target], self._weight[use, target], ALPHA)

    def _mood(self, axis: int, rows: Rows) -> tuple[Floats, float]:
        use = rows[~np.isnan(self.labels.mood[rows, axis])]
        return self.ridge.fit(use, self.labels.mood[use, axis], np.ones(use.size), ALPHA)

    def fit(self, rows: Rows, seed: int = 0) -> HeadsFit:
        """Fit all targets on some rows; only these rows' labels are looked at."""
        fold = artist_folds(self.labels.artists[rows], INNER_FOLDS, seed)
        moods = [partial(self._mood, axis) for axis in range(2)]
        unheard_moods = [self._unheard(mood, rows, fold) for mood in moods]
        mood_fits = [mood(rows) for mood in moods]
        coefficients, intercepts = [], []
        for target in range(len(HEADS)):
            first = partial(self._first, target)
            taught = self._imitation[0][target], float(self._imitation[1][target])
            second = self.ridge.x[rows] @ taught[0] + taught[1]
            predictions = np.stack([self._unheard(first, rows, fold), second, *unheard_moods], axis=1)
            true = self._true[rows, target]
            known = ~np.isnan(true)
            mix, offset = _mix(predictions[known], true[known], RECIPES[HEADS[target]])
            parts = [first(rows), taught, *mood_fits]
            coefficients.append(sum(share * c for share, (c, _) in zip(mix, parts, strict=True)))
            intercepts.append(offset + sum(share * b for share, (_, b) in zip(mix, parts, strict=True)))
        return HeadsFit(coefficients=np.stack(coefficients), intercepts=np.array(intercepts))

    def _unheard(
        self, fit: Callable[[Rows], tuple[Floats, float]], rows: Rows, fold: npt.NDArray[np.intp]
    ) -> Floats:
        """Predict each row by a fit on the rows of the other folds."""
        predicted = np.empty(rows.size)
        for k in range(INNER_FOLDS):
            c, b = fit(rows[fold != k])
            predicted[fold == k] = self.ridge.x[rows[fold == k]] @ c + b
        return predicted

    def predict(self, fit: HeadsFit, rows: Rows) -> Floats:
        """Values in 0..1 of some rows, shape (n_rows, 7)."""
        return from_scale(self.ridge.x[rows] @ fit.coefficients.T + fit.intercepts, self.logit)


def _mix(predictions: Floats, true: Floats, recipe: Recipe) -> tuple[Floats, float]:
    """Weigh the predictions by least squares with the prior; returns their shares and the offset."""
    centre_x, centre_y = predictions.mean(axis=0), true.mean()
    x, y = predictions - centre_x, true - centre_y
    prior = np.diag(np.array(recipe.prior_songs) * x.var(axis=0))
    mix = np.linalg.solve(x.T @ x + prior, x.T @ y + prior @ np.array(recipe.prior_mix))
    return mix, float(centre_y - centre_x @ mix)


def cross_validate(trainer: HeadsTrainer, *, n_folds: int = 10, seeds: tuple[int, ...] = (0, 1, 2)) -> Floats:
    """Predict every row by a model that never heard its artist.

    Returns
    -------
    array, shape (n_seeds, n_rows, 7)
        One prediction for each way of dealing the artists into folds.
    """
    artists = trainer.labels.artists
    out = np.empty((len(seeds), artists.size, len(HEADS)))
    for i, seed in enumerate(seeds):
        fold = artist_folds(artists, n_folds, seed)
        for k in range(n_folds):
            held_out = np.flatnonzero(fold == k)
            out[i, held_out] = trainer.predict(trainer.fit(np.flatnonzero(fold != k), seed + 1), held_out)
    return out


def fit_intervals(labels: HeadLabels, predicted: Floats) -> IntervalShape:
    """Shape the intervals from predictions of unheard artists, shape (n_seeds, n_rows, 7).

    The spread at a value is a smoothed mean absolute residual over true and weak labels; its quantiles are over true
    labels alone, with the finite-sample correction of split conformal prediction.
    """
    y = np.where(np.isnan(labels.true), labels.weak, labels.true)
    spread, quantiles = [], []
    knots = np.linspace(0, 1, KNOTS)
    for target in range(len(HEADS)):
        estimate = predicted[:, :, target].mean(axis=0)
        known = ~np.isnan(y[:, target])
        residual = np.abs(y[known, target] - estimate[known])
        near = np.exp(-(((estimate[known] - knots[:, None]) / 0.2) ** 2) / 2)
        # Where few songs were seen the overall error stands in.
        row = (near @ residual + 20 * residual.mean()) / (near.sum(axis=1) + 20)
        spread.append(row)
        own = ~np.isnan(labels.true[:, target])
        scores = np.concatenate(
            [
                (labels.true[own, target] - p[own]) / np.interp(p[own], knots, row)
                for p in predicted[:, :, target]
            ]
        )
        n = int(own.sum())
        level = min(1.0, np.ceil((n + 1) * (1 - MISCOVERAGE / 2)) / n)
        quantiles.append([np.quantile(scores, 1 - level), np.quantile(scores, level)])
    return IntervalShape(spread=np.array(spread, np.float32), quantiles=np.array(quantiles, np.float32))


def fit_heads(trainer: HeadsTrainer, predicted: Floats) -> tuple[Heads, dict[str, npt.NDArray[np.generic]]]:
    """Fit the heads on everything; returns them and the arrays of their weights file."""
    fit = trainer.fit(np.arange(trainer.labels.artists.size))
    linear = trainer.ridge.to_map(fit.coefficients, fit.intercepts)
    intervals = fit_intervals(trainer.labels, predicted)
    arrays = {
        **linear.to_arrays("linear"),
        "logit": trainer.logit,
        "spread": intervals.spread,
        "quantiles": intervals.quantiles,
    }
    return Heads(linear, trainer.logit, intervals), arrays
