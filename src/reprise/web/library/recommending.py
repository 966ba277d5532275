"""Recommendations from seeds: tracks like some tracks, artists and genres, within bounds and towards targets.

How a list comes about, what its weights are and how good it is: docs/explanation/recommendations.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.web.library.genre_seeds import GenreMembers, genre_members, genre_slugs
from reprise.web.library.identity import find_track_values
from reprise.web.library.models import Artist, Track
from reprise.web.library.vectors import ATTRIBUTES, Snapshot, library_vectors

__all__ = [
    "MOST_RECOMMENDED",
    "MOST_SEEDS",
    "SPREADS",
    "TUNABLE",
    "UNKNOWN_HERE",
    "Pool",
    "Recommendations",
    "Seed",
    "Wishes",
    "available_genres",
    "recommend",
]

MOST_SEEDS, MOST_RECOMMENDED = 5, 100

UNKNOWN_HERE = frozenset({"popularity"})
"""Attributes that no track of a library has: what is asked of them changes nothing."""

TUNABLE: tuple[str, ...] = tuple(sorted({*ATTRIBUTES, *UNKNOWN_HERE}))
"""The fourteen attributes that can be bounded and aimed at."""

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

SPREADS: Mapping[str, float] = {
    "acousticness": 0.371, "danceability": 0.200, "duration_ms": 96_200.0, "energy": 0.290, "instrumentalness": 0.277,
    "key": 2.94, "liveness": 0.184, "loudness": 5.23, "mode": 0.463, "speechiness": 0.082, "tempo": 34.0,
    "time_signature": 0.256, "valence": 0.303,
}  # fmt: skip
"""How far two songs are from each other at the mean: what targets are measured by.

Of the 89,741 songs of Spotify's table of 114 genres: ``python tools/measure_recommendations.py --spreads``. Keys are
counted in steps on the circle of fifths.
"""

_WEIGHT_OF_TARGETS = 2.0
_SHARE_OF_LABEL = 0.5
_FARTHEST = 1e6  # beyond that float32 tells nothing apart
_MOST_OF_ONE_ARTIST = 0.1
_LEAST_CANDIDATES, _CANDIDATES_EACH = 1000, 20


@dataclass(frozen=True, kw_only=True)
class Seed:
    """Where recommendations start.

    Attributes
    ----------
    kind : {"track", "artist", "genre"}
    id : str
        Of a track as `reprise.web.library.identity.find_tracks` takes it, of an artist the public one; of a genre
        its name, in any spelling.
    """

    kind: Literal["track", "artist", "genre"]
    id: str


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What recommended tracks shall be like.

    Attributes
    ----------
    limit : int
        The most tracks, 1..100.
    least, most : mapping of str to float
        Bounds, both included, by attribute of `TUNABLE`. A track whose value is unknown is out of bounds.
    targets : mapping of str to float
        Values that are preferred. A track whose value is unknown counts as a mean one.
    """

    limit: int = 20
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """How many tracks one seed could recommend.

    Attributes
    ----------
    seed : Seed
    initial : int
        Analysed tracks that are there: of a genre its own, of tracks and artists all but the seeds. 0 if the seed is
        unknown or not analysed.
    filtered : int
        Those of them within the bounds.
    distinct : int
        Those of them without further copies of one recording.
    """

    seed: Seed
    initial: int
    filtered: int
    distinct: int


@dataclass(frozen=True, kw_only=True)
class Recommendations:
    """Tracks, the best first, and the pools of the seeds in the order of these."""

    tracks: list[Track]
    pools: list[Pool]


@dataclass(frozen=True, kw_only=True)
class _Start:
    """A seed in the space.

    ``rows`` are the tracks that are the seed itself, ``members`` those it is bound to; ``None`` for no bound.
    """

    direction: FloatArray | None
    rows: Rows
    members: GenreMembers | None = None


