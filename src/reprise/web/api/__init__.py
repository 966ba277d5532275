"""The API ``/api/v1``: one file a kind of thing. It makes calls of `reprise.web.library` of requests, nothing more."""

from __future__ import annotations

from importlib import import_module

from reprise._version import __version__
from reprise.web.api.auth import authenticate
from reprise.web.api.description import Api
from reprise.web.api.errors import register_errors
from reprise.web.api.parsing import StrictParser
from reprise.web.api.rendering import Renderer

__all__ = ["ROUTERS", "api"]

ROUTERS = (
    "session",
    "tokens",
    "users",
    "settings",
    "status",
    "docs",
    "tracks",
    "jobs",
    "uploads",
    "search",
    "similar",
    "groups",
    "folders",
    "playlists",
    "tags",
    "feedback",
    "training",
)
"""The modules of this package that have endpoints; each has a ``router``."""

api = Api(
    title="Reprise",
    version=__version__,
    description="Music in, audio features out: the library of one installation of Reprise.",
    auth=authenticate,
    parser=StrictParser(),
    renderer=Renderer(),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
register_errors(api)
for name in ROUTERS:
    api.add_router("", import_module(f"reprise.web.api.{name}").router)
