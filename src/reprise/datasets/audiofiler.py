"""AudioFiler's training table: 69 short-term features of 54,240 song previews, each with one of 26 genres.

The table holds no titles and no artists: songs of one artist cannot be kept together, and figures measured on it are
that much too kind. What can be seen are copies: rows whose features are equal, some under two genres.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from reprise.datasets.description import Description
from reprise.errors import DatasetError
from reprise.features.short_term import FEATURE_NAMES
from reprise.records import FloatArray

__all__ = ["DESCRIPTION", "GENRES", "AudioFiler", "CleanAudioFiler", "Split", "clean", "load", "split"]

DESCRIPTION = Description(
    name="audiofiler",
    citation="AudioFiler's training set: pyAudioAnalysis features of 30-second song previews, with the genre that "
    "most listeners' tags on Last.fm name.",
    licence="Unknown: the table came without terms. It is not redistributed; models fitted to it say so.",
    columns=(*FEATURE_NAMES, "genre"),
)

GENRES: tuple[str, ...] = (
    "Alternative", "Blues", "Classical", "Country", "D&B", "Disco", "Dubstep", "Electronic", "Folk", "Funk",
    "Hip-Hop", "House", "Indie", "Jazz", "Metal", "Pop", "Punk", "R&B", "Rap", "Reggae", "Reggaeton", "Rock",
    "Salsa", "Ska", "Soul", "Trance",
)  # fmt: skip
"""The 26 genres, in alphabetical order."""

# Copies of one recording from two sources: in standardised features unrelated songs are 3 apart and more.
_SAME_RECORDING = 2.0
_DIRECTIONS = 8
_PAIRS_AT_ONCE = 100_000
# Of distances between shadows, so that no pair is lost to it.
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True)
class AudioFiler:
    """The table as it is.

    Attributes
    ----------
    features : float32 array, shape (n, 69)
        In the order of `reprise.features.short_term.FEATURE_NAMES`.
    genres : int array, shape (n,)
        Places in `GENRES`.
    """

    features: FloatArray
    genres: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class CleanAudioFiler:
    """The table with each song once.

    Attributes
    ----------
    features, genres
        As in `AudioFiler`; ``m`` rows.
    groups : int array, shape (m,)
        Rows of one group are near copies and belong on the same side of every split.
    copies_dropped : int
        Rows left out because an equal one stays.
    conflicting_dropped : int
        Rows left out because equal ones name different genres: which is right cannot be known.
    """

    features: FloatArray
    genres: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    copies_dropped: int
    conflicting_dropped: int


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows to fit on, to choose and calibrate on, and to measure once on; ascending, disjoint, together all."""

    train: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]


def load(path: Path) -> AudioFiler:
    """Load ``audiofiler_features69.parquet``.

    Raises
    ------
    DatasetError
        If the file cannot be read, a column is missing, a value is not a finite number, a genre is not one of
        `GENRES`, or there is no row.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(f"audiofiler: {path} cannot be read: {error}") from error
    absent = [name for name in DESCRIPTION.columns if name not in table.column_names]
    if absent:
        raise DatasetError(f"audiofiler: {path} lacks the columns {', '.join(absent)}")
    if not table.num_rows:
        raise DatasetError(f"audiofiler: {path} has no rows")
    try:
        columns = [table[name].to_numpy().astype(np.float32) for name in FEATURE_NAMES]
    except (TypeError, ValueError) as error:
        raise DatasetError(f"audiofiler: {path} holds a feature that is not a number") from error
    features = np.stack(columns, axis=1)
    if not np.isfinite(features).all():
        raise DatasetError(f"audiofiler: {path} holds features that are missing or not finite")
    names = table["genre"].to_pylist()
    if unknown := {str(name) for name in names} - set(GENRES):
        raise DatasetError(f"audiofiler: {path} names unknown genres: {', '.join(sorted(unknown))}")
    place = {name: i for i, name in enumerate(GENRES)}
    return AudioFiler(features=features, genres=np.array([place[name] for name in names], dtype=np.int64))


def clean(table: AudioFiler) -> CleanAudioFiler:
    """Keep one row of each song, leave out songs under two genres and group near copies."""
    _, first, song = np.unique(table.features, axis=0, return_index=True, return_inverse=True)
    song = song.reshape(-1)
    lowest, highest = np.full(first.size, len(GENRES)), np.full(first.size, -1)
    np.minimum.at(lowest, song, table.genres)
    np.maximum.at(highest, song, table.genres)
    agreed = lowest == highest
    kept = np.sort(first[agreed])
    conflicting = int(np.count_nonzero(~agreed[song]))
    features = table.features[kept]
    return CleanAudioFiler(
        features=features,
        genres=table.genres[kept],
        groups=_near_copies(features),
        copies_dropped=len(table.genres) - conflicting - kept.size,
        conflicting_dropped=conflicting,
    )


def split(table: CleanAudioFiler, *, seed: int, validation: float = 0.1, test: float = 0.1) -> Split:
    """Share out the rows: every genre in the same proportion, every group on one side only.

    Parameters
    ----------
    table : CleanAudioFiler
        A cleaned table.
    seed : int
        The same seed gives the same split.
    validation, test : float
        Shares of the rows of each genre, together below 1.
    """
    rng = np.random.default_rng(seed)
    _, leader = np.unique(table.groups, return_index=True)
    side_of_group = np.zeros(leader.size, dtype=np.int64)
    for genre in range(len(GENRES)):
        members = rng.permutation(np.flatnonzero(table.genres[leader] == genre))
        n_validation, n_test = round(validation * members.size), round(test * members.size)
        side_of_group[members[:n_validation]] = 1
        side_of_group[members[n_validation : n_validation + n_test]] = 2
    side = side_of_group[table.groups]
    train, held_back, untouched = (np.flatnonzero(side == k) for k in range(3))
    return Split(train=train, validation=held_back, test=untouched)


def _near_copies(features: FloatArray) -> npt.NDArray[np.int64]:
    """Return a group for each row: rows linked by a distance below `_SAME_RECORDING` share one."""
    # Without the beat rate: it comes in steps, and a copy may stand on the next one.
    x = features[:, :-1]
    positive = (x > 0).all(axis=0)
    x = np.where(positive, np.log(np.where(positive, x, 1)), x)
    spread = x.std(axis=0)
    x = np.clip((x - np.median(x, axis=0)) / np.where(spread > 0, spread, 1), -6, 6)
    # Whoever is near in all directions is near in the eight widest: a tree finds those, and few others.
    x = x.astype(np.float64)
    _, directions = np.linalg.eigh(x.T @ x)
    shadow = x @ directions[:, -_DIRECTIONS:]
    pairs = cKDTree(shadow).query_pairs(_SAME_RECORDING + _ROUNDING, output_type="ndarray")
    near = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        a, b = pairs[start : start + _PAIRS_AT_ONCE].T
        near[start : start + a.size] = np.linalg.norm(x[a] - x[b], axis=1) < _SAME_RECORDING
    a, b = pairs[near].T
    _, groups = connected_components(
        coo_array((np.ones(a.size), (a, b)), shape=(len(x), len(x))), directed=False
    )
    return np.asarray(groups, dtype=np.int64)
