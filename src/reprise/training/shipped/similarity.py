"""Fitting the space that songs are compared in, and choosing how without looking at what judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from reprise.datasets import panda
from reprise.errors import DatasetError
from reprise.evaluation.retrieval import RetrievalScores, evaluate
from reprise.records import FloatArray
from reprise.similarity.features import SCALED, quantile_knots
from reprise.similarity.space import Space

__all__ = [
    "CANDIDATES",
    "LabelledClips",
    "SpaceSettings",
    "choose",
    "feature_knots",
    "fit_space",
    "folds_of",
    "load_labelled_clips",
    "score",
]

Floats = npt.NDArray[np.float64]

_DIRECTIONS = 96
_LABEL_DIRECTIONS = 24
_RARE = 0.02


@dataclass(frozen=True, kw_only=True)
class SpaceSettings:
    """How a space is fitted.

    Attributes
    ----------
    damping : float
        Principal components are divided by their variance to the power of half of this: 0 leaves them as they are, 1
        whitens them.
    label_share : float
        Share of the mean squared length that the directions of genres and moods get, 0..1.
    ridge : float
        Of the regression to the labels, as a share of the largest variance.
    label_damping : float
        As damping, for the directions of the labels.
    """

    damping: float
    label_share: float
    ridge: float = 0.01
    label_damping: float = 0.5


CANDIDATES: tuple[SpaceSettings, ...] = (
    *(SpaceSettings(damping=damping, label_share=0.0) for damping in (0.0, 0.25, 0.5)),
    *(
        SpaceSettings(damping=0.25, label_share=share, ridge=ridge, label_damping=label_damping)
        for share in (0.3, 0.5)
        for ridge in (0.001, 0.01)
        for label_damping in (0.0, 0.5)
    ),
)
"""What `choose` chooses from."""


@dataclass(frozen=True, kw_only=True)
class LabelledClips:
    """Embeddings of Panda's clips, and what is known of them.

    Attributes
    ----------
    embeddings : float32 array, shape (n, 500)
    genres : bool array, shape (n, n_genres)
    quadrants : int array, shape (n,)
    artists : array of str, shape (n,)
    """

    embeddings: FloatArray
    genres: npt.NDArray[np.bool_]
    quadrants: npt.NDArray[np.int64]
    artists: npt.NDArray[np.str_]

    def rows(self, which: npt.NDArray[np.generic]) -> LabelledClips:
        """Return some of the clips."""
        return LabelledClips(
            embeddings=self.embeddings[which],
            genres=self.genres[which],
            quadrants=self.quadrants[which],
            artists=self.artists[which],
        )


def load_labelled_clips(folder: Path) -> LabelledClips:
    """Load Panda's clips from the table of what MusiCNN heard in them before they were re-encoded.

    Raises
    ------
    DatasetError
        If a table is missing or lacks a clip.
    """
    data = panda.load(folder)
    path = folder / "tables" / "panda_musicnn_original.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            names, offset, patches = file["clip"], file["offset"], file["patches"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
    place = {str(name): row for row, name in enumerate(names)}
    if absent := [clip for clip in data.clips if clip not in place]:
        raise DatasetError(f"{path} lacks {len(absent)} clips, the first is {absent[0]}")
    rows = [place[clip] for clip in data.clips]
    known = sorted(frozenset[str]().union(*data.genres))
    return LabelledClips(
        embeddings=np.stack([patches[offset[row] : offset[row + 1]].mean(axis=0) for row in rows]),
        genres=np.array([[genre in genres for genre in known] for genres in data.genres]),
        quadrants=data.quadrants,
        artists=data.artists,
    )


def fit_space(clips: LabelledClips, settings: SpaceSettings) -> Space:
    """Fit the map of `reprise.similarity.space`.

    Principal components keep what the embedding holds, with the strongest ones damped. Beside them come the principal
    components of a ridge regression to genres and quadrants: what tells these apart.

    References
    ----------
    .. [1] McFee, B., Barrington, L. and Lanckriet, G. "Learning content similarity for music recommendation." IEEE
           Transactions on Audio, Speech, and Language Processing 20(8), 2012: why labels help a space.
    """
    X = clips.embeddings.astype(np.float64)
    mean = X.mean(axis=0)
    B = X - mean
    variances, axes = _principal(B, len(B))
    kept = axes[:, :_DIRECTIONS] * variances[:_DIRECTIONS] ** (-settings.damping / 2)
    parts = [kept / _length(B @ kept) * np.sqrt(1 - settings.label_share)]
    if settings.label_share:
        # The labels' directions are sought in all of the embedding, not in what the components keep of it.
        Y = np.concatenate([clips.genres, np.eye(4)[clips.quadrants]], axis=1)
        Y = (Y - Y.mean(axis=0)) / np.sqrt(Y.mean(axis=0) + _RARE)
        shrunk = axes / (variances + settings.ridge * variances[0])
        regression = shrunk @ (axes.T @ (B.T @ Y)) / len(B)
        spread, directions = _principal(B @ regression, _LABEL_DIRECTIONS)
        labels = regression @ (directions * spread ** (-settings.label_damping / 2))
        parts.append(labels / _length(B @ labels) * np.sqrt(settings.label_share))
    return Space(mean=mean.astype(np.float32), matrix=np.concatenate(parts, axis=1).astype(np.float32))


def _principal(B: Floats, most: int) -> tuple[Floats, Floats]:
    """Return variances and axes, the largest first, of those that have any."""
    variances, axes = np.linalg.eigh(B.T @ B / len(B))
    variances, axes = variances[::-1][:most], axes[:, ::-1][:, :most]
    some = variances > 1e-9 * variances[0]
    variances, axes = variances[some], axes[:, some]
    # An axis may point either way; its largest part shall be positive, on every machine.
    return variances, axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])


def _length(placed: Floats) -> float:
    return float(np.sqrt((placed**2).sum(axis=1).mean()))


def score(vectors: FloatArray, clips: LabelledClips) -> RetrievalScores:
    """Judge vectors of clips by what is known of them."""
    genres = clips.genres.astype(int)
    return evaluate(
        vectors @ vectors.T,
        genres @ genres.T > 0,
        clips.quadrants[:, None] == clips.quadrants,
        clips.artists[:, None] == clips.artists,
    )


def folds_of(artists: npt.NDArray[np.str_], n: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal artists out to n folds at random; returns the fold of every clip."""
    names, which = np.unique(artists, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % n)[which]


def choose(
    clips: LabelledClips, candidates: Sequence[SpaceSettings] = CANDIDATES, *, n_folds: int = 5, seed: int = 0
) -> SpaceSettings:
    """Return the settings whose lists are best on unheard artists of these clips: the mean of the three precisions."""
    folds = folds_of(clips.artists, n_folds, seed)

    def merit(settings: SpaceSettings) -> float:
        total = 0.0
        for fold in range(n_folds):
            held_out = clips.rows(folds == fold)
            found = score(fit_space(clips.rows(folds != fold), settings)(held_out.embeddings), held_out)
            total += found.genre_precision + found.quadrant_precision + found.artist_map
        return total

    return max(candidates, key=merit)


def feature_knots(folder: Path) -> npt.NDArray[np.float32]:
    """Return the quantiles of the features among Spotify's tracks, for `reprise.similarity.features.FeatureScale`.

    Raises
    ------
    DatasetError
        If the table is missing or lacks a feature.
    """
    path = folder / "tables" / "spotify_tracks.parquet"
    try:
        table = pq.read_table(path, columns=list(SCALED))
        values = np.stack([table[name].to_numpy() for name in SCALED], axis=1)
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
    return quantile_knots(values).astype(np.float32)
