"""Who asks: a program with an access token, with a token of ``/api/v1``, or one on this machine."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from reprise.web.library import accounts, clients
from reprise.web.library.models import ApiClient
from reprise.web.limits import count_request
from reprise.web.middleware import is_local, is_program
from reprise.web.spotify_api.errors import OAuthError, SpotifyError

__all__ = ["authenticate", "require_user", "token_answer", "user_of"]

_SAFE = frozenset({"GET", "HEAD"})
_OURS = "rp"
_LONGEST = 500


def authenticate(request: HttpRequest) -> None:
    """Find out for whom a request is, and count it.

    On a server for this machine alone, a token that is none of ours is as good as no token: scripts that were written
    for Spotify bring one. One of ours that is wrong or expired never is.

    Raises
    ------
    SpotifyError
        401 if nobody is known or the token is no good; 400 if it is no bearer token.
    TooManyError
        If there were too many requests of late.
    """
    try:
        user = (
            _bearer(request) if request.headers.get("Authorization", "").strip() else _without_token(request)
        )
    except SpotifyError:
        count_request(request, None)
        raise
    count_request(request, user)
    request.spotify_user = user  # type: ignore[attr-defined]


def user_of(request: HttpRequest) -> User | None:
    """Return for whom a request is; ``None`` for a client that belongs to nobody."""
    return request.spotify_user  # type: ignore[attr-defined, no-any-return]


def require_user(request: HttpRequest) -> User:
    """Return for whom a request is.

    Raises
    ------
    SpotifyError
        403 if its client belongs to nobody.
    """
    user = user_of(request)
    if user is None:
        raise SpotifyError(
            403, "this client belongs to no user; make one with reprise client add --user NAME"
        )
    return user


def _bearer(request: HttpRequest) -> User | None:
    scheme, _, token = request.headers["Authorization"].strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise SpotifyError(400, "send the header Authorization: Bearer and an access token")
    if token.startswith(clients.PREFIX):
        held = clients.holder_of(token)
        if held is None:
            raise SpotifyError(401, "the access token is not valid; ask /api/token for one")
        if held.is_expired:
            raise SpotifyError(401, "the access token has expired; ask /api/token for another")
        return held.user
    if token.startswith(_OURS):
        return _of_api_token(token)
    if is_local(request):
        return accounts.local_owner()
    raise SpotifyError(401, "the access token is not valid; ask /api/token for one")


def _of_api_token(token: str) -> User:
    """Return the user of a token that was made for ``/api/v1``."""
    found = accounts.find_token(token)
    if found is None:
        raise SpotifyError(401, "the token is not valid; reprise user token makes another")
    accounts.note_use(found)
    return found.user


def _without_token(request: HttpRequest) -> User:
    """Return who is on this machine, or has logged in with a browser; no page of a stranger can change things so."""
    is_safe = request.method in _SAFE
    if is_local(request) and (is_safe or is_program(request)):
        return accounts.local_owner()
    user: Any = request.user
    if is_safe and user.is_authenticated:
        return user  # type: ignore[no-any-return]
    raise SpotifyError(401, "no access token was sent; ask /api/token for one")


def token_answer(request: HttpRequest) -> dict[str, Any]:
    """Give out an access token for client credentials (RFC 6749, 4.4).

    On a server for this machine alone, every client that is on this machine and none of ours gets one that acts for the
    owner, who it is anyway: scripts need no setup.

    Raises
    ------
    OAuthError
        If the client is unknown or asks for another kind of token.
    TooManyError
        If there were too many requests of late.
    """
    count_request(request, None)
    kind = request.POST.get("grant_type", "")
    if kind != "client_credentials":
        raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
    client_id, secret = _credentials(request)
    client = clients.find_client(client_id, secret)
    if client is not None:
        return _granted(clients.grant(client, client.user))
    is_one_of_ours = ApiClient.objects.filter(public_id=client_id).exists()
    if settings.CONFIG.public or is_one_of_ours or not (is_local(request) and client_id and secret):
        raise OAuthError("invalid_client", "the client is not known, or its secret is wrong")
    return _granted(clients.grant(None, accounts.local_owner()))


def _granted(token: str) -> dict[str, Any]:
    return {"access_token": token, "token_type": "Bearer", "expires_in": clients.LIFETIME_S}


def _credentials(request: HttpRequest) -> tuple[str, str]:
    """Read a client's id and secret from the header, or else from the form."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(said.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", "the header Authorization cannot be read") from None
        client_id, _, secret = text.partition(":")
    else:
        client_id, secret = request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    if max(len(client_id), len(secret)) > _LONGEST or "\0" in client_id + secret:
        raise OAuthError("invalid_client", "the client is not known, or its secret is wrong")
    return client_id, secret
