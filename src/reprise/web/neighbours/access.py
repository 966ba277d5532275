"""Who may ask the routes of neighbours: the same people as `reprise.web.api` lets in."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.errors import AuthenticationError

from reprise.web.api.auth import BearerToken
from reprise.web.limits import count_request

__all__ = ["user_of"]


def user_of(request: HttpRequest, token: str = "") -> User | None:
    """Return who is asking, and count the request.

    Parameters
    ----------
    request : HttpRequest
    token : str
        One of our tokens that came by another way than the header ``Authorization``.

    Returns
    -------
    User or None
        ``None`` for a stranger, and for a wrong token wherever it comes from.

    Raises
    ------
    TooManyError
        If there were too many requests of late.
    """
    if not token and (header := request.headers.get("Authorization", "")):
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            token = ""
            count_request(request, None)
            return None
    if token:
        try:
            found = BearerToken().authenticate(request, token.strip())
        except AuthenticationError:
            return None
        return found if isinstance(found, User) else None
    user = request.user if isinstance(request.user, User) and request.user.is_authenticated else None
    count_request(request, user)
    return user
