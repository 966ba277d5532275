"""``playlists``: guests have their own, and may read the owner's; the owner may read and change any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from reprise.web.library.accounts import local_owner
from reprise.web.library.models import Playlist
from reprise.web.library.playlists import create_playlist, describe_playlist, listed_for, sums
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.answering import Said, body_of
from reprise.web.spotify_api.auth import require_user, user_of
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.fields import chosen
from reprise.web.spotify_api.me import playlist_owner, user_named
from reprise.web.spotify_api.paging import PageAsked, paging, read_page
from reprise.web.spotify_api.playlist_items import entries, snapshot_of
from reprise.web.spotify_api.playlist_lookup import own_playlist, playlist_named

__all__ = [
    "change",
    "create_for",
    "create_mine",
    "mine",
    "of_one",
    "of_user",
    "remove",
    "simplified_playlists",
]

_FIRST = PageAsked(limit=100, offset=0)


def mine(request: HttpRequest) -> dict[str, Any]:
    """List the playlists of whom the request is for."""
    return _page(request, require_user(request))


def of_user(request: HttpRequest, *, user_id: str) -> dict[str, Any]:
    """List the playlists of a user."""
    return _page(request, user_named(request, user_id))


def create_mine(request: HttpRequest) -> Said:
    """Make a playlist."""
    user, body = require_user(request), body_of(request)
    playlist = create_playlist(user, _text(body, "name", ""), description=_text(body, "description", ""))
    return Said(body=_object(request, playlist_named(request, playlist.public_id)), status=201)


def create_for(request: HttpRequest, *, user_id: str) -> Said:
    """Make a playlist; nobody makes any for others."""
    if user_id != require_user(request).username:
        raise SpotifyError(403, "a playlist is made for oneself; GET /v1/me says who that is")
    return create_mine(request)


def of_one(request: HttpRequest, *, playlist_id: str) -> dict[str, Any]:
    """Show a playlist with its first hundred tracks."""
    return chosen(_object(request, playlist_named(request, playlist_id)), request.GET.get("fields", ""))


def change(request: HttpRequest, *, playlist_id: str) -> Said:
    """Give a playlist another name or text; whether it is public or collaborative cannot be chosen here."""
    playlist, body = own_playlist(request, playlist_id), body_of(request)
    name = _text(body, "name", playlist.name)
    description = _text(body, "description", playlist.description)
    describe_playlist(playlist, name, description=description, rule=playlist.rule)
    return Said()


def remove(request: HttpRequest, *, playlist_id: str) -> Said:
    """Remove a playlist of one's own: that is what following it no more means for who made it."""
    playlist = playlist_named(request, playlist_id)
    if playlist.user_id != require_user(request).pk:
        raise SpotifyError(403, "only who made the playlist may remove it so")
    playlist.delete()
    return Said()


def simplified_playlists(playlists: Sequence[Playlist], addresses: Addresses) -> list[dict[str, Any]]:
    """Return playlists without their tracks."""
    return [_simplified(playlist, addresses) for playlist in playlists]


def _page(request: HttpRequest, user: User) -> dict[str, Any]:
    # What the command line made is nobody's, and so the owner's.
    whose = Q(user=user) | Q(user=None) if user.is_superuser else Q(user=user)
    rows: QuerySet[Playlist] = listed_for(user_of(request)).filter(whose)
    page = read_page(request)
    items = simplified_playlists(list(rows[page.offset : page.stop]), Addresses(request))
    return paging(request, items, rows.count(), page)


def _simplified(playlist: Playlist, addresses: Addresses) -> dict[str, Any]:
    name = playlist.public_id
    tracks = {"href": f"{addresses.of('playlists', name)}/tracks", "total": sums(playlist)[0]}
    return {
        "collaborative": False,
        "description": playlist.description,
        "external_urls": {"spotify": addresses.page("playlists", name)},
        "href": addresses.of("playlists", name),
        "id": name,
        "images": [],
        "name": playlist.name,
        "owner": playlist_owner(playlist.user or local_owner(), addresses),
        "primary_color": None,
        "public": True,
        "snapshot_id": snapshot_of(playlist),
        "tracks": tracks,
        "items": tracks,
        "type": "playlist",
        "uri": f"spotify:playlist:{name}",
    }


def _object(request: HttpRequest, playlist: Playlist) -> dict[str, Any]:
    addresses = Addresses(request)
    items, total = entries(playlist, _FIRST, addresses)
    page = paging(request, items, total, _FIRST, path=f"/v1/playlists/{playlist.public_id}/tracks")
    # Newer clients, such as tekore, know tracks by the name items alone.
    return _simplified(playlist, addresses) | {
        "followers": {"href": None, "total": 0},
        "tracks": page,
        "items": page,
    }


def _text(body: dict[str, Any], name: str, default: str) -> str:
    said = body.get(name)
    if said is None:
        return default
    if not isinstance(said, str):
        raise SpotifyError(400, f"{name} must be text")
    return said
