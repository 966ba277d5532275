"""Heads from better weak labels: an artist's mean, moved by the song's own mood and weighed by the artist's variety.

An artist's mean says nothing of how one song differs from the others. The mood tags, which every clip has, do: on the
songs whose own value is known, the deviation from the artist's mean is regressed on mood valence and arousal, and the
means of all other songs are moved by what that predicts. And where an artist's songs differ much, the mean is a worse
label of one of them. Both only change labels: what is fitted is the same linear map as the heads'.

`reprise.training.shipped.challengers` compares them with the heads on the same folds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from reprise.errors import DatasetError
from reprise.models.heads import to_scale
from reprise.records import FloatArray
from reprise.targets import HEADS
from reprise.training.shipped.heads import ALPHA, HeadLabels, HeadsTrainer, Rows
from reprise.training.shipped.ridge import Floats

__all__ = ["RefinedHeadsTrainer", "artist_variety", "weigh_by_variety"]

MOODY = ("danceability", "energy", "acousticness", "valence")
"""The features that are on the whole more moved by a song's mood than by its style."""

MOOD_SONGS = 10.0
"""So many songs would have to disagree to move a label by half of what mood suggests."""

TYPICAL_SONGS = 5.0
"""An artist of so many songs is believed half, and half taken to be as varied as others are."""


def artist_variety(folder: Path, artists: npt.NDArray[np.str_]) -> Floats:
    """Standard deviation of each feature over the artist's songs, drawn to what is typical where songs are few.

    Parameters
    ----------
    folder : Path
        The data folder, with ``tables/spotify_tracks.parquet``.
    artists : array of str, shape (n,)
        Simplified names: lower-case letters and digits, without a leading "the".

    Returns
    -------
    array, shape (n, 7)

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    path = folder / "tables" / "spotify_tracks.parquet"
    try:
        table = pq.read_table(path, columns=["artist", *HEADS])
    except (OSError, ValueError) as error:
        raise DatasetError(f"spotify_tracks: {path} cannot be read: {error}") from error
    values = np.stack([table[name].to_numpy() for name in HEADS], axis=1)
    rows = defaultdict(list)
    for row, artist in enumerate(table["artist"].to_pylist()):
        name = "".join(character for character in str(artist).lower() if character.isalnum())
        rows[name.removeprefix("the")].append(row)
    several = {name: values[at] for name, at in rows.items() if len(at) > 1}
    if not several:
        raise DatasetError(f"spotify_tracks: {path} has no artist with two songs")
    typical = np.median([songs.var(axis=0, ddof=1) for songs in several.values()], axis=0)
    variances: list[Floats] = []
    for artist in artists:
        squares, freedom = np.zeros(len(HEADS)), 0
        if str(artist) in several:
            songs = several[str(artist)]
            squares, freedom = ((songs - songs.mean(axis=0)) ** 2).sum(axis=0), len(songs) - 1
        variances.append((squares + TYPICAL_SONGS * typical) / (freedom + TYPICAL_SONGS))
    return np.asarray(np.sqrt(np.array(variances)), np.float64)


def weigh_by_variety(labels: HeadLabels, variety: Floats) -> HeadLabels:
    """Weigh each artist's mean by the median variety over the artist's own, at most by 2 and at least by 1/2.

    Parameters
    ----------
    labels : HeadLabels
    variety : array, shape (n, 7)
        NaN where the label is no artist's mean; its weight stays.
    """
    factor = np.nanmedian(variety, axis=0) / np.maximum(variety, 1e-6)
    return replace(labels, weak_weight=labels.weak_weight * np.clip(np.nan_to_num(factor, nan=1.0), 0.5, 2.0))


class RefinedHeadsTrainer(HeadsTrainer):
    """Fits the heads to artist means that are moved by the songs' moods.

    Parameters
    ----------
    groups : mapping of str to array, shape (n, size of the group)
    labels : HeadLabels
    """

    def __init__(self, groups: dict[str, FloatArray], labels: HeadLabels) -> None:
        super().__init__(groups, labels)
        self._weak = to_scale(labels.weak, self.logit)
        mood = labels.mood - np.nanmean(labels.mood, axis=0)
        self._mood_score = mood / np.maximum(np.nanstd(mood, axis=0), 1e-6)

    def _first(self, target: int, rows: Rows) -> tuple[Floats, float]:
        use = rows[self._usable[rows, target]]
        y = self.refined(target, use) if HEADS[target] in MOODY else self._y[use, target]
        return self.ridge.fit(use, y, self._weight[use, target], ALPHA)

    def refined(self, target: int, rows: Rows) -> Floats:
        """Labels of some rows on the scale of the fit, the means among them moved; only these rows are looked at."""
        y: Floats = self._y[rows, target].copy()
        own = ~np.isnan(self._true[rows, target])
        tagged = ~np.isnan(self._mood_score[rows]).any(axis=1) & ~np.isnan(self._weak[rows, target])
        both = rows[own & tagged]
        x = np.column_stack([np.ones(both.size), self._mood_score[both]])
        deviation = self._true[both, target] - self._weak[both, target]
        # The intercept is only fitted: if means lie too low or too high on the whole, the mix of the heads knows.
        prior = np.diag([1e-9, MOOD_SONGS, MOOD_SONGS])
        slopes = np.linalg.solve(x.T @ x + prior, x.T @ deviation)[1:]
        moved = tagged & ~own
        y[moved] += self._mood_score[rows[moved]] @ slopes
        return y
