"""What every request passes: headers that bind the browser, refusals that come before everything, and who is asking."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from reprise.web.library import accounts
from reprise.web.refusing import SPOTIFY, refused

__all__ = ["is_local", "is_program", "local_owner", "problems", "refusals", "security_headers"]

GetResponse = Callable[[HttpRequest], HttpResponse]

_CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))  # fmt: skip

_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_OF_PROXIES = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_API = "/api/"
_FOR_PROGRAMS = (_API, "/rest/")


def security_headers(get_response: GetResponse) -> GetResponse:
    """Tell browsers to load nothing from elsewhere and to show the pages in no frame."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path_info.startswith((_API, SPOTIFY)):
            # What one user may see, no cache between may give to another.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware


def problems(get_response: GetResponse) -> GetResponse:
    """Bring what Django itself refuses in an API into the form of every other error there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if (
            response.status_code < 400
            or response.streaming
            or not request.path_info.startswith((_API, SPOTIFY))
        ):
            return response
        if response.headers.get("Content-Type", "").startswith(_SHAPED):
            return response
        detail = _DETAILS.get(response.status_code, response.reason_phrase)
        answer = refused(request.path_info, response.status_code, detail)
        for name, value in response.headers.items():
            if name not in ("Content-Type", "Content-Length"):
                answer.headers.setdefault(name, value)
        answer.cookies = response.cookies
        return answer

    return middleware


_SHAPED = ("application/problem+json", "application/json")

_DETAILS = {
    400: "the request cannot be understood",
    404: "there is nothing here by this name",
    405: "this cannot be done here; the header Allow says what can",
    413: "the body is too large",
    416: "the file has no such bytes",
    500: "something went wrong here; the server's log says what",
}


def refusals(get_response: GetResponse) -> GetResponse:
    """Refuse what no page and no program of ours sends, before anything looks at it.

    Unknown hosts: a page of a stranger that has its own name lead to this machine (DNS rebinding) is told nothing.
    NUL characters, which no database stores. Changes that a browser asks for on behalf of another site.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return refused(request.path_info, 400, "this server does not go by that name; see allowed_hosts")
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return refused(request.path_info, 400, "an address has no NUL characters")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method not in _SAFE and site not in ("same-origin", "none"):
            return refused(request.path_info, 403, "another site may not change anything here")
        return get_response(request)

    return middleware


def local_owner(get_response: GetResponse) -> GetResponse:
    """On a server for this machine alone, whoever asks from this machine is the owner."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_FOR_PROGRAMS) and is_local(request):
            request.user = accounts.local_owner()
            if is_program(request):
                request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def is_local(request: HttpRequest) -> bool:
    """Whether a request began on this machine. One that a proxy hands on began elsewhere, whatever it says."""
    meta = request.META
    return (
        not settings.CONFIG.public
        and meta.get("REMOTE_ADDR") in _LOOPBACK
        and not any(name in meta for name in _OF_PROXIES)
    )


def is_program(request: HttpRequest) -> bool:
    """Tell curl from a browser: a page of a stranger cannot keep its browser from sending one of these."""
    return not any(request.headers.get(name) for name in ("Origin", "Referer", "Sec-Fetch-Site", "Cookie"))
