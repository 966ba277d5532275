"""Asking another music server that speaks Subsonic's protocol for all of its songs."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from reprise.errors import ParameterError
from reprise.web.library.neighbour_ids import Song

__all__ = ["list_songs"]

_PAGE = 500
_MOST_SONGS = 2_000_000
_MOST_PAGE_BYTES = 32 << 20
_TIMEOUT_S = 30.0


def list_songs(url: str, *, user: str = "", password: str = "", api_key: str = "") -> Iterator[Song]:
    """Yield every song of a server, as its method ``search3`` lists them for an empty query.

    Parameters
    ----------
    url : str
        Where it is, as ``http://localhost:4533``. It may be inside this network: it is the owner who says it.
    user, password : str
        Only a salted hash of the password is sent.
    api_key : str
        Instead of both.

    Yields
    ------
    Song

    Raises
    ------
    ParameterError
        If it cannot be reached, refuses, or answers what no such server does.
    """
    base = _base(url)
    login = {"apiKey": api_key} if api_key else _token(user, password)
    with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
        for offset in range(0, _MOST_SONGS, _PAGE):
            asked = {
                "query": "", "songCount": str(_PAGE), "songOffset": str(offset), "artistCount": "0", "albumCount": "0",
                "v": "1.16.1", "c": "reprise", "f": "json",
            }  # fmt: skip
            rows = _songs(_ask(client, f"{base}/rest/search3.view", asked | login))
            yield from (_song(row) for row in rows)
            if len(rows) < _PAGE:
                return


def _base(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query:
        raise ParameterError("url: name the server as http://HOST:PORT; user and password go elsewhere")
    return str(parsed).rstrip("/")


def _token(user: str, password: str) -> dict[str, str]:
    salt = secrets.token_hex(8)
    # Subsonic's protocol says MD5.
    digest = hashlib.md5((password + salt).encode(), usedforsecurity=False).hexdigest()
    return {"u": user, "t": digest, "s": salt}


def _ask(client: httpx.Client, url: str, asked: Mapping[str, str]) -> dict[str, Any]:
    body = bytearray()
    try:
        with client.stream("GET", url, params=dict(asked)) as answer:
            if answer.status_code != 200:
                raise ParameterError(f"the server answers with HTTP status {answer.status_code}")
            for part in answer.iter_bytes():
                body += part
                if len(body) > _MOST_PAGE_BYTES:
                    raise ParameterError("the server sends more than a list of songs can be")
    except httpx.HTTPError as error:
        # Its text could hold the address with the token.
        raise ParameterError(f"the server cannot be asked: {type(error).__name__}") from None
    try:
        response = json.loads(body)["subsonic-response"]
        if response["status"] == "ok":
            return dict(response)
        reason = str(response.get("error", {}).get("message") or "it does not say why")[:200]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ParameterError("what answers at this address is no Subsonic server") from None
    raise ParameterError(f"the server refuses: {reason}")


def _songs(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = response.get("searchResult3")
    rows = found.get("song") if isinstance(found, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _song(row: Mapping[str, Any]) -> Song:
    isrc = row.get("isrc")
    duration = row.get("duration")
    return Song(
        id=_text(row.get("id")),
        artist_id=_text(row.get("artistId")),
        title=_text(row.get("title")),
        artist=_text(row.get("artist")),
        album=_text(row.get("album")),
        path=_text(row.get("path")),
        musicbrainz_id=_text(row.get("musicBrainzId")),
        isrc=_text(isrc[0] if isinstance(isrc, list) and isrc else isrc),
        duration_s=float(duration) if isinstance(duration, int | float) and 0 < duration < 1e7 else None,
    )


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value[:4096] if isinstance(value, str) else ""
