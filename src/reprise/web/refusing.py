"""Refusals from before any view, in the shape that the address they are for has its errors in."""

from __future__ import annotations

from django.http import HttpResponse

from reprise.web.api.errors import problem
from reprise.web.spotify_api.errors import error_answer, oauth_error_answer

__all__ = ["SPOTIFY", "TOKEN", "refused"]

SPOTIFY = "/v1/"
"""Below it everything is as Spotify has it."""

TOKEN = "/api/token"
"""Where access tokens are given out."""


def refused(path: str, status: int, detail: str) -> HttpResponse:
    """Return an error for a path: Spotify's below ``/v1/``, OAuth's for tokens, else a problem (RFC 9457)."""
    if path.startswith(SPOTIFY):
        return error_answer(status, detail)
    if path.rstrip("/") == TOKEN:
        return oauth_error_answer("invalid_request", detail, status)
    return problem(status, detail)
