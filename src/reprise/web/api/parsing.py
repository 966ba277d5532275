"""Bodies as JSON, stricter than Python reads it: what no database can store is refused before anything is done."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser

__all__ = ["StrictParser", "is_storable"]


def is_storable(text: str) -> bool:
    """Whether a text can be stored: no NUL character, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class StrictParser(Parser):
    """Takes JSON as RFC 8259 has it: UTF-8, no NaN, no endless nesting, and texts that are Unicode."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body.

        Raises
        ------
        HttpError
            400 if it is no JSON, 413 if it is too large, 415 if it calls itself something else.
        """
        # A form of another page sends these types without asking first; JSON it cannot send.
        if request.content_type not in ("application/json", ""):
            raise HttpError(415, "send JSON, as application/json")
        try:
            body = json.loads(request.body.decode(), parse_constant=_refuse)
            _check(body)
        except RequestDataTooBig:
            raise HttpError(413, "the body is too large") from None
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise HttpError(400, f"the body is no JSON: {reason[:200]}") from None
        return body


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _check(body: Any) -> None:
    left = [body]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str) and not is_storable(value):
            raise ValueError("a text has a NUL character or half a surrogate pair")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError("a number is too large")
