"""Songs that Deezer or iTunes know, asked by this server when the owner has turned that on.

What comes back is a stranger's word: it is bounded in time and size, and cleaned before anybody sees it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from reprise.errors import CollectError, MissingDependencyError

__all__ = ["API_URLS", "OnlineSong", "search_online"]

API_URLS = {"deezer": "https://api.deezer.com", "itunes": "https://itunes.apple.com"}
"""Where each provider is asked."""

_TIMEOUT_S, _MAX_BYTES, _MAX_TEXT = 3.0, 1 << 20, 200

Provider = Literal["deezer", "itunes"]


@dataclass(frozen=True, kw_only=True)
class OnlineSong:
    """A song of a provider; ``preview_url`` is 30 seconds of it."""

    provider: Provider
    title: str
    artist: str
    preview_url: str


def search_online(text: str, provider: Provider, limit: int = 8) -> list[OnlineSong]:
    """Ask a provider for songs.

    Parameters
    ----------
    text : str
        Title, artist or both.
    provider : {"deezer", "itunes"}
    limit : int
        At most so many.

    Returns
    -------
    list of OnlineSong
        Those with a preview, in the provider's order.

    Raises
    ------
    CollectError
        If there was no proper answer within 3 s.
    MissingDependencyError
        If httpx is not installed.
    """
    text = " ".join(text.split())[:_MAX_TEXT]
    if not text:
        return []
    answer = _ask(provider, text, limit)
    items = answer.get("data" if provider == "deezer" else "results") if isinstance(answer, dict) else None
    return _songs(provider, items if isinstance(items, list) else [])[:limit]


def _ask(provider: Provider, text: str, limit: int) -> Any:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise MissingDependencyError("httpx", "web") from error
    from reprise.collect.base import TransientError
    from reprise.collect.client import USER_AGENT, decode_json, read_limited

    path, parameters = {
        "deezer": ("/search", {"q": text, "limit": str(2 * limit)}),
        "itunes": ("/search", {"term": text, "media": "music", "entity": "song", "limit": str(2 * limit)}),
    }[provider]
    try:
        with httpx.stream(
            "GET",
            API_URLS[provider] + path,
            params=parameters,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=_TIMEOUT_S,
            follow_redirects=False,
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise CollectError(f"{provider} answered {response.status_code}; try again later")
            return decode_json(read_limited(response.iter_bytes(), _MAX_BYTES, _TIMEOUT_S))
    except httpx.HTTPError as error:
        raise CollectError(f"{provider} gave no answer in time ({type(error).__name__})") from None
    except TransientError as error:
        raise CollectError(f"{provider} gave {error}; try again later") from None


def _songs(provider: Provider, items: Iterable[Any]) -> list[OnlineSong]:
    songs = []
    for item in items:
        if not isinstance(item, dict):
            continue
        artist = item.get("artist")
        if provider == "deezer":
            said = (
                item.get("title"),
                artist.get("name") if isinstance(artist, dict) else None,
                item.get("preview"),
            )
        else:
            said = (item.get("trackName"), item.get("artistName"), item.get("previewUrl"))
        title, by, url = _clean(said[0]), _clean(said[1]), str(said[2])
        if title and by and _is_address(url):
            songs.append(OnlineSong(provider=provider, title=title, artist=by, preview_url=url))
    return songs


def _clean(text: Any) -> str:
    """Return a text on one line without characters that control or turn it."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())[
        :_MAX_TEXT
    ]


def _is_address(url: Any) -> bool:
    if (
        not isinstance(url, str)
        or len(url) > 2000
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
