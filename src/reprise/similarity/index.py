"""Exact nearest neighbours in memory: one product of a matrix and a vector, and the largest of what comes out.

A vector of 120 numbers and the 24 of the features take 576 bytes a song, 58 MB for 100,000; the identity takes 8 more.
At that size an exact answer costs some ten milliseconds on one core, so nothing approximate is needed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray

__all__ = ["Blend", "Ids", "IndexView", "Neighbours", "VectorIndex"]

Ids = npt.NDArray[np.int64]

_MOST_GATHERED = 0.2
"""Where fewer songs than this share are allowed, only their rows are read."""
_MOST_DEAD = 0.25
"""When this share of the rows is of removed songs, the rest is moved together."""


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """What is nearest, the nearest first; equals by their identity.

    Attributes
    ----------
    ids : int64 array, shape (m,)
        Fewer than were asked for where there are no more.
    similarities : float32 array, shape (m,)
        -1..1.
    """

    ids: Ids
    similarities: FloatArray


@dataclass(frozen=True, kw_only=True)
class Blend:
    """How much the features count beside the sound.

    Attributes
    ----------
    features : float32 array, shape (f,)
        The query's, as `reprise.similarity.space.to_features` makes them.
    weight : float
        0..1. The similarity is (1 - weight) times the cosine of the vectors plus weight times that of the features.
    """

    features: FloatArray
    weight: float


@dataclass(frozen=True, kw_only=True)
class IndexView:
    """All songs of an index at one moment; read-only.

    Attributes
    ----------
    ids : int64 array, shape (n,)
    vectors : float32 array, shape (n, d)
    features : float32 array, shape (n, f)
        All zeros where they are unknown.
    """

    ids: Ids
    vectors: FloatArray
    features: FloatArray


@dataclass(frozen=True, kw_only=True)
class _State:
    """What a reader works on. Rows may be added behind it, but none of its own is ever written again."""

    ids: Ids
    rows: FloatArray
    alive: npt.NDArray[np.bool_]


class VectorIndex:
    """Songs by what they sound like.

    Any number of threads may read while others write: a reader works on the songs that were there when it began.
    Writers wait for one another. A song that is replaced or removed leaves a row behind until a quarter of the rows
    is such; then these are cleared away, for which the memory is needed twice for a moment.

    Parameters
    ----------
    ids : sequence of int, shape (n,)
        All different.
    vectors : array, shape (n, d)
        Finite. They are scaled to unit length; d stays the index's from then on.
    features : array, shape (n, f), optional
        As `reprise.similarity.space.to_features` makes them.

    Raises
    ------
    ParameterError
        If shapes do not fit, an identity is there twice, or a number is not finite.
    """

    def __init__(
        self, ids: npt.ArrayLike, vectors: npt.ArrayLike, features: npt.ArrayLike | None = None
    ) -> None:
        self._lock = threading.Lock()
        X = np.asarray(vectors, np.float32)
        F = None if features is None else np.asarray(features, np.float32)
        if X.ndim != 2 or (F is not None and F.ndim != 2):
            raise ParameterError(f"vectors must be a matrix, one row a song; their shape is {X.shape}")
        self._d, self._f = X.shape[1], 0 if F is None else F.shape[1]
        names, rows = self._checked(ids, X, F)
        self._row = {int(name): row for row, name in enumerate(names)}
        self._state = _State(ids=names, rows=rows, alive=np.ones(len(names), bool))
        # Writers put rows here; a state looks at the beginning of them.
        self._ids_room, self._rows_room = names, rows

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, song: int) -> bool:
        return song in self._row

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return int(self._ids_room.nbytes + self._rows_room.nbytes + self._state.alive.nbytes)

    def view(self) -> IndexView:
        """Return all songs as they are now. Without removed songs nothing is copied."""
        state = self._state
        whole = bool(state.alive.all())
        ids, rows = (state.ids, state.rows) if whole else (state.ids[state.alive], state.rows[state.alive])
        found = IndexView(ids=ids[:], vectors=rows[:, : self._d], features=rows[:, self._d :])
        for array in (found.ids, found.vectors, found.features):
            array.flags.writeable = False
        return found

    def vectors_of(self, ids: npt.ArrayLike) -> FloatArray:
        """Return the vectors of some songs, in the order asked for.

        Raises
        ------
        ParameterError
            If a song is not in the index.
        """
        return self._rows_of(ids)[:, : self._d]

    def features_of(self, ids: npt.ArrayLike) -> FloatArray:
        """Return the features of some songs, in the order asked for; raises as `vectors_of` does."""
        return self._rows_of(ids)[:, self._d :]

    def nearest(
        self,
        query: npt.ArrayLike,
        k: int,
        *,
        allowed: npt.ArrayLike | None = None,
        exclude: Iterable[int] = (),
        blend: Blend | None = None,
    ) -> Neighbours:
        """Find the songs that are most alike.

        Parameters
        ----------
        query : array, shape (d,)
            Of any length but zero: only its direction counts.
        k : int
            How many, 1 and up.
        allowed : sequence of int, optional
            Identities that may be found, such as those that a filter lets through; others in it are ignored.
        exclude : iterable of int
            Identities that may not be found, such as the song itself.
        blend : Blend, optional
            Lets features count too.

        Returns
        -------
        Neighbours

        Raises
        ------
        ParameterError
            If the query is not finite, zero or of another shape, or k or the weight is out of range.
        """
        if k < 1:
            raise ParameterError(f"k must be 1 or more, not {k}")
        joint, state = self._query(query, blend), self._state
        may = state.alive
        if allowed is not None:
            may = may & np.isin(state.ids, np.asarray(allowed, np.int64))
        for song in exclude:
            may = may & (state.ids != song)
        left = np.count_nonzero(may)
        wide = joint if blend is not None and self._f else joint[: self._d]
        rows = state.rows[:, : len(wide)]
        if left < _MOST_GATHERED * len(may):
            places = np.flatnonzero(may)
            ids, scores = state.ids[places], rows[places] @ wide
        else:
            ids, scores = state.ids, rows @ wide
            scores[~may] = -np.inf
        return _largest(ids, scores, min(k, int(left)))

    def put(self, ids: npt.ArrayLike, vectors: npt.ArrayLike, features: npt.ArrayLike | None = None) -> None:
        """Add songs, and replace those that are there; parameters and errors are the class's."""
        F = None if features is None else np.asarray(features, np.float32)
        names, rows = self._checked(ids, np.asarray(vectors, np.float32), F)
        with self._lock:
            n = len(self._state.ids)
            alive = np.append(self._state.alive, np.ones(len(names), bool))
            alive[[self._row[name] for name in names.tolist() if name in self._row]] = False
            self._make_room(n + len(names))
            self._ids_room[n : n + len(names)], self._rows_room[n : n + len(names)] = names, rows
            self._row.update({int(name): n + i for i, name in enumerate(names)})
            self._publish(alive)

    def remove(self, ids: npt.ArrayLike) -> int:
        """Take songs out; those that are not there are ignored. Returns how many were."""
        with self._lock:
            gone = [
                self._row.pop(name)
                for name in np.asarray(ids, np.int64).ravel().tolist()
                if name in self._row
            ]
            alive = self._state.alive.copy()
            alive[gone] = False
            self._publish(alive)
        return len(gone)

    def _publish(self, alive: npt.NDArray[np.bool_]) -> None:
        n = len(alive)
        if np.count_nonzero(~alive) > _MOST_DEAD * n:
            self._ids_room, self._rows_room = self._ids_room[:n][alive], self._rows_room[:n][alive]
            alive = np.ones(len(self._ids_room), bool)
            n = len(alive)
            self._row = {int(name): row for row, name in enumerate(self._ids_room)}
        self._state = _State(ids=self._ids_room[:n], rows=self._rows_room[:n], alive=alive)

    def _make_room(self, n: int) -> None:
        if n <= len(self._ids_room):
            return
        # Room for an eighth more, so that adding one by one seldom copies everything.
        room, had = n + n // 8 + 16, len(self._state.ids)
        ids, rows = np.empty(room, np.int64), np.empty((room, self._d + self._f), np.float32)
        ids[:had], rows[:had] = self._ids_room[:had], self._rows_room[:had]
        self._ids_room, self._rows_room = ids, rows

    def _rows_of(self, ids: npt.ArrayLike) -> FloatArray:
        asked, state = np.asarray(ids, np.int64).ravel(), self._state
        here = np.flatnonzero(np.isin(state.ids, asked) & state.alive)
        here = here[np.argsort(state.ids[here])]
        places = np.searchsorted(state.ids[here], asked)
        absent = [
            song
            for song, place in zip(asked.tolist(), places.tolist(), strict=True)
            if place >= len(here) or state.ids[here[place]] != song
        ]
        if absent:
            raise ParameterError(f"song {absent[0]} is not in the index; analyse it first")
        found: FloatArray = state.rows[here[places]]
        return found

    def _query(self, query: npt.ArrayLike, blend: Blend | None) -> FloatArray:
        q = np.asarray(query, np.float64)
        if q.shape != (self._d,) or not np.isfinite(q).all() or not (length := np.linalg.norm(q)):
            raise ParameterError(
                f"a query must be {self._d} finite numbers, not all zero; its shape is {q.shape}"
            )
        weight, features = 0.0, np.zeros(self._f)
        if blend is not None:
            weight, features = blend.weight, np.asarray(blend.features, np.float64)
            if not 0 <= weight <= 1:
                raise ParameterError(f"the weight of features must be 0..1, not {weight}")
            if features.shape != (self._f,) or not np.isfinite(features).all():
                raise ParameterError(
                    f"the query's features must be {self._f} finite numbers, not {features.shape}"
                )
        return np.concatenate([(1 - weight) * q / length, weight * features]).astype(np.float32)

    def _checked(self, ids: npt.ArrayLike, X: FloatArray, F: FloatArray | None) -> tuple[Ids, FloatArray]:
        names = np.array(ids, np.int64)
        if names.ndim != 1 or X.shape != (len(names), self._d) or not np.isfinite(X).all():
            raise ParameterError(
                f"{names.shape} identities need as many finite rows of {self._d}, not {X.shape}"
            )
        if len(np.unique(names)) != len(names):
            raise ParameterError("an identity is there twice; give every song once")
        rows = np.zeros((len(names), self._d + self._f), np.float32)
        lengths = np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)
        rows[:, : self._d] = X / np.where(lengths > 0, lengths, 1)
        if F is not None:
            if F.shape != (len(names), self._f) or not np.isfinite(F).all():
                raise ParameterError(
                    f"features must be finite, of shape {(len(names), self._f)}, not {F.shape}"
                )
            rows[:, self._d :] = F
        return names, rows


def _largest(ids: Ids, scores: FloatArray, k: int) -> Neighbours:
    if k < len(scores) and k:
        # All that reach the k-th largest score, lest chance decide between equals.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        places = np.flatnonzero(scores >= least)
        ids, scores = ids[places], scores[places]
    order = np.lexsort((ids, -scores))[:k]
    return Neighbours(ids=ids[order], similarities=scores[order].astype(np.float32))
