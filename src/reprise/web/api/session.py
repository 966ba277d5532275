"""The session of a browser: who is asking, log in, log out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate as check_password
from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router
from ninja.errors import HttpError
from ninja.utils import check_csrf

from reprise.web.api.auth import anybody, authenticate
from reprise.web.api.schemas_installation import LoginIn, SessionOut
from reprise.web.api.users import user_out
from reprise.web.library.attempts import begin_attempt, succeeded
from reprise.web.limits import TooManyError, client_address, count_request

router = Router(tags=["session"])


def _session(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    return {
        "user": user_out(user) if user.is_authenticated else None,
        "is_public": settings.CONFIG.public,
        "csrf": get_token(request),
    }


@router.get("/session", response=SessionOut, auth=[*authenticate, anybody])
def show_session(request: HttpRequest) -> Any:
    """Say who is asking, and give the token that a browser sends back with everything that changes something."""
    return _session(request)


@router.post("/session", response=SessionOut, auth=None)
def log_in(request: HttpRequest, data: LoginIn) -> Any:
    """Log a browser in. Programs send tokens instead."""
    count_request(request, None)
    if check_csrf(request):
        raise HttpError(403, "the header X-CSRFToken is missing or wrong; GET /session gives it")
    address = client_address(request)
    if wait_s := begin_attempt(data.name, address):
        raise TooManyError(wait_s)
    user = check_password(request, username=data.name, password=data.password)
    if user is None:
        raise HttpError(401, "the name or the password is wrong")
    succeeded(data.name, address)
    login(request, user)
    return _session(request)


@router.delete("/session", response={204: None})
def log_out(request: HttpRequest) -> Any:
    """End the session of this browser."""
    logout(request)
    return 204, None
