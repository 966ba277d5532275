"""Who may ask: a browser with a session, or a program with a token."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.security import HttpBearer, SessionAuth

from reprise.web.library.models import Token

__all__ = ["authenticate", "digest_of", "is_owner", "require_owner"]


def digest_of(token: str) -> str:
    """Return what is kept of a token; it is random enough to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class _Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = timezone.now()
        found = Token.objects.select_related("user").filter(digest=digest_of(token)).first()
        if found is None or not found.user.is_active or (found.expires_at and found.expires_at < now):
            return None
        Token.objects.filter(pk=found.pk).update(used_at=now)
        request.user = found.user
        return found.user


authenticate = [_Bearer(), SessionAuth()]
"""Tokens first: a program that sends one needs no CSRF token."""


def is_owner(user: Any) -> bool:
    """Whether a user may change the library itself."""
    return isinstance(user, User) and user.is_active and user.is_superuser


def require_owner(request: HttpRequest) -> None:
    """Refuse everybody but the owner."""
    if not is_owner(request.user):
        raise HttpError(403, "only the owner may do this")