def recommend(seeds: Sequence[Seed], wishes: Wishes) -> Recommendations:
    """Recommend tracks.

    The same library, seeds and wishes give the same list. Seeds that are unknown or not analysed count for nothing.

    Parameters
    ----------
    seeds : sequence of Seed
        1 to 5.
    wishes : Wishes

    Returns
    -------
    Recommendations
        Fewer tracks than wished for where no more are within the bounds. Neither a seed, nor a copy of one, nor two
        copies of one recording.

    Raises
    ------
    ParameterError
        If there are too few or too many seeds, a limit is out of range, an attribute is unknown or a value not finite.
    """
    _check(seeds, wishes)
    library, starts = _starts(seeds)
    free = _free(library, starts)
    within = _within(library, wishes)
    pools = [_pool(seed, start, library, free, within) for seed, start in zip(seeds, starts, strict=True)]
    scores = _scores(library, [start for start in starts if start.direction is not None], wishes.targets)
    allowed = free & within & _reachable(library, starts)
    rows = _chosen(library, np.flatnonzero(allowed), scores, wishes.limit)
    keys = library.keys[rows].tolist()
    found = Track.objects.select_related("artist", "album__artist").in_bulk(keys)
    return Recommendations(tracks=[found[key] for key in keys if key in found], pools=pools)


def available_genres() -> list[str]:
    """Return the names of all genres that can be seeds, in the order of the alphabet."""
    return genre_slugs(library_vectors())


def _check(seeds: Sequence[Seed], wishes: Wishes) -> None:
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise ParameterError(f"recommendations need 1 to {MOST_SEEDS} seeds, not {len(seeds)}")
    if not 1 <= wishes.limit <= MOST_RECOMMENDED:
        raise ParameterError(f"limit must be 1 to {MOST_RECOMMENDED}, not {wishes.limit}")
    for name, value in (*wishes.least.items(), *wishes.most.items(), *wishes.targets.items()):
        if name not in TUNABLE:
            raise ParameterError(f"{name} is none of {', '.join(TUNABLE)}")
        if not np.isfinite(value):
            raise ParameterError(f"{name} must be a finite number")


def _starts(seeds: Sequence[Seed]) -> tuple[Snapshot, list[_Start]]:
    ids = {kind: [seed.id for seed in seeds if seed.kind == kind] for kind in ("track", "artist")}
    tracks = {
        id_: found[0]
        for id_, found in zip(ids["track"], find_track_values(ids["track"], "pk"), strict=True)
        if found
    }
    artists = dict(Artist.objects.filter(public_id__in=ids["artist"]).values_list("public_id", "pk"))
    library = library_vectors()
    if library.rows_of(list(tracks.values())).size < len(tracks):
        library = library_vectors(now=True)  # it may have come just now
    return library, [_start(seed, library, tracks, artists) for seed in seeds]


def _start(seed: Seed, library: Snapshot, tracks: Mapping[str, int], artists: Mapping[str, int]) -> _Start:
    nothing = np.zeros(0, np.intp)
    if seed.kind == "genre":
        members = genre_members(seed.id, library)
        return _Start(direction=members.direction, rows=nothing, members=members)
    if seed.kind == "track":
        rows = library.rows_of([tracks[seed.id]]) if seed.id in tracks else nothing
        return _Start(direction=library.vectors[rows[0]] if rows.size else None, rows=rows)
    rows = np.flatnonzero(library.artists == artists[seed.id]) if seed.id in artists else nothing
    total = library.vectors[rows].sum(axis=0)
    length = float(np.linalg.norm(total))
    return _Start(direction=total / length if length > 1e-6 else None, rows=nothing)


def _free(library: Snapshot, starts: Sequence[_Start]) -> Mask:
    """Return which tracks are neither a seed nor a copy of one."""
    own = np.concatenate([start.rows for start in starts])
    if not own.size:
        return np.ones(library.keys.size, np.bool_)
    copies: Mask = ~np.isin(library.recordings, library.recordings[own])
    return copies


def _within(library: Snapshot, wishes: Wishes) -> Mask:
    mask = np.ones(library.keys.size, np.bool_)
    for bounds, keeps in ((wishes.least, np.greater_equal), (wishes.most, np.less_equal)):
        for name, bound in bounds.items():
            if name not in UNKNOWN_HERE:
                mask &= keeps(_column(library, name), bound)
    return mask


def _column(library: Snapshot, name: str) -> npt.NDArray[np.float64]:
    column = library.attributes[ATTRIBUTES.index(name)]
    # -1 says that no key was found.
    return np.where(column < 0, np.nan, column) if name == "key" else column


