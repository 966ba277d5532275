"""What is answered where no view is: one line of text for people, a problem for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

__all__ = ["bad_request", "forbidden", "not_found", "server_error"]


def _line(status: int, text: str) -> HttpResponse:
    # Under /api/ the middleware `problems` makes a problem of it.
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer what cannot be understood."""
    return _line(400, "The request cannot be understood.")


def forbidden(request: HttpRequest, exception: Any = None, reason: str = "") -> HttpResponse:
    """Answer what is not allowed."""
    return _line(403, "This is not allowed.")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _line(404, "There is nothing here by this name.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where something went wrong, without saying what: that stands in the log."""
    return _line(500, "Something went wrong here; the server's log says what.")
