"""``me`` and ``users``: who somebody is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.auth import require_user, user_of
from reprise.web.spotify_api.errors import SpotifyError

__all__ = ["of_me", "of_user", "playlist_owner", "user_named"]


def of_me(request: HttpRequest) -> dict[str, Any]:
    """Show for whom the request is; only what is known: no country, no e-mail."""
    user = require_user(request)
    # tekore takes no user without an account_id, which is newer than the OpenAPI file.
    return _public(user, Addresses(request)) | {"product": "open", "account_id": user.username}


def of_user(request: HttpRequest, *, user_id: str) -> dict[str, Any]:
    """Show a user to others."""
    return _public(user_named(request, user_id), Addresses(request))


def user_named(request: HttpRequest, name: str) -> User:
    """Return a user by the name in a path: oneself or an owner, whose playlists everybody sees; owners see all.

    Raises
    ------
    SpotifyError
        404 if there is none.
    """
    user, asking = User.objects.filter(username=name, is_active=True).first(), user_of(request)
    may_know = user is not None and (user == asking or user.is_superuser or (asking and asking.is_superuser))
    if user is None or not may_know:
        raise SpotifyError(404, "there is no user by this name")
    return user


def playlist_owner(user: User, addresses: Addresses) -> dict[str, Any]:
    """Return a user as playlists name theirs."""
    return {
        "display_name": user.username,
        "external_urls": {"spotify": f"{addresses.root}/playlists"},
        "href": addresses.of("users", user.username),
        "id": user.username,
        "type": "user",
        "uri": f"spotify:user:{user.username}",
    }


def _public(user: User, addresses: Addresses) -> dict[str, Any]:
    return playlist_owner(user, addresses) | {"followers": {"href": None, "total": 0}, "images": []}
