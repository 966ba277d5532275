"""A path of songs from one to another: small steps, always forward, no song twice.

Candidates are the songs near the arc between the two ends. Ordered by how far along it they lie, they are a graph whose
edges go forward only; the path is the one of n songs through it whose largest step is smallest, and among those
the one with the smallest squares. Both are found exactly, by dynamic programming.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.similarity.index import Ids, IndexView

__all__ = ["SongPath", "candidates_between", "song_path"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_CANDIDATES = 400
_SLACK = 1.02
"""The largest step may grow by so much where that makes the others smaller."""


@dataclass(frozen=True, kw_only=True)
class SongPath:
    """A path of songs.

    Attributes
    ----------
    ids : int64 array, shape (m,)
        From start to end, both included. Fewer than asked for if there are not so many songs between them.
    similarities : float32 array, shape (m - 1,)
        Of each song to the one before, -1..1.
    """

    ids: Ids
    similarities: FloatArray


def song_path(
    songs: IndexView,
    start: int,
    end: int,
    n: int,
    *,
    artists: Sequence[Hashable] | None = None,
    allowed: npt.ArrayLike | None = None,
) -> SongPath:
    """Find a path of n songs.

    Parameters
    ----------
    songs : IndexView
        As `reprise.similarity.index.VectorIndex.view` returns it.
    start, end : int
        Identities of two different songs.
    n : int
        How many songs, both ends included, 2 to 100.
    artists : sequence, shape (n_songs,), optional
        Of every song in ``songs``, ``None`` where it is unknown. No artist then follows himself, unless there is no
        such path; the two ends are as they are.
    allowed : sequence of int, optional
        Identities that may lie between the ends.

    Returns
    -------
    SongPath

    Raises
    ------
    ParameterError
        If an end is not among the songs, both are one, or n is out of range.
    """
    if not 2 <= n <= 100:
        raise ParameterError(f"a path has 2 to 100 songs, not {n}")
    if artists is not None and len(artists) != len(songs.ids):
        raise ParameterError(f"{len(songs.ids)} songs need as many artists, not {len(artists)}")
    ends = [np.flatnonzero(songs.ids == song) for song in (start, end)]
    if start == end or not all(len(found) for found in ends):
        raise ParameterError(f"a path needs two different songs of the index, not {start} and {end}")
    first, last = int(ends[0][0]), int(ends[1][0])
    may = (
        np.ones(len(songs.ids), bool)
        if allowed is None
        else np.isin(songs.ids, np.asarray(allowed, np.int64))
    )
    may[[first, last]] = False
    between, along = candidates_between(songs.vectors, first, last, n, may)
    rows = np.concatenate([[first], between[np.argsort(along, kind="stable")], [last]]).astype(np.intp)
    X = songs.vectors[rows].astype(np.float64)
    angles = np.arccos(np.clip(X @ X.T, -1, 1))
    count = min(n, len(rows))
    chain = None
    if artists is not None:
        kinds: dict[Hashable, int] = {}
        who = np.array(
            [
                -1 - i if (a := artists[row]) is None else kinds.setdefault(a, len(kinds))
                for i, row in enumerate(rows)
            ]
        )
        chain = _steps(np.where(who[:, None] == who, np.inf, angles), count)
    chain = chain if chain is not None else _steps(angles, count)
    assert chain is not None
    return SongPath(
        ids=songs.ids[rows[chain]],
        similarities=np.cos(angles[chain[:-1], chain[1:]]).astype(np.float32),
    )


def candidates_between(
    X: FloatArray, first: int, last: int, n: int, may: npt.NDArray[np.bool_]
) -> tuple[Rows, Floats]:
    """Return the rows nearest to the arc from one row to another, and how far along it they lie.

    Parameters
    ----------
    X : float32 array, shape (n_songs, d)
        Unit vectors.
    first, last : int
        Rows of the ends.
    n : int
        How many songs the path will have.
    may : bool array, shape (n_songs,)
        Which rows may be returned.

    Returns
    -------
    rows : int array, shape (m,)
    along : float64 array, shape (m,)
        0 at the first end, 1 at the last.
    """
    to_ends = (X @ X[[first, last]].T).astype(np.float64)
    # The angles to both ends, compared: 0 at the one, 1 at the other, also away from the arc.
    from_first, from_last = np.arccos(np.clip(to_ends, -1, 1)).T
    along = from_first / np.maximum(from_first + from_last, 1e-9)
    # A point of the arc is a sum of the ends, so the products with the ends give those with all points.
    angle = float(np.arccos(np.clip(to_ends[last, 0], -1, 1)))
    t = np.linspace(0, 1, max(n, 3))[1:-1]
    ends = (
        np.stack([np.sin((1 - t) * angle), np.sin(t * angle)]) if 1e-3 < angle < np.pi - 1e-3 else [1 - t, t]
    )
    points = np.asarray(ends) / np.linalg.norm(ends, axis=0)
    share = max(_CANDIDATES // len(t), 8)
    chosen: set[int] = set()
    open_rows = np.flatnonzero(may)
    near = to_ends[open_rows]
    for point in points.T:
        nearness = near @ point
        k = min(share, len(nearness))
        if k:
            chosen.update(np.argpartition(-nearness, k - 1)[:k].tolist())
    rows = open_rows[sorted(chosen)]
    return rows, along[rows]


def _steps(angles: Floats, n: int) -> Rows | None:
    """Return the best chain of n rows from the first to the last, always forward; None if there is none."""
    forward = np.where(np.triu(np.ones(angles.shape, bool), k=1), angles, np.inf)
    largest, _ = _best(forward, n, np.maximum)
    if not np.isfinite(largest):
        return None
    _, chain = _best(np.where(forward <= largest * _SLACK, forward**2, np.inf), n, np.add)
    return chain


def _best(costs: Floats, n: int, join: np.ufunc) -> tuple[float, Rows]:
    total = np.full(len(costs), np.inf)
    total[0] = 0
    came_from = np.zeros((n, len(costs)), np.intp)
    for step in range(1, n):
        through = join(total[:, None], costs)
        came_from[step] = through.argmin(axis=0)
        total = np.take_along_axis(through, came_from[step][None], axis=0)[0]
    chain = [len(costs) - 1]
    for step in range(n - 1, 0, -1):
        chain.append(int(came_from[step, chain[-1]]))
    return float(total[-1]), np.array(chain[::-1], np.intp)
