"""Errors as problem JSON (RFC 9457): the second of the two places where errors become text for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from reprise.errors import (
    AudioError,
    DatasetError,
    MissingDependencyError,
    ParameterError,
    RepriseError,
    UnknownNameError,
)
from reprise.web.extras import for_the_web
from reprise.web.limits import TooManyError

__all__ = ["problem", "register_errors"]


def problem(status: int, detail: str, errors: Any = None) -> HttpResponse:
    """Return an error as ``application/problem+json``."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type="application/problem+json")


def register_errors(api: NinjaAPI) -> None:
    """Teach an API to answer every error as a problem."""

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [{"where": list(map(str, each["loc"])), "detail": each["msg"]} for each in error.errors]
        first = errors[0] if errors else {"where": ["request"], "detail": "not valid"}
        return problem(422, f"{first['where'][-1]}: {first['detail']}", errors)

    @api.exception_handler(AuthenticationError)
    def stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, "log in, or send a token")

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        # Ninja hides behind a general one what the parser of bodies has to say.
        said = error.__cause__ if isinstance(error.__cause__, HttpError) else error
        return problem(said.status_code, str(said))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "there is nothing here by this name")

    @api.exception_handler(TooManyError)
    def too_many(request: HttpRequest, error: TooManyError) -> HttpResponse:
        answer = problem(429, str(error))
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer

    api.add_exception_handler(RepriseError, _ours)


def _ours(request: HttpRequest, error: RepriseError) -> HttpResponse:
    if isinstance(error, AudioError):
        # Its whole text names the file, and only the owner may know where files lie.
        return problem(404, f"the track has no sound that could be used: {error.reason}")
    status = 500
    if isinstance(error, UnknownNameError):
        status = 404
    elif isinstance(error, ParameterError | DatasetError):
        status = 422
    elif isinstance(error, MissingDependencyError):
        status = 501
    return problem(status, str(for_the_web(error)))
