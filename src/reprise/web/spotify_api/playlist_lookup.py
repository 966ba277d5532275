"""Which playlist is meant, and who may change it."""

from __future__ import annotations

from django.http import HttpRequest

from reprise.web.library.models import Playlist
from reprise.web.library.playlists import listed_for
from reprise.web.spotify_api.auth import require_user, user_of
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.reading import checked_id

__all__ = ["own_playlist", "playlist_named"]


def playlist_named(request: HttpRequest, playlist_id: str) -> Playlist:
    """Return a playlist that whom the request is for may see.

    Raises
    ------
    SpotifyError
        404 if there is none, 400 if this is no id.
    """
    playlist = listed_for(user_of(request)).filter(public_id=checked_id(playlist_id)).first()
    if playlist is None:
        raise SpotifyError(404, "there is no playlist by this id")
    return playlist


def own_playlist(request: HttpRequest, playlist_id: str) -> Playlist:
    """Return a playlist that whom the request is for may change.

    Raises
    ------
    SpotifyError
        404 if there is none, 403 if it is somebody else's.
    """
    user, playlist = require_user(request), playlist_named(request, playlist_id)
    if playlist.user_id != user.pk and not user.is_superuser:
        raise SpotifyError(403, "only who made the playlist may change it")
    return playlist