def _pool(seed: Seed, start: _Start, library: Snapshot, free: Mask, within: Mask) -> Pool:
    if start.direction is None:
        return Pool(seed=seed, initial=0, filtered=0, distinct=0)
    rows = np.flatnonzero(free) if start.members is None else start.members.rows[free[start.members.rows]]
    left = rows[within[rows]]
    distinct = int(np.count_nonzero(np.bincount(library.recordings[left]))) if left.size else 0
    return Pool(seed=seed, initial=rows.size, filtered=left.size, distinct=distinct)


def _reachable(library: Snapshot, starts: Sequence[_Start]) -> Mask:
    """Return which tracks are in the pool of any seed: genres alone recommend tracks of these genres alone."""
    known = [start for start in starts if start.direction is not None]
    mask = np.zeros(library.keys.size, np.bool_)
    for start in known:
        mask[slice(None) if start.members is None else start.members.rows] = True
    return mask


def _scores(library: Snapshot, starts: Sequence[_Start], targets: Mapping[str, float]) -> FloatArray:
    """Return how well every track suits: likeness to the seeds less the distance from the targets."""
    likeness = np.zeros(library.keys.size, np.float32)
    if starts:
        # The mean of dot products is the dot product with the mean.
        share = [1.0 if start.members is None else 1 - _SHARE_OF_LABEL for start in starts]
        place = sum(
            w * start.direction for w, start in zip(share, starts, strict=True) if start.direction is not None
        )
        likeness = library.vectors @ np.asarray(place, np.float32)
        for start in starts:
            if start.members is not None:
                likeness[start.members.rows] += _SHARE_OF_LABEL * start.members.shares
    aimed = {name: value for name, value in targets.items() if name not in UNKNOWN_HERE}
    if not aimed or not likeness.size:
        return likeness
    spread = max(float(likeness.std()), 1e-6)
    away = sum(_distance(library, name, value) for name, value in aimed.items()) / len(aimed)
    return likeness / spread - np.float32(_WEIGHT_OF_TARGETS) * np.asarray(away, np.float32)


def _distance(library: Snapshot, name: str, target: float) -> npt.NDArray[np.float64]:
    """Return how far tracks are from a target: 1 is as far as two songs are from each other at the mean."""
    away = np.abs(_column(library, name) - target)
    if name == "key":
        # Keys have no order. On the circle of fifths those that share most notes are neighbours.
        fifths = (7 * away) % 12
        away = np.minimum(fifths, 12 - fifths)
    away = np.minimum(away / SPREADS[name], _FARTHEST)
    unknown = np.isnan(away)
    if unknown.any():
        away[unknown] = away[~unknown].mean() if not unknown.all() else 0.0
    return away


def _chosen(library: Snapshot, rows: Rows, scores: FloatArray, limit: int) -> Rows:
    """Return the best rows: one of each recording, and no artist or album too often while there are others."""
    count = max(_LEAST_CANDIDATES, _CANDIDATES_EACH * limit)
    while True:
        best = _best(rows, scores, count)
        _, first = np.unique(library.recordings[best], return_index=True)
        if first.size >= limit or best.size == rows.size:
            break
        count *= 4
    best = best[np.sort(first)]
    of_artist = max(1, round(_MOST_OF_ONE_ARTIST * limit))
    # How many rounds of quotas must have passed before it is a row's turn.
    rounds = np.maximum(
        _occurrence(library.artists[best]) // of_artist,
        _occurrence(library.albums[best]) // max(1, of_artist // 2),
    )
    turn = np.argsort(rounds, kind="stable")[:limit]
    return best[np.sort(turn)]


def _best(rows: Rows, scores: FloatArray, count: int) -> Rows:
    """Return the rows with the highest scores, these first; equal ones in the order of their keys."""
    own = scores[rows]
    if count < rows.size:
        lowest = np.partition(own, rows.size - count)[rows.size - count]
        rows = rows[own >= lowest]  # ties at the end included, so that what is kept does not hang on chance
    return rows[np.argsort(-scores[rows], kind="stable")]


def _occurrence(owners: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return for every entry how many of the same owner come before it; 0 where there is no owner."""
    order = np.argsort(owners, kind="stable")
    ordered = owners[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if owners.size else np.zeros(0, np.intp)
    counts = np.diff(np.r_[begins, owners.size])
    before = np.empty(owners.size, np.intp)
    before[order] = np.arange(owners.size) - np.repeat(begins, counts)
    before[owners == 0] = 0
    return before
