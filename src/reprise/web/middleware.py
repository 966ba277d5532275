"""What every request passes: headers that bind the browser, and who is asking."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

__all__ = ["local_owner", "security_headers"]

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


def security_headers(get_response: GetResponse) -> GetResponse:
    """Tell browsers to load nothing from elsewhere and to show the pages in no frame."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def local_owner(get_response: GetResponse) -> GetResponse:
    """On a server for this machine alone, whoever asks from this machine is the owner."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.CONFIG.public and request.META.get("REMOTE_ADDR") in _LOOPBACK:
            request.user = _the_owner()
            if _is_program(request):
                request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def _the_owner() -> User:
    owner = User.objects.filter(is_superuser=True).order_by("id").first()
    if owner is None:
        owner = User(username="owner", is_superuser=True)
        owner.set_unusable_password()
        owner.save()
    return owner


def _is_program(request: HttpRequest) -> bool:
    """Tell curl from a browser: a page of a stranger cannot keep its browser from sending one of these."""
    return not any(header in request.headers for header in ("Origin", "Referer", "Sec-Fetch-Site", "Cookie"))
