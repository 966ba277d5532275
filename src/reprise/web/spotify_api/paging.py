"""Spotify's paging objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from reprise.web.spotify_api.reading import whole_number

__all__ = ["PageAsked", "paging", "read_page"]

_FARTHEST = 10_000_000


@dataclass(frozen=True, kw_only=True)
class PageAsked:
    """Which part of a list is wanted: ``limit`` entries from ``offset``, which counts from 0."""

    limit: int
    offset: int

    @property
    def stop(self) -> int:
        """Where the part ends."""
        return self.offset + self.limit


def read_page(request: HttpRequest, *, default: int = 20, most: int = 50, least: int = 1) -> PageAsked:
    """Read ``limit`` and ``offset``.

    Raises
    ------
    SpotifyError
        400 if one is no number or out of its range.
    """
    return PageAsked(
        limit=whole_number(request, "limit", default, least, most),
        offset=whole_number(request, "offset", 0, 0, _FARTHEST),
    )


def paging(
    request: HttpRequest, items: list[Any], total: int, page: PageAsked, *, path: str = "", **query: str
) -> dict[str, Any]:
    """Return a paging object.

    Parameters
    ----------
    request : HttpRequest
        What was asked; the addresses of the pages before and after differ from it in ``limit`` and ``offset``.
    items : list
    total : int
        How many there are in all.
    page : PageAsked
    path : str
        Of the list, where it is part of another object.
    query : str
        What the addresses ask in place of what the request asks.
    """

    def at(offset: int) -> str:
        asked = request.GET.copy()
        if path:
            asked.clear()
        for name, value in (query | {"offset": str(offset), "limit": str(page.limit)}).items():
            asked[name] = value
        return request.build_absolute_uri(f"{path or request.path}?{asked.urlencode(safe=',:')}")

    return {
        "href": at(page.offset),
        "items": items,
        "limit": page.limit,
        "next": at(page.stop) if page.stop < total and page.limit else None,
        "offset": page.offset,
        "previous": at(max(0, page.offset - page.limit)) if page.offset and page.limit else None,
        "total": total,
    }
