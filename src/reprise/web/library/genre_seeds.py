"""The genres of the library by the names that programs ask for, and whose tracks they are.

A genre is what was heard in a track or what its file says; ``hip hop``, ``Hip-Hop`` and ``hiphop`` are one. The labels
of all tracks are kept in memory like the vectors (`reprise.web.library.vectors`): those that came are read, and once
in ten minutes all of them, because labels that were only taken away leave nothing to see.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic

import numpy as np
import numpy.typing as npt

from reprise.records import FloatArray
from reprise.web.library.models import TrackLabel
from reprise.web.library.vectors import Snapshot

__all__ = ["GenreMembers", "forget_genres", "genre_members", "genre_slug", "genre_slugs"]

Keys = npt.NDArray[np.int64]

_KINDS = ("genre", "file")  # of `TrackLabel.Kind`
_LOOK_EVERY_S, _READ_ALL_EVERY_S = 1.0, 600.0
_OVERLAP = 10_000  # who writes at the same time may commit later what was numbered before
_AND = frozenset({"and", "n"})


@dataclass(frozen=True, kw_only=True)
class GenreMembers:
    """The tracks of a genre.

    Attributes
    ----------
    rows : int array, shape (m,)
        Of a `Snapshot`, rising.
    shares : float32 array, shape (m,)
        How sure it is that a track is of the genre, 0..1; 1 where its file says so.
    direction : float32 array, shape (d,) or None
        Of unit length: where the genre lies. ``None`` if it has no tracks.
    """

    rows: npt.NDArray[np.intp]
    shares: FloatArray
    direction: FloatArray | None


@dataclass(frozen=True, kw_only=True)
class _Labels:
    """All labels: the primary key of the track, the place in ``_KINDS``, the place in ``names``, and the score."""

    tracks: Keys
    kinds: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]
    scores: FloatArray
    names: tuple[str, ...]

    @cached_property
    def by_squeezed(self) -> dict[str, list[int]]:
        """Return the places of the names that are one genre, by how it is compared."""
        found: dict[str, list[int]] = {}
        for code, name in enumerate(self.names):
            if squeezed := _squeezed(genre_slug(name)):
                found.setdefault(squeezed, []).append(code)
        return found


def genre_slug(name: str) -> str:
    """Return how a genre is written where programs ask for it: ``Drum & Bass`` becomes ``drum-and-bass``."""
    # Taken apart before the case is, too: 𝐀 is a capital only when it has become A.
    apart = unicodedata.normalize("NFKD", name.replace("&", " and "))
    plain = unicodedata.normalize("NFKD", apart.casefold())
    return "-".join(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c))))


def genre_slugs(library: Snapshot) -> list[str]:
    """Return the genres that tracks of the library have, in the order of the alphabet.

    Of several spellings of one the most frequent is named.

    Parameters
    ----------
    library : Snapshot
    """
    return _derived(library).slugs


def genre_members(slug: str, library: Snapshot) -> GenreMembers:
    """Return the tracks of a genre, none where nobody has heard of it.

    Parameters
    ----------
    slug : str
        Any spelling; what joins its words, and whether they are joined by ``and``, ``n`` or ``&``, does not matter.
    library : Snapshot
    """
    return _derived(library).members(_squeezed(genre_slug(slug)))


def forget_genres() -> None:
    """Read all labels anew the next time; for tests, which empty the tables behind the process's back."""
    _KEPT.labels, _KEPT.derived, _KEPT.newest = _NONE, None, 0
    _KEPT.looked_at, _KEPT.read_at = -_LOOK_EVERY_S, -_READ_ALL_EVERY_S


def _squeezed(slug: str) -> str:
    return "".join(word for word in slug.split("-") if word not in _AND) or slug


