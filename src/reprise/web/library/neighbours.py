"""Tracks and artists by the names that another music server gives them, and what its answers need beside similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reprise.web.library.catalogue import typical_keys
from reprise.web.library.models import Artist, NeighbourArtist, NeighbourTrack, Track, name_key
from reprise.web.library.vectors import library_vectors

__all__ = ["Names", "find_artist", "find_by_name", "find_track", "likeness_to", "names_of", "typical_tracks"]

_MOST_ID, _MOST_NAME = 128, 500


@dataclass(frozen=True, kw_only=True)
class Names:
    """What another server calls tracks and artists.

    Attributes
    ----------
    tracks, artists : dict of int to str
        By our primary keys; what it does not know is absent.
    """

    tracks: dict[int, str]
    artists: dict[int, str]


def find_track(key: str) -> tuple[Track, bool] | None:
    """Return the track of an identifier, ours or another server's, and whether it is the other's.

    Parameters
    ----------
    key : str
        Ours counts first: both are random, so that they do not meet.
    """
    if not _is_key(key):
        return None
    tracks = Track.objects.select_related("artist", "album__artist")
    if ours := tracks.filter(public_id=key).first():
        return ours, False
    theirs = tracks.filter(neighbour_ids__key=key).first()
    return (theirs, True) if theirs else None


def find_by_name(title: str, artist: str) -> Track | None:
    """Return the track of a title and an artist, whatever case and accents they are written in."""
    if not (_is_text(title) and _is_text(artist)):
        return None
    found = Track.objects.filter(title_key=name_key(title), artist__key=name_key(artist))
    return found.select_related("artist", "album__artist").order_by("missing_since", "pk").first()


def find_artist(key: str) -> Artist | None:
    """Return the artist of an identifier, ours or another server's, or of a name."""
    found = None
    if _is_key(key):
        found = Artist.objects.filter(public_id=key).first()
        found = found or Artist.objects.filter(neighbour_ids__key=key).first()
    if found is None and _is_text(key):
        found = Artist.objects.filter(key=name_key(key)).first()
    return found


def _is_key(key: str) -> bool:
    return len(key) <= _MOST_ID and "\0" not in key


def _is_text(name: str) -> bool:
    return len(name) <= _MOST_NAME and "\0" not in name


def names_of(tracks: Sequence[Track], artists: Sequence[int] = ()) -> Names:
    """Look up what the other server calls tracks and their artists.

    Parameters
    ----------
    tracks : sequence of Track
    artists : sequence of int
        Primary keys of more artists.
    """
    whose = {track.artist_id for track in tracks if track.artist_id} | set(artists)
    found = NeighbourTrack.objects.filter(track__in=[track.pk for track in tracks]).order_by("-pk")
    theirs = NeighbourArtist.objects.filter(artist__in=whose).order_by("-pk")
    # Of several names the oldest: a later song of the same recording must not change what was answered before.
    return Names(
        tracks=dict(found.values_list("track_id", "key")),
        artists=dict(theirs.values_list("artist_id", "key")),
    )


def likeness_to(start: Track, tracks: Sequence[Track]) -> list[float | None]:
    """Return how like each track is to one by sound, -1..1; ``None`` for one without analysis."""
    library = library_vectors()
    row = library.rows_of([start.pk])
    if not row.size:
        return [None] * len(tracks)
    rows = library.rows_of([track.pk for track in tracks])
    scores = library.vectors[rows] @ library.vectors[row[0]]
    known = dict(zip(library.keys[rows].tolist(), np.clip(scores, -1, 1).tolist(), strict=True))
    return [known.get(track.pk) for track in tracks]


def typical_tracks(artist: Artist, limit: int) -> list[Track]:
    """Return the tracks of an artist that are most like the mean of all of theirs."""
    keys = typical_keys(artist, limit)
    found = Track.objects.select_related("artist", "album__artist").in_bulk(keys)
    return [found[key] for key in keys if key in found]
