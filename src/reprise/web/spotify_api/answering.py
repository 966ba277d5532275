"""From functions to views: method, token, errors, and what caches are told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic_core import to_json

from reprise.errors import ParameterError, UnknownNameError
from reprise.web.limits import TooManyError
from reprise.web.spotify_api.auth import authenticate, token_answer
from reprise.web.spotify_api.errors import OAuthError, SpotifyError, error_answer, oauth_error_answer

__all__ = ["Endpoint", "Said", "body_of", "endpoint", "give_token", "json_bytes", "unknown"]

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer that is not simply 200 with a body.

    Attributes
    ----------
    body : dict, bytes or None
        ``bytes`` are JSON already.
    status : int
    headers : dict of str to str
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Function = Callable[..., "dict[str, Any] | Said"]


class Endpoint:
    """A view of one path: answers the methods that it has functions for."""

    csrf_exempt = (
        True  # a page of a stranger cannot send tokens, and without one nothing is changed for browsers
    )

    def __init__(self, functions: dict[str, Function], cache_s: int) -> None:
        self.functions, self.cache_s = functions, cache_s

    @property
    def methods(self) -> list[str]:
        """What the path answers, HEAD beside GET."""
        return [*self.functions, *(["HEAD"] if "GET" in self.functions else [])]

    def __call__(self, request: HttpRequest, **named: str) -> HttpResponse:
        """Answer a request."""
        function = self.functions.get("GET" if request.method == "HEAD" else request.method or "")
        if function is None:
            answer = error_answer(405, f"{request.method} is not done here; {', '.join(self.methods)} are")
            answer.headers["Allow"] = ", ".join(self.methods)
            return answer
        try:
            authenticate(request)
            said = function(request, **named)
        except SpotifyError as error:
            return error_answer(error.status, error.message)
        except TooManyError as error:
            return _too_many(error)
        except UnknownNameError as error:
            return error_answer(404, str(error))
        except ParameterError as error:
            return error_answer(400, str(error))
        return self._answer(request, said if isinstance(said, Said) else Said(body=said))

    def _answer(self, request: HttpRequest, said: Said) -> HttpResponse:
        body = (
            b"" if said.body is None else said.body if isinstance(said.body, bytes) else json_bytes(said.body)
        )
        headers = {
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Vary": "Authorization, Cookie",
            **said.headers,
        }
        if request.method in ("GET", "HEAD") and said.status == 200:
            headers["Cache-Control"] = (
                f"private, max-age={self.cache_s}" if self.cache_s else "private, no-cache"
            )
            headers["ETag"] = tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
            if _is_known(request.headers.get("If-None-Match", ""), tag):
                del headers["Content-Length"]
                return HttpResponse(status=304, headers=headers)
        return HttpResponse(body, status=said.status, content_type=_JSON, headers=headers)


def endpoint(*, cache_s: int = 60, **functions: Function) -> Endpoint:
    """Make a view of functions by method, as in ``endpoint(GET=show, PUT=change)``.

    Parameters
    ----------
    cache_s : int
        For how many seconds the client itself may keep what GET answers; 0 has it ask each time, by ETag.
    functions : callable
        Take the request and, by name, what the path holds; return a dict or `Said`. They raise `SpotifyError`,
        `ParameterError` (400), `UnknownNameError` (404) or `TooManyError`.
    """
    return Endpoint(functions, cache_s)


def json_bytes(body: Any) -> bytes:
    """Write JSON down, as short as it goes; pydantic's serializer takes a tenth of the standard library's time."""
    return to_json(body, inf_nan_mode="null")


def body_of(request: HttpRequest, *, listed_as: str = "") -> dict[str, Any]:
    """Read a JSON object from a request; none at all is an empty one.

    Parameters
    ----------
    request : HttpRequest
    listed_as : str
        Where a list may come instead: under which name it is meant.

    Raises
    ------
    SpotifyError
        400 if it is no JSON object.
    """
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
        # No database stores NUL, nor half of a pair of UTF-16, both of which JSON can spell.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise SpotifyError(400, "the body is no JSON") from None
    if "\\u0000" in request.body.decode("utf-8", "replace"):
        raise SpotifyError(400, "the body must have no NUL characters")
    if isinstance(body, list) and listed_as:
        return {listed_as: body}
    if not isinstance(body, dict):
        raise SpotifyError(400, "the body must be a JSON object")
    return body


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer a path below ``/v1/`` that leads nowhere."""
    return error_answer(
        404, "there is no such service here; docs/reference/spotify-api.md lists what there is"
    )


@csrf_exempt
def give_token(request: HttpRequest) -> HttpResponse:
    """Answer ``POST /api/token``."""
    if request.method != "POST":
        answer = oauth_error_answer("invalid_request", "access tokens are asked for with POST", 405)
        answer.headers["Allow"] = "POST"
        return answer
    try:
        body = json_bytes(token_answer(request))
    except OAuthError as error:
        return oauth_error_answer(error.code, error.description)
    except TooManyError as error:
        return _too_many(error)
    return HttpResponse(body, content_type=_JSON, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _too_many(error: TooManyError) -> HttpResponse:
    answer = error_answer(429, f"too many requests; ask again in {error.wait_s} seconds")
    answer.headers["Retry-After"] = str(error.wait_s)
    return answer


def _is_known(known: str, tag: str) -> bool:
    """Whether a client has this already; tags are compared weakly (RFC 9110, 13.1.2)."""
    return known.strip() == "*" or any(each.strip().removeprefix("W/") == tag for each in known.split(","))
