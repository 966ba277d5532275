"""The vectors of the whole library in memory, kept in step with the database, and how near tracks are to each other.

100,000 tracks take some 60 MB. Arrays are never changed in place: whoever holds a `Snapshot` may go on with it while
another thread reads what is new.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Max

from reprise.records import FloatArray
from reprise.similarity.space import DIMENSIONS, to_features
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Analysis

__all__ = ["Snapshot", "library_vectors"]

Keys = npt.NDArray[np.int64]

_LOOK_EVERY_S = 1.0


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
    """

    keys: Keys
    vectors: FloatArray
    features: FloatArray
    artists: Keys
    albums: Keys

    def rows_of(self, keys: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Return the rows of those keys that are here, in their order."""
        wanted = np.asarray(keys, np.int64)
        rows = np.searchsorted(self.keys, wanted)
        rows[rows == self.keys.size] = 0
        return rows[self.keys[rows] == wanted] if self.keys.size else np.zeros(0, np.intp)

    def mask_of(self, keys: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return which rows are among keys."""
        mask = np.zeros(self.keys.size, np.bool_)
        mask[self.rows_of(keys)] = True
        return mask

    def similarities(self, vector: FloatArray, features: FloatArray | None, weight: float) -> FloatArray:
        """Return how like every track is to a place, by sound and, with ``weight`` in 0..1, by features."""
        scores: FloatArray = self.vectors @ vector
        if weight > 0 and features is not None:
            scores = (1 - weight) * scores + weight * (self.features @ features)
        return scores


@dataclass
class _Kept:
    snapshot: Snapshot
    seen: tuple[int, datetime | None] = (0, None)
    looked_at: float = -_LOOK_EVERY_S
    lock: threading.Lock = field(default_factory=threading.Lock)


def _empty() -> Snapshot:
    nothing = np.zeros(0, np.int64)
    width = to_features(np.full((1, len(SPOTIFY_FEATURES)), np.nan)).shape[1]
    return Snapshot(
        keys=nothing, artists=nothing, albums=nothing,
        vectors=np.zeros((0, DIMENSIONS), np.float32), features=np.zeros((0, width), np.float32),
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
    with _KEPT.lock:
        if now or monotonic() - _KEPT.looked_at >= _LOOK_EVERY_S:
            _refresh()
        return _KEPT.snapshot


def _refresh() -> None:
    present = Analysis.objects.filter(track__missing_since=None)
    state = present.aggregate(n=Count("pk"), last=Max("changed_at"))
    seen = (int(state["n"]), state["last"])
    if seen != _KEPT.seen:
        old, since = _KEPT.snapshot, _KEPT.seen[1]
        # Rows are read anew only if they changed; which are still there is asked of all.
        changed = present.filter(changed_at__gte=since) if since and old.keys.size else present
        fresh = _read(changed)
        alive = np.fromiter(present.order_by("pk").values_list("pk", flat=True).iterator(20_000), np.int64)
        _KEPT.snapshot = _merged(old, fresh, alive)
        _KEPT.seen = seen
    _KEPT.looked_at = monotonic()


def _read(rows: object) -> Snapshot:
    names = (
        "pk",
        "vector",
        "track__artist_id",
        "track__album_id",
        *(f"track__{n}" for n in SPOTIFY_FEATURES),
    )
    found = [row for row in rows.order_by("pk").values_list(*names).iterator(5_000)]  # type: ignore[attr-defined]  # noqa: C416
    found = [row for row in found if len(row[1]) == 4 * DIMENSIONS]
    if not found:
        return _empty()
    values = np.array([[np.nan if v is None else v for v in row[4:]] for row in found], np.float64)
    return Snapshot(
        keys=np.array([row[0] for row in found], np.int64),
        vectors=np.frombuffer(b"".join(bytes(row[1]) for row in found), "<f4").reshape(-1, DIMENSIONS),
        features=to_features(values),
        artists=np.array([row[2] or 0 for row in found], np.int64),
        albums=np.array([row[3] or 0 for row in found], np.int64),
    )


def _merged(old: Snapshot, fresh: Snapshot, alive: Keys) -> Snapshot:
    kept = np.isin(old.keys, alive) & ~np.isin(old.keys, fresh.keys)
    order = np.argsort(np.concatenate([old.keys[kept], fresh.keys]), kind="stable")
    parts = {
        name: np.ascontiguousarray(np.concatenate([getattr(old, name)[kept], getattr(fresh, name)])[order])
        for name in ("keys", "vectors", "features", "artists", "albums")
    }
    return Snapshot(**parts)
