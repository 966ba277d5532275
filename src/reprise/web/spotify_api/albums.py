"""``albums``: one, or up to twenty; their tracks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest

from reprise.web.library.catalogue import album_tracks, by_public_id
from reprise.web.library.models import Album, Track
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.objects import album_objects, simplified_tracks
from reprise.web.spotify_api.paging import PageAsked, paging, read_page
from reprise.web.spotify_api.reading import checked_id, ids_of

__all__ = ["of_one", "of_several", "tracks"]

_FIRST = PageAsked(limit=50, offset=0)


def of_one(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """Show an album with its first fifty tracks."""
    return _objects(request, [_album(id)])[0]


def of_several(request: HttpRequest) -> dict[str, Any]:
    """Show albums, null for those that are unknown."""
    rows: list[Album | None] = by_public_id(Album.objects.select_related("artist"), ids_of(request, 20))
    shown = {each["id"]: each for each in _objects(request, [row for row in rows if row is not None])}
    return {"albums": [row and shown[row.public_id] for row in rows]}


def tracks(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """List the tracks of an album in their order."""
    page, rows = read_page(request), album_tracks(_album(id))
    items = simplified_tracks(rows[page.offset : page.stop], Addresses(request))
    return paging(request, items, rows.count(), page)


def _album(text: str) -> Album:
    album = Album.objects.select_related("artist").filter(public_id=checked_id(text)).first()
    if album is None:
        raise SpotifyError(404, "there is no album by this id")
    return album


def _objects(request: HttpRequest, albums: list[Album]) -> list[dict[str, Any]]:
    addresses = Addresses(request)
    found = []
    for album, shown in zip(albums, album_objects(albums, addresses), strict=True):
        rows = list(album_tracks(album)[: _FIRST.limit])
        path = f"/v1/albums/{album.public_id}/tracks"
        items = simplified_tracks(rows, addresses)
        found.append(shown | {
            "tracks": paging(request, items, shown["total_tracks"], _FIRST, path=path),
            "genres": _genres(rows),
            "copyrights": [],
            "external_ids": {},
            "label": "",
            "popularity": 0,
        })  # fmt: skip
    return found


def _genres(rows: list[Track]) -> list[str]:
    """Return the genre that was heard in most tracks, and up to two more."""
    counts: dict[str, int] = defaultdict(int)
    for track in rows:
        if track.genre:
            counts[track.genre] += 1
    return sorted(counts, key=lambda genre: (-counts[genre], genre))[:3]
