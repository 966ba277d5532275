"""Our absolute addresses: of things in the API, and of the pages that show them."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest

__all__ = ["Addresses"]


class Addresses:
    """Addresses under the name that a request came to.

    Parameters
    ----------
    request : HttpRequest

    Attributes
    ----------
    root, api : str
        Of the server and of its ``/v1``, without a slash at the end.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.root = request.build_absolute_uri("/").rstrip("/")
        self.api = f"{self.root}/v1"

    def of(self, kind: str, name: str) -> str:
        """Return where the API has a thing, such as ``of("tracks", ID)``."""
        return f"{self.api}/{kind}/{quote(name, safe='')}"

    def page(self, kind: str, name: str) -> str:
        """Return the page that shows a thing."""
        return f"{self.root}/{kind}/{quote(name, safe='')}"

    def searched(self, field: str, name: str) -> str:
        """Return the page that lists what has a name, for what has no page of its own."""
        said = name.replace("\\", "\\\\").replace('"', '\\"')
        query = f'{field}:"{said}"'
        return f"{self.root}/search?q={quote(query, safe='')}"
