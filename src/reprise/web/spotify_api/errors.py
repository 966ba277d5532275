"""Spotify's two shapes of an error: the one of ``/v1`` and the one of OAuth at ``/api/token``."""

from __future__ import annotations

import json

from django.http import HttpResponse

__all__ = ["OAuthError", "SpotifyError", "error_answer", "oauth_error_answer"]

_JSON = "application/json; charset=utf-8"


class SpotifyError(Exception):
    """What the API answers instead of what was asked for.

    Parameters
    ----------
    status : int
        400..599.
    message : str
        One line that says what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


class OAuthError(Exception):
    """Why no access token is given out (RFC 6749, 5.2).

    Parameters
    ----------
    code : str
        One of the RFC's, such as ``"invalid_client"``.
    description : str
    """

    def __init__(self, code: str, description: str) -> None:
        self.code, self.description = code, description
        super().__init__(description)


def error_answer(status: int, message: str) -> HttpResponse:
    """Return an error of ``/v1``."""
    body = json.dumps({"error": {"status": status, "message": message}}, ensure_ascii=False)
    answer = HttpResponse(body.encode(), status=status, content_type=_JSON)
    answer.headers["Cache-Control"] = "no-store"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="reprise"'
    return answer


def oauth_error_answer(code: str, description: str, status: int = 400) -> HttpResponse:
    """Return an error of ``/api/token``."""
    body = json.dumps({"error": code, "error_description": description})
    answer = HttpResponse(body.encode(), status=status, content_type=_JSON)
    answer.headers["Cache-Control"] = "no-store"
    return answer
