"""Clients of the API that speaks Spotify's shapes, and the access tokens they get for an hour."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from reprise.audio.tags import clean_text
from reprise.errors import ParameterError
from reprise.web.library.accounts import digest_of, note_use
from reprise.web.library.models import AccessToken, ApiClient

__all__ = [
    "LIFETIME_S",
    "PREFIX",
    "Granted",
    "add_client",
    "find_client",
    "grant",
    "holder_of",
    "remove_client",
]

LIFETIME_S = 3600
"""How long an access token is good for, in seconds; what Spotify's are."""

PREFIX = "rpa_"
"""What every access token begins with."""

_KEPT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Granted:
    """Whose an access token is.

    Attributes
    ----------
    user : User or None
        For whom it acts; ``None`` for a client of nobody's, which may read.
    is_expired : bool
    """

    user: User | None
    is_expired: bool


def add_client(name: str, user: User | None = None) -> tuple[ApiClient, str]:
    """Make a client.

    Parameters
    ----------
    name : str
        What it is called in lists, 1 to 100 characters; must not be taken.
    user : User, optional
        For whom its tokens act. Without one they read the library and have no playlists.

    Returns
    -------
    tuple of ApiClient and str
        The row, whose ``public_id`` is the client's id, and the secret, of which only a hash is kept.

    Raises
    ------
    ParameterError
        If the name is empty or taken.
    """
    cleaned = clean_text(name)
    if not cleaned or len(cleaned) > 100:
        raise ParameterError("name: a client needs a name of 1 to 100 characters")
    if ApiClient.objects.filter(name=cleaned).exists():
        raise ParameterError(f"name: there is a client {cleaned!r} already")
    secret = secrets.token_hex(16)
    return ApiClient.objects.create(name=cleaned, user=user, digest=digest_of(secret)), secret


def remove_client(name: str) -> None:
    """Remove a client by its name or its id; its tokens are worthless at once.

    Raises
    ------
    ParameterError
        If there is none.
    """
    client = ApiClient.objects.filter(public_id=name).first() or ApiClient.objects.filter(name=name).first()
    if client is None:
        raise ParameterError(f"there is no client {name!r}; reprise client list shows them")
    client.delete()


def find_client(client_id: str, secret: str) -> ApiClient | None:
    """Return the client with this id and this secret; ``None`` if there is none, or its user is shut out."""
    client = ApiClient.objects.select_related("user").filter(public_id=client_id).first()
    if client is None or not secrets.compare_digest(client.digest, digest_of(secret)):
        return None
    return client if client.user is None or client.user.is_active else None


def grant(client: ApiClient | None, user: User | None) -> str:
    """Make an access token, and forget those that expired long ago.

    Parameters
    ----------
    client : ApiClient or None
        Whom it is given to; ``None`` for a program on this machine that is no client of ours.
    user : User or None
        For whom it acts.
    """
    now, token = timezone.now(), PREFIX + secrets.token_urlsafe(32)
    AccessToken.objects.filter(expires_at__lt=now - _KEPT).delete()
    expires = now + timedelta(seconds=LIFETIME_S)
    AccessToken.objects.create(client=client, user=user, digest=digest_of(token), expires_at=expires)
    if client is not None:
        note_use(client)
    return token


def holder_of(token: str) -> Granted | None:
    """Say whose an access token is; ``None`` for one that was never given out, or whose user is shut out."""
    found = AccessToken.objects.select_related("user").filter(digest=digest_of(token)).first()
    if found is None or (found.user is not None and not found.user.is_active):
        return None
    return Granted(user=found.user, is_expired=found.expires_at <= timezone.now())
