"""The one page of the application; its scripts ask the API for everything else."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from reprise._version import __version__

__all__ = ["page"]

_BUILT = Path(__file__).parent / "static" / "app"


@cache
def _assets() -> dict[str, list[str]]:
    """Read from Vite's manifest which script and styles the page begins with."""
    manifest = json.loads((_BUILT / "manifest.json").read_text(encoding="utf-8"))
    entry = next(chunk for chunk in manifest.values() if chunk.get("isEntry"))
    return {"scripts": [entry["file"]], "styles": entry.get("css", []), "preloads": [
        manifest[name]["file"] for name in entry.get("imports", [])
    ]}  # fmt: skip


@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """Answer any address of the application with the page that shows it."""
    response = render(request, "app.html", {**_assets(), "version": __version__})
    response.headers["Cache-Control"] = "no-cache"
    return response
