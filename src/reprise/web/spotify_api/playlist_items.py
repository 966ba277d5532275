"""``playlists/{playlist_id}/tracks`` and, by its newer name, ``/items``: read, add, fill anew, move, take out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from reprise.web.library.accounts import local_owner
from reprise.web.library.catalogue import with_names
from reprise.web.library.identity import find_track_values
from reprise.web.library.models import Playlist
from reprise.web.library.playlist_items import (
    add_tracks,
    move_tracks,
    remove_tracks,
    replace_tracks,
    snapshot_of,
)
from reprise.web.library.playlists import tracks_page
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.answering import Said, body_of
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.fields import chosen
from reprise.web.spotify_api.me import playlist_owner
from reprise.web.spotify_api.objects import track_objects
from reprise.web.spotify_api.paging import PageAsked, paging, read_page
from reprise.web.spotify_api.playlist_lookup import own_playlist, playlist_named
from reprise.web.spotify_api.reading import track_of_uri, whole_number

__all__ = ["add", "entries", "put", "remove", "show", "snapshot_of"]

_MOST = 100
_FARTHEST = 10_000_000
_UNKNOWN = {"primary_color": None, "video_thumbnail": {"url": None}}
_IS_TRACK = {"episode": False, "track": True}


def show(request: HttpRequest, *, playlist_id: str) -> dict[str, Any]:
    """List the tracks of a playlist in their order."""
    playlist, page = playlist_named(request, playlist_id), read_page(request, most=_MOST)
    items, total = entries(playlist, page, Addresses(request))
    if request.path.rstrip("/").endswith("/items"):
        items = [each | {"item": each["track"]} for each in items]
    return chosen(paging(request, items, total, page), request.GET.get("fields", ""))


def add(request: HttpRequest, *, playlist_id: str) -> Said:
    """Put tracks into a playlist: at its end, or before a place."""
    playlist, body = own_playlist(request, playlist_id), body_of(request, listed_as="uris")
    position = _whole(body, "position")
    if position is None and request.GET.get("position"):
        position = whole_number(request, "position", 0, 0, _FARTHEST)
    add_tracks(playlist, _keys(_uris(request, body)), position)
    return Said(body={"snapshot_id": snapshot_of(playlist)}, status=201)


def put(request: HttpRequest, *, playlist_id: str) -> Said:
    """Fill a playlist anew or, where ``range_start`` is said, move some of its tracks."""
    playlist, body = own_playlist(request, playlist_id), body_of(request, listed_as="uris")
    if "range_start" not in body:
        replace_tracks(playlist, _keys(_uris(request, body, least=0)))
        return Said(body={"snapshot_id": snapshot_of(playlist)})
    start, before = _whole(body, "range_start"), _whole(body, "insert_before")
    length = _whole(body, "range_length")
    if start is None or before is None:
        raise SpotifyError(400, "range_start and insert_before: say both, as whole numbers")
    with transaction.atomic():
        known = body.get("snapshot_id")
        if known and known != snapshot_of(Playlist.objects.select_for_update().get(pk=playlist.pk)):
            raise SpotifyError(400, "the playlist has changed since this snapshot_id; read it again")
        move_tracks(playlist, start, before, 1 if length is None else length)
    return Said(body={"snapshot_id": snapshot_of(playlist)})


def remove(request: HttpRequest, *, playlist_id: str) -> Said:
    """Take tracks out of a playlist: from all places, or from those that are said and where they still stand."""
    playlist, body = own_playlist(request, playlist_id), body_of(request)
    said = body.get("tracks", body.get("items"))
    if not isinstance(said, list) or not 1 <= len(said) <= _MOST:
        raise SpotifyError(400, f"tracks: name 1 to {_MOST}, each as an object with its uri")
    uris, places = [], []
    for each in said:
        each = {"uri": each} if isinstance(each, str) else each
        if not isinstance(each, dict):
            raise SpotifyError(400, "tracks: each is an object with its uri")
        uris.append(track_of_uri(each.get("uri")))
        places.append(_positions(each))
    wanted: dict[int, list[int] | None] = {}
    for track, positions in zip(_keys(uris), places, strict=True):
        known = wanted.setdefault(track, [])
        wanted[track] = None if positions is None or known is None else [*known, *positions]
    remove_tracks(playlist, wanted)
    return Said(body={"snapshot_id": snapshot_of(playlist)})


def entries(playlist: Playlist, page: PageAsked, addresses: Addresses) -> tuple[list[dict[str, Any]], int]:
    """Return a part of a playlist's tracks as a playlist has them, and how many there are.

    When each was added, and by whom, nobody noted: it is said when the playlist was made, and whose it is.
    """
    tracks, total = tracks_page(playlist, page.limit, page.offset)
    by = playlist_owner(playlist.user or local_owner(), addresses)
    added_by = {name: value for name, value in by.items() if name != "display_name"}
    added_at = playlist.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = track_objects(with_names(tracks), addresses)
    # Beside the OpenAPI file Spotify says these as well, and tekore takes no entry without them.
    of_entry = {"added_at": added_at, "added_by": added_by, "is_local": False} | _UNKNOWN
    return [of_entry | {"track": track | _IS_TRACK} for track in shown], total


def _uris(request: HttpRequest, body: dict[str, Any], least: int = 1) -> list[str]:
    said = body.get("uris")
    if said is None:
        asked = request.GET.get("uris")
        if asked is None:
            raise SpotifyError(400, "uris: say which tracks")
        said = asked.split(",") if asked else []
    if not isinstance(said, list) or not least <= len(said) <= _MOST:
        raise SpotifyError(400, f"uris: {least} to {_MOST} of spotify:track:ID")
    return [track_of_uri(uri) for uri in said]


def _keys(ids: Sequence[str]) -> list[int]:
    found = find_track_values(ids, "pk")
    unknown = [each for each, row in zip(ids, found, strict=True) if row is None]
    if unknown:
        raise SpotifyError(404, f"there is no track {unknown[0]}")
    return [row[0] for row in found if row is not None]


def _whole(body: dict[str, Any], name: str) -> int | None:
    said = body.get(name)
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= _FARTHEST:
        raise SpotifyError(400, f"{name} must be a whole number from 0")
    return said


def _positions(said: dict[str, Any]) -> list[int] | None:
    positions = said.get("positions")
    if positions is None:
        return None
    are_whole = isinstance(positions, list) and all(type(each) is int for each in positions)
    if not are_whole or not 1 <= len(positions) <= _MOST:
        raise SpotifyError(400, f"positions: 1 to {_MOST} whole numbers")
    return list(positions)
