"""Answers as JSON, written by pydantic's own serializer: several times as fast as the standard library's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

__all__ = ["Renderer"]


class Renderer(BaseRenderer):
    """Writes what the shapes have checked."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Return a body in UTF-8."""
        return to_json(data)
