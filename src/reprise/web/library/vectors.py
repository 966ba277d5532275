"""The vectors of the whole library in memory, kept in step with the database, and how near tracks are to each other.

100,000 tracks take some 80 MB. Arrays are never changed in place: whoever holds a `Snapshot` may go on with it while
another thread reads what is new.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from time import monotonic

import numpy as np
import numpy.typing as npt

from reprise.records import FloatArray
from reprise.similarity.space import DIMENSIONS, to_features
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Analysis, Track

__all__ = ["ATTRIBUTES", "ArtistRows", "Seen", "Snapshot", "library_vectors", "look"]

Keys = npt.NDArray[np.int64]

ATTRIBUTES = (*SPOTIFY_FEATURES, "duration_ms")
"""What `Snapshot.attributes` has a row of."""

_LOOK_EVERY_S = 1.0
_OVERLAP = timedelta(minutes=2)  # who writes at the same time may commit later what was analysed before


@dataclass(frozen=True, kw_only=True)
class ArtistRows:
    """Which rows of a `Snapshot` are whose.

    Attributes
    ----------
    keys : int64 array, shape (m,)
        Primary keys of the artists, rising; the first is 0 if there are tracks without one.
    of_row : int array, shape (n,)
        The place in ``keys`` of every row's artist.
    rows : int array, shape (n,)
        The rows, artist by artist.
    starts : int array, shape (m + 1,)
        Where the rows of every artist begin in ``rows``, and the end.
    lengths : float32 array, shape (m,)
        Of the sum of an artist's vectors.
    """

    keys: Keys
    of_row: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    lengths: FloatArray

    def of(self, place: int) -> npt.NDArray[np.intp]:
        """Return the rows of the artist at a place in ``keys``."""
        return self.rows[self.starts[place] : self.starts[place + 1]]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All analysed tracks at one moment.

    Attributes
    ----------
    keys : int64 array, shape (n,)
        Primary keys of `Track`, rising.
    vectors : float32 array, shape (n, d)
        Of unit length: a dot product is a similarity by sound, -1..1.
    features : float32 array, shape (n, f)
        Of unit length: a dot product is a similarity by features, -1..1.
    artists, albums : int64 arrays, shape (n,)
        Primary keys, 0 where there is none.
    attributes : float64 array, shape (13, n)
        As they are stored, a row for each of `ATTRIBUTES`; NaN where unknown. Not float32, in which 0.7 is below 0.7.
    audio, names : int64 arrays, shape (n,)
        Hashes of the audio, and of artist and title; 0 where these are unknown.
    """

    keys: Keys
    vectors: FloatArray
    features: FloatArray
    artists: Keys
    albums: Keys
    attributes: npt.NDArray[np.float64]
    audio: Keys
    names: Keys

    def rows_of(self, keys: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Return the rows of those keys that are here, in their order."""
        wanted = np.asarray(keys, np.int64)
        rows = np.searchsorted(self.keys, wanted)
        rows[rows == self.keys.size] = 0
        return rows[self.keys[rows] == wanted] if self.keys.size else np.zeros(0, np.intp)

    @cached_property
    def artist_rows(self) -> ArtistRows:
        """Return whose the rows are; put in order once, when it is first asked for."""
        keys, of_row, counts = np.unique(self.artists, return_inverse=True, return_counts=True)
        rows = np.argsort(of_row, kind="stable")
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        # `np.add.at` would take ten times as long.
        sums = np.add.reduceat(self.vectors[rows], starts[:-1], axis=0) if keys.size else self.vectors
        lengths = np.linalg.norm(sums, axis=1)
        return ArtistRows(keys=keys, of_row=of_row, rows=rows, starts=starts, lengths=lengths)

    @cached_property
    def recordings(self) -> npt.NDArray[np.int64]:
        """Return a number for every row, shape (n,): equal for copies, by their audio or by artist and title.

        Whatever is a copy of a copy is one too. Numbered once, when it is first asked for.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        numbers, rows, marks, width = np.arange(self.keys.size), [], [], self.keys.size
        for hashes in (self.audio, self.names):
            order = np.argsort(hashes)
            inner = hashes[order]
            same = (inner[1:] == inner[:-1]) & (inner[1:] != 0)
            # Most tracks have no copy: only rows that follow one of the same hash are looked at, and those they follow.
            starts = np.flatnonzero(np.r_[same, False] & ~np.r_[False, same])
            copies = np.flatnonzero(np.r_[False, same])
            groups = np.searchsorted(starts, copies, side="right") - 1
            rows += [order[starts], order[copies]]
            marks += [width + np.arange(starts.size), width + groups]
            width += starts.size
        edges = (np.concatenate(rows), np.concatenate(marks))
        if edges[0].size:
            graph = coo_array((np.ones(edges[0].size, np.int8), edges), shape=(width, width))
            numbers = connected_components(graph, directed=False)[1][: self.keys.size]
        return numbers

    def similarities(self, vector: FloatArray, features: FloatArray | None, weight: float) -> FloatArray:
        """Return how like every track is to a place, by sound and, with ``weight`` in 0..1, by features."""
        scores: FloatArray = self.vectors @ vector
        if weight > 0 and features is not None:
            scores = (1 - weight) * scores + weight * (self.features @ features)
        return scores


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What tells whether anything has changed: all of it is read off indexes, in a few milliseconds."""

    analyses: int = 0
    newest: datetime | None = None
    missing: int = 0
    missing_since: datetime | None = None


@dataclass
class _Kept:
    snapshot: Snapshot
    seen: Seen = field(default_factory=Seen)
    looked_at: float = -_LOOK_EVERY_S
    lock: threading.Lock = field(default_factory=threading.Lock)


def _empty() -> Snapshot:
    nothing = np.zeros(0, np.int64)
    width = to_features(np.full((1, len(SPOTIFY_FEATURES)), np.nan)).shape[1]
    return Snapshot(
        keys=nothing, artists=nothing, albums=nothing,
        vectors=np.zeros((0, DIMENSIONS), np.float32), features=np.zeros((0, width), np.float32),
        attributes=np.zeros((len(ATTRIBUTES), 0)), audio=nothing, names=nothing,
    )  # fmt: skip


_KEPT = _Kept(_empty())


def library_vectors(*, now: bool = False) -> Snapshot:
    """Return the vectors of all analysed tracks that are not missing.

    Parameters
    ----------
    now : bool
        Look into the database even if it was looked at within the last second.
    """
    if not now and monotonic() - _KEPT.looked_at < _LOOK_EVERY_S:
        return _KEPT.snapshot
    # While one thread reads what is new, the others go on with what there was, if there was anything.
    if not _KEPT.lock.acquire(blocking=now or not _KEPT.snapshot.keys.size):
        return _KEPT.snapshot
    try:
        if now or monotonic() - _KEPT.looked_at >= _LOOK_EVERY_S:
            _refresh()
        return _KEPT.snapshot
    finally:
        _KEPT.lock.release()


def look() -> Seen:
    """Return what changes whenever analyses come or go, or tracks go missing or come back."""
    # Each in words of its own that an index answers: asked together, SQLite reads whole rows, seconds of them.
    missing = Track.objects.filter(missing_since__isnull=False).order_by("-missing_since")
    return Seen(
        analyses=Analysis.objects.count(),
        newest=Analysis.objects.order_by("-changed_at").values_list("changed_at", flat=True).first(),
        missing=missing.count(),
        missing_since=missing.values_list("missing_since", flat=True).first(),
    )


def _refresh() -> None:
    seen, before = look(), _KEPT.seen
    if seen != before:
        present, old = Analysis.objects.filter(track__missing_since=None), _KEPT.snapshot
        # Rows are read anew only if they changed.
        since = before.newest if old.keys.size else None
        fresh = _read(present.filter(changed_at__gte=since - _OVERLAP) if since else present)
        came = int((~np.isin(fresh.keys, old.keys)).sum())
        same_missing = (seen.missing, seen.missing_since) == (before.missing, before.missing_since)
        if same_missing and came == seen.analyses - before.analyses:
            alive = None  # some came and none went, so who is still there need not be asked
        else:
            every = present.order_by("pk").values_list("pk", flat=True)
            alive = np.fromiter(every.iterator(20_000), np.int64)
        _KEPT.snapshot = _merged(old, fresh, alive)
        _KEPT.seen = seen
    _KEPT.looked_at = monotonic()


def _read(rows: object) -> Snapshot:
    names = (
        "pk",
        "vector",
        "track__artist_id",
        "track__album_id",
        "track__audio_hash",
        "track__title_key",
        *(f"track__{n}" for n in ATTRIBUTES),
    )
    # In no order: asked for one, SQLite reads the whole table in it to find the few that changed.
    found = [row for row in rows.values_list(*names).iterator(5_000)]  # type: ignore[attr-defined]  # noqa: C416
    found = [row for row in found if len(row[1]) == 4 * DIMENSIONS]
    if not found:
        return _empty()
    values = np.array([[np.nan if v is None else v for v in row[6:]] for row in found], np.float64)
    return Snapshot(
        keys=np.array([row[0] for row in found], np.int64),
        vectors=np.frombuffer(b"".join(bytes(row[1]) for row in found), "<f4").reshape(-1, DIMENSIONS),
        features=to_features(values[:, : len(SPOTIFY_FEATURES)]),
        artists=np.array([row[2] or 0 for row in found], np.int64),
        albums=np.array([row[3] or 0 for row in found], np.int64),
        attributes=values.T,
        audio=_hashes(row[4] for row in found),
        names=_hashes(f"{row[2]} {row[5]}" if row[2] and row[5] else "" for row in found),
    )


def _hashes(texts: Iterable[str]) -> Keys:
    """Return a number for every text that equal texts share, even from one read to the next; 0 for none."""
    digests = (blake2b(text.encode(), digest_size=8).digest() if text else bytes(8) for text in texts)
    return np.frombuffer(b"".join(digests), np.int64)


def _merged(old: Snapshot, fresh: Snapshot, alive: Keys | None) -> Snapshot:
    kept = ~np.isin(old.keys, fresh.keys)
    if alive is not None:
        kept &= np.isin(old.keys, alive)
    order = np.argsort(np.concatenate([old.keys[kept], fresh.keys]), kind="stable")
    parts = {
        name: np.ascontiguousarray(np.concatenate([getattr(old, name)[kept], getattr(fresh, name)])[order])
        for name in ("keys", "vectors", "features", "artists", "albums", "audio", "names")
    }
    attributes = np.concatenate([old.attributes[:, kept], fresh.attributes], axis=1)[:, order]
    return Snapshot(attributes=np.ascontiguousarray(attributes), **parts)
