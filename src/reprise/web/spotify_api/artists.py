"""``artists``: one, or up to fifty; their albums, the tracks most like them, and who sounds alike."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from reprise.errors import ParameterError
from reprise.web.library.catalogue import albums_of, by_public_id, top_tracks
from reprise.web.library.models import Artist
from reprise.web.library.similar import similar_artists
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.objects import album_objects, artist_objects, track_objects
from reprise.web.spotify_api.paging import paging, read_page
from reprise.web.spotify_api.reading import checked_id, ids_of

__all__ = ["albums", "of_one", "of_several", "related", "top"]

_RELATED = 20
_GROUPS = frozenset({"album", "single", "appears_on", "compilation"})


def of_one(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """Show an artist."""
    found: dict[str, Any] = artist_objects([_artist(id)], Addresses(request))[0]
    return found


def of_several(request: HttpRequest) -> dict[str, Any]:
    """Show artists, null for those that are unknown."""
    found = by_public_id(Artist.objects.all(), ids_of(request, 50))
    return {"artists": artist_objects(found, Addresses(request))}


def albums(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """List the albums of an artist, the newest first; everything here is an album, no single and no compilation."""
    artist, page = _artist(id), read_page(request)
    groups = set(filter(None, request.GET.get("include_groups", "album").split(",")))
    if not groups <= _GROUPS:
        raise SpotifyError(400, f"include_groups: of {', '.join(sorted(_GROUPS))}, separated by commas")
    rows = albums_of(artist)
    if "album" not in groups:
        rows = rows.none()
    found = album_objects(list(rows[page.offset : page.stop]), Addresses(request))
    return paging(request, [each | {"album_group": "album"} for each in found], rows.count(), page)


def top(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """List ten tracks that sound most like the artist on average."""
    return {"tracks": track_objects(top_tracks(_artist(id)), Addresses(request))}


def related(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """List the artists that sound most like one; nobody where nothing of the artist's is analysed."""
    artist = _artist(id)
    try:
        found = [each["artist"] for each in similar_artists(artist.pk, None, _RELATED)]
    except ParameterError:
        found = []
    return {"artists": artist_objects(found, Addresses(request))}  # type: ignore[arg-type]


def _artist(text: str) -> Artist:
    artist = Artist.objects.filter(public_id=checked_id(text)).first()
    if artist is None:
        raise SpotifyError(404, "there is no artist by this id")
    return artist
