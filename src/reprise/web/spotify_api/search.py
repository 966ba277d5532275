"""``search``: tracks, artists, albums and playlists, each list a paging object of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from reprise.web.library.catalogue import albums_named, artists_named, with_names
from reprise.web.library.models import Playlist
from reprise.web.library.playlists import listed_for
from reprise.web.library.search import look_up
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.auth import user_of
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.objects import album_objects, artist_objects, track_objects
from reprise.web.spotify_api.paging import PageAsked, paging, read_page
from reprise.web.spotify_api.playlists import simplified_playlists
from reprise.web.spotify_api.query import Asked, library_query, read_query

__all__ = ["search"]

_LONGEST = 500
_NOT_HERE = frozenset({"show", "episode", "audiobook"})

Found = tuple[list[Any], int]


def search(request: HttpRequest) -> dict[str, Any]:
    """Find what a query says, of the types that are wanted."""
    text, types = request.GET.get("q", ""), _types(request)
    if len(text) > _LONGEST:
        raise SpotifyError(400, f"q: at most {_LONGEST} characters")
    asked, page = read_query(text), read_page(request)
    answer = {}
    for kind in types:
        items, total = _FINDERS[kind](request, asked, page) if kind in _FINDERS else ([], 0)
        answer[f"{kind}s"] = paging(request, items, total, page, type=kind)
    return answer


def _types(request: HttpRequest) -> list[str]:
    types = [each.strip() for each in request.GET.get("type", "").split(",")]
    known = {*_FINDERS, *_NOT_HERE}
    if not types[0] or not set(types) <= known:
        raise SpotifyError(400, f"type: of {', '.join(sorted(known))}, separated by commas")
    return list(dict.fromkeys(types))


def _tracks(request: HttpRequest, asked: Asked, page: PageAsked) -> Found:
    query = library_query(asked)
    if query is None:
        return [], 0
    found = look_up(query, limit=page.limit, offset=page.offset)
    return track_objects(with_names(found.tracks), Addresses(request)), found.total


def _artists(request: HttpRequest, asked: Asked, page: PageAsked) -> Found:
    query = library_query(asked, "artist")
    if query is None:
        return [], 0
    rows = artists_named(query, asked.value("artist"))
    return artist_objects(list(rows[page.offset : page.stop]), Addresses(request)), rows.count()


def _albums(request: HttpRequest, asked: Asked, page: PageAsked) -> Found:
    """Words are of the album's title; where no title has them all, of anything: somebody typed the artist as well."""
    wanted = [query for query in (library_query(asked, "album"), library_query(asked)) if query is not None]
    total = 0
    rows: QuerySet[Any]
    for query in dict.fromkeys(wanted):
        rows = albums_named(query, asked.value("album"))
        total = rows.count()
        if total:
            return album_objects(list(rows[page.offset : page.stop]), Addresses(request)), total
    return [], total


def _playlists(request: HttpRequest, asked: Asked, page: PageAsked) -> Found:
    rows: QuerySet[Playlist] = listed_for(user_of(request))
    for word in asked.words.replace('"', " ").split():
        rows = rows.filter(name__icontains=word)
    if not asked.words or asked.filters:
        rows = rows.none()
    found = simplified_playlists(list(rows[page.offset : page.stop]), Addresses(request))
    return found, rows.count()


_FINDERS: dict[str, Callable[[HttpRequest, Asked, PageAsked], Found]] = {
    "track": _tracks,
    "artist": _artists,
    "album": _albums,
    "playlist": _playlists,
}