class _Derived:
    """What follows from the labels and the vectors of one moment."""

    def __init__(self, labels: _Labels, library: Snapshot) -> None:
        self.labels, self.library = labels, library
        self._members: dict[str, GenreMembers] = {}

    @cached_property
    def slugs(self) -> list[str]:
        alive = _has(self.library, self.labels.tracks)
        counts = np.bincount(self.labels.codes[alive], minlength=len(self.labels.names))
        best = (max(codes, key=lambda code: counts[code]) for codes in self.labels.by_squeezed.values())
        return sorted(genre_slug(self.labels.names[code]) for code in best if counts[code])

    def members(self, squeezed: str) -> GenreMembers:
        if squeezed not in self._members:
            codes = self.labels.by_squeezed.get(squeezed, [])
            made = self._made(codes)
            if not codes:
                return made  # names that nobody knows are not kept: there is no end to them
            self._members[squeezed] = made
        return self._members[squeezed]

    def _made(self, codes: Iterable[int]) -> GenreMembers:
        of = np.isin(self.labels.codes, list(codes))
        tracks, scores = self.labels.tracks[of], self.labels.scores[of]
        alive = _has(self.library, tracks)
        at = self.library.rows_of(tracks[alive])
        rows, place = np.unique(at, return_inverse=True)
        shares = np.zeros(rows.size, np.float32)
        np.maximum.at(shares, place, scores[alive])
        total = shares @ self.library.vectors[rows]
        length = float(np.linalg.norm(total))
        return GenreMembers(rows=rows, shares=shares, direction=total / length if length > 1e-6 else None)


def _has(library: Snapshot, tracks: Keys) -> npt.NDArray[np.bool_]:
    at = np.minimum(np.searchsorted(library.keys, tracks), max(0, library.keys.size - 1))
    return library.keys[at] == tracks if library.keys.size else np.zeros(tracks.size, np.bool_)


_NO_KEYS = np.zeros(0, np.int64)
_NONE = _Labels(tracks=_NO_KEYS, kinds=_NO_KEYS, codes=_NO_KEYS, scores=np.zeros(0, np.float32), names=())


@dataclass
class _Kept:
    labels: _Labels = _NONE
    derived: _Derived | None = None
    newest: int = 0
    looked_at: float = -_LOOK_EVERY_S
    read_at: float = -_READ_ALL_EVERY_S
    lock: threading.Lock = field(default_factory=threading.Lock)


_KEPT = _Kept()


def _derived(library: Snapshot) -> _Derived:
    labels, derived = _labels(), _KEPT.derived
    if derived is None or derived.labels is not labels or derived.library is not library:
        derived = _KEPT.derived = _Derived(labels, library)
    return derived


def _labels() -> _Labels:
    if monotonic() - _KEPT.looked_at < _LOOK_EVERY_S:
        return _KEPT.labels
    # While one thread reads what is new, the others go on with what there was, if there was anything.
    if not _KEPT.lock.acquire(blocking=not _KEPT.labels.tracks.size):
        return _KEPT.labels
    try:
        if monotonic() - _KEPT.looked_at >= _LOOK_EVERY_S:
            _refresh()
        return _KEPT.labels
    finally:
        _KEPT.lock.release()


def _refresh() -> None:
    newest = TrackLabel.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if newest < _KEPT.newest or monotonic() - _KEPT.read_at >= _READ_ALL_EVERY_S:
        _KEPT.labels, _KEPT.read_at = _read(_NONE, 0), monotonic()
    elif newest > _KEPT.newest:
        _KEPT.labels = _read(_KEPT.labels, _KEPT.newest - _OVERLAP)
    _KEPT.newest, _KEPT.looked_at = newest, monotonic()


def _read(old: _Labels, after: int) -> _Labels:
    """Return the labels with those numbered after one, which replace what their tracks had of the same kind."""
    rows = TrackLabel.objects.filter(pk__gt=after, kind__in=_KINDS)
    found = list(rows.values_list("track_id", "kind", "name", "score").iterator(20_000))
    code_of = {name: code for code, name in enumerate(old.names)}
    tracks = np.array([row[0] for row in found], np.int64)
    kinds = np.array([_KINDS.index(row[1]) for row in found], np.int64)
    codes = np.array([code_of.setdefault(row[2], len(code_of)) for row in found], np.int64)
    scores = np.array([row[3] for row in found], np.float32)
    kept = ~np.isin(len(_KINDS) * old.tracks + old.kinds, len(_KINDS) * tracks + kinds)
    return _Labels(
        tracks=np.concatenate([old.tracks[kept], tracks]),
        kinds=np.concatenate([old.kinds[kept], kinds]),
        codes=np.concatenate([old.codes[kept], codes]),
        scores=np.concatenate([old.scores[kept], scores]),
        names=tuple(code_of),
    )
