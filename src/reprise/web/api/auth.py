"""Who may ask: a browser with a session, or a program with a token."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError
from ninja.security import HttpBearer, SessionAuth

from reprise.web.library.accounts import find_token, note_use
from reprise.web.limits import count_request

__all__ = ["anybody", "authenticate", "is_known", "is_owner", "require_owner"]


def is_known(request: HttpRequest) -> bool:
    """Whether a request comes from somebody who may come in, asked before its body is read.

    On a local server everybody is let on: who is not on this machine is refused later.
    """
    if not settings.CONFIG.public:
        return True
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return find_token(token) is not None
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    return bool(get_user(request).is_authenticated)


class BearerToken(HttpBearer):
    """``Authorization: Bearer rp_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the user of a token; raises `AuthenticationError` for a wrong one."""
        found = find_token(token)
        if found is None:
            count_request(request, None)
            # Who sends a token means it: a wrong one must not fall back on a cookie or on being local.
            raise AuthenticationError()
        note_use(found)
        request.user = found.user
        count_request(request, found.user)
        return found.user


class BrowserSession(SessionAuth):
    """The cookie of a browser that has logged in; on a local server, whoever is on this machine."""

    def __call__(self, request: HttpRequest) -> Any:
        """Say who is logged in, or nothing; a token against forgery is asked of those who are."""
        user = request.user if request.user.is_authenticated else None
        count_request(request, user)
        return super().__call__(request) if user else None


def anybody(request: HttpRequest) -> Any:
    """Let strangers in as well; comes last."""
    return AnonymousUser()


authenticate = [BearerToken(), BrowserSession()]
"""Tokens first: a program that sends one needs no CSRF token."""


def is_owner(user: Any) -> bool:
    """Whether a user may change the library itself."""
    return isinstance(user, User) and user.is_active and user.is_superuser


def require_owner(request: HttpRequest) -> None:
    """Refuse everybody but the owner."""
    if not is_owner(request.user):
        raise HttpError(403, "only the owner may do this")
