"""Fitting the mood model: the valence-arousal plane, the quadrants, and Emotify's emotions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets import emotify, panda
from reprise.models.mood import MoodModel
from reprise.targets import QUADRANTS
from reprise.training.shipped.corpus import Corpus
from reprise.training.shipped.ridge import Floats, GroupedRidge, artist_folds

__all__ = ["MoodScores", "cross_validate_mood", "fit_mood"]

SCALES = {"embedding": 1.0, "pooled": 0.5, "measured": 1.0, "mel": 0.3}
ALPHA = 1500.0
EMOTION_ALPHA = 2500.0


@dataclass(frozen=True, kw_only=True)
class MoodScores:
    """Predictions for clips of artists that were not heard, beside the truth.

    Attributes
    ----------
    plane, plane_true : arrays, shape (n_panda, 2)
    quadrants : array, shape (n_panda, 4)
        Scores; the largest is the prediction.
    quadrants_true : array of int, shape (n_panda,)
    emotions, emotions_true : arrays, shape (n_emotify, 9)
    """

    plane: Floats
    plane_true: Floats
    quadrants: Floats
    quadrants_true: npt.NDArray[np.int64]
    emotions: Floats
    emotions_true: Floats


class _MoodTask:
    """One block of targets on one set of clips."""

    def __init__(
        self, corpus: Corpus, clips: tuple[str, ...], y: Floats, weights: Floats, alpha: float
    ) -> None:
        self.ridge = GroupedRidge(corpus.rows(clips), SCALES)
        self.y, self._weights, self._alpha = y, weights, alpha

    def fit(self, rows: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        fits = [self.ridge.fit(rows, column[rows], self._weights[rows], self._alpha) for column in self.y.T]
        return np.stack([c for c, _ in fits]), np.array([b for _, b in fits])

    def cross_validate(self, groups: npt.NDArray[np.str_], seed: int) -> Floats:
        fold = artist_folds(groups, 10, seed)
        predicted = np.empty_like(self.y)
        for k in range(10):
            c, b = self.fit(np.flatnonzero(fold != k))
            predicted[fold == k] = self.ridge.x[fold == k] @ c.T + b
        return predicted


def _tasks(folder: Path, corpus: Corpus) -> tuple[panda.Panda, emotify.Emotify, dict[str, _MoodTask]]:
    songs, ratings = panda.load(folder), emotify.load(folder)
    plane = np.stack([songs.valence, songs.arousal], axis=1)
    # Regression to the indicator of each class; its largest output picks the class (Hastie et al. 2009, 4.2).
    indicators = np.eye(len(QUADRANTS))[songs.quadrants]
    even = np.ones(len(songs.clips))
    return songs, ratings, {
        "plane": _MoodTask(corpus, songs.clips, plane, even, ALPHA),
        "quadrants": _MoodTask(corpus, songs.clips, indicators, even, ALPHA),
        "emotions": _MoodTask(corpus, ratings.clips, ratings.shares, np.sqrt(ratings.raters / 20), EMOTION_ALPHA),
    }  # fmt: skip


def cross_validate_mood(folder: Path, corpus: Corpus, seed: int = 0) -> MoodScores:
    """Predict every clip by a model that never heard its artist.

    Emotify names no artists; its folds are by clip.
    """
    songs, ratings, tasks = _tasks(folder, corpus)
    clips = np.array(ratings.clips)
    return MoodScores(
        plane=np.clip(tasks["plane"].cross_validate(songs.artists, seed), 0, 1),
        plane_true=tasks["plane"].y,
        quadrants=tasks["quadrants"].cross_validate(songs.artists, seed),
        quadrants_true=songs.quadrants,
        emotions=np.clip(tasks["emotions"].cross_validate(clips, seed), 0, 1),
        emotions_true=tasks["emotions"].y,
    )


def fit_mood(folder: Path, corpus: Corpus) -> tuple[MoodModel, dict[str, npt.NDArray[np.generic]]]:
    """Fit the mood model on everything; returns it and the arrays of its weights file."""
    _, _, tasks = _tasks(folder, corpus)
    maps = {name: task.ridge.to_map(*task.fit(np.arange(len(task.y)))) for name, task in tasks.items()}
    arrays = {key: value for name, linear in maps.items() for key, value in linear.to_arrays(name).items()}
    return MoodModel(maps["plane"], maps["quadrants"], maps["emotions"]), arrays
