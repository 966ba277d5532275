"""Which track an identifier means: our own, the ISRC of the recording, or Spotify's identifier of it.

Our own identifiers are drawn once for every row and stay with it when its file is scanned again, retagged or moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet

from reprise.web.library.ids import ALPHABET, ID_LENGTH
from reprise.web.library.models import Track
from reprise.web.library.parts import parts

__all__ = ["ISRC", "find_track_values", "find_tracks", "is_id", "is_track_id"]

ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.IGNORECASE)
"""International Standard Recording Code (ISO 3901) without hyphens."""

_ID = re.compile(f"[{ALPHABET}]{{{ID_LENGTH}}}")
_NAMES = ("public_id", "isrc", "spotify_id")

_Read = Callable[[Q], Iterable[tuple[tuple[str, str, str], Any]]]


def is_id(text: str) -> bool:
    """Whether a text is spelled as identifiers are: 22 characters of base62."""
    return _ID.fullmatch(text) is not None


def is_track_id(text: str) -> bool:
    """Whether a text may name a track: an identifier or an ISRC."""
    return is_id(text) or ISRC.fullmatch(text) is not None


def find_tracks(ids: Sequence[str], tracks: QuerySet[Track] | None = None) -> list[Track | None]:
    """Return the tracks that identifiers mean, in their order.

    One query if all of them are our own, else two.

    Parameters
    ----------
    ids : sequence of str
        Each our own identifier of a track, an ISRC in any case, or the track's own Spotify identifier.
        Where several files are one recording, the one that is there and analysed is meant, else the oldest.
    tracks : QuerySet of Track, optional
        Where to look; by default all tracks with artist, album and the album's artist.

    Returns
    -------
    list of Track or None
        As long as ``ids``; ``None`` for what is unknown.
    """
    rows = Track.objects.select_related("artist", "album__artist") if tracks is None else tracks

    def read(meant: Q) -> Iterator[tuple[tuple[str, str, str], Any]]:
        return (
            ((each.public_id, each.isrc, each.spotify_id), each) for each in _preferred(rows.filter(meant))
        )

    return _find(ids, read)


def find_track_values(ids: Sequence[str], *columns: str) -> list[tuple[Any, ...] | None]:
    """Return columns of the tracks that identifiers mean, in their order: `find_tracks` without the cost of rows.

    Parameters
    ----------
    ids : sequence of str
        As for `find_tracks`.
    columns : str
        Names of columns of `Track`.

    Returns
    -------
    list of tuple or None
        The values of ``columns``; ``None`` for what is unknown.
    """

    def read(meant: Q) -> Iterator[tuple[tuple[str, str, str], Any]]:
        rows = _preferred(Track.objects.filter(meant)).values_list(*_NAMES, *columns)
        return ((row[:3], row[3:]) for row in rows)

    return _find(ids, read)


def _find(ids: Sequence[str], read: _Read) -> list[Any]:
    found: dict[str, Any] = {}
    for part in parts(each for each in dict.fromkeys(ids) if is_id(each)):
        found |= {names[0]: row for names, row in read(Q(public_id__in=part))}
    rest = [each for each in dict.fromkeys(ids) if each not in found and is_track_id(each)]
    for part in parts(rest):
        found |= _by_other_names(part, read)
    return [found.get(each) for each in ids]


def _by_other_names(ids: list[str], read: _Read) -> dict[str, Any]:
    codes = {each.upper() for each in ids if ISRC.fullmatch(each)}
    theirs = [each for each in ids if is_id(each)]
    meant = Q(isrc__in=codes) if codes else Q()
    if theirs:
        meant |= Q(spotify_id__in=theirs)
    found: dict[str, Any] = {}
    for (_, isrc, spotify_id), row in read(meant):
        for name in filter(None, (isrc, spotify_id)):
            found.setdefault(name, row)
    return {each: found[name] for each in ids if (name := each if is_id(each) else each.upper()) in found}


def _preferred(tracks: QuerySet[Track]) -> QuerySet[Track]:
    """Put first what is meant where several tracks have one name."""
    return tracks.order_by(
        F("missing_since").asc(nulls_first=True), F("analysed_at").asc(nulls_last=True), "pk"
    )
