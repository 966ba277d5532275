"""Deezer: search, and 30-second previews, without a key.

References
----------
Deezer for Developers, "Search" and "Track": ``GET /search?q=&index=&limit=`` answers ``{"data": [Track],
"total"}``; ``GET /track/isrc:{isrc}`` answers a Track. Errors come with status 200 as ``{"error": {"type",
"message", "code"}}``; code 4 is the quota (50 requests in 5 seconds), 700 a busy service, 800 no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from reprise.collect.base import (
    AccessDeniedError,
    Collection,
    Found,
    Pace,
    Provider,
    RefusedError,
    TransientError,
)
from reprise.collect.client import JsonClient, as_items, as_mapping, dict_in, text_in
from reprise.collect.match import Wanted, first_preview, match_previews
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, whole
from reprise.datasets.store import Store

__all__ = ["API_URL", "PROVIDER", "match", "search"]

PROVIDER = Provider(
    name="deezer", licence="Deezer API terms: previews for personal, non-commercial use", limit=240
)
API_URL = "https://api.deezer.com"
PAGE = 100


def search(
    store: Store,
    queries: Sequence[str],
    *,
    per_query: int = 300,
    genre: str | None = None,
    pace: Pace | None = None,
    api_url: str = API_URL,
) -> str:
    """Search tracks, page by page.

    Parameters
    ----------
    store : Store
        Receives the tracks.
    queries : sequence of str
        As Deezer takes them; ``artist:"..." track:"..."`` narrows.
    per_query : int
        How many tracks are wanted of each.
    genre : str, optional
        A label for all that is found.
    pace, api_url
        As for every collector.

    Returns
    -------
    str
        What was done, in one line.
    """
    labels = (LabelRow(name=genre),) if genre else ()
    arguments = {"queries": list(queries), "per_query": per_query}
    with JsonClient(api_url) as client, Collection(store, PROVIDER, arguments, pace) as run:
        for query in queries:
            for index in range(0, per_query, PAGE):
                n = min(PAGE, per_query - index)
                key = f"search {query} {index}+{n}{f' genre={genre}' if genre else ''}"
                if not run.ask(key, partial(_page, client, query, index, n, labels)).more:
                    break
        return str(run.tally)


def match(store: Store, *, pace: Pace | None = None, api_url: str = API_URL) -> str:
    """Look up every stored track that has no preview: by ISRC where it is known, else by artist and title."""
    with JsonClient(api_url) as client, Collection(store, PROVIDER, {"what": "previews"}, pace) as run:
        return match_previews(run, partial(_match, client))


def _page(client: JsonClient, query: str, index: int, n: int, labels: tuple[LabelRow, ...]) -> Found:
    answer = _get(client, "/search", q=query, index=index, limit=n)
    items = as_items(answer, "data")
    rows = [row for row in (_track(item, labels) for item in items) if row is not None]
    total = whole(answer.get("total"), 0, 1 << 40) or 0
    return Found(tracks=rows, more=bool(items) and index + n < total, malformed=len(items) - len(rows))


def _match(client: JsonClient, wanted: Wanted) -> Found:
    if wanted.isrc and wanted.isrc.isalnum():
        return first_preview(wanted, [_track(_get(client, f"/track/isrc:{wanted.isrc}"), ())], certain=True)
    query = f'artist:"{_plain(wanted.artist)}" track:"{_plain(wanted.title)}"'
    items = as_items(_get(client, "/search", q=query, limit=10), "data")
    return first_preview(wanted, (_track(item, ()) for item in items))


def _get(client: JsonClient, path: str, **parameters: str | int) -> Any:
    answer = as_mapping(client.get(path, **parameters))
    error = dict_in(answer, "error")
    if not error:
        return answer
    code, words = error.get("code"), f"Deezer's error {error.get('code')}: {text_in(error, 'message')}"
    if code == 4:
        raise TransientError(words, retry_after_s=5.0)
    if code == 700:
        raise TransientError(words)
    if code in (200, 300):
        raise AccessDeniedError(f"access denied: {words}")
    raise RefusedError(words)


def _track(item: Any, labels: tuple[LabelRow, ...]) -> TrackRow | None:
    ref = whole(item.get("id"), 1, 1 << 62) if isinstance(item, dict) else None
    artist = dict_in(item, "artist")
    artist_ref = whole(artist.get("id"), 1, 1 << 62)
    if ref is None or artist_ref is None or text_in(item, "title") is None:
        return None
    isrc = text_in(item, "isrc")
    seconds = whole(item.get("duration"), 0, 1 << 30)
    return TrackRow(
        catalogue="deezer",
        ref=str(item["id"]),
        title=text_in(item, "title"),
        artists=(ArtistRow(catalogue="deezer", ref=str(artist["id"]), name=text_in(artist, "name")),),
        album=text_in(dict_in(item, "album"), "title"),
        duration_ms=None if seconds is None else 1000 * seconds,
        explicit=item["explicit_lyrics"] if isinstance(item.get("explicit_lyrics"), bool) else None,
        labels=labels,
        identifiers=(("isrc", isrc),) if isrc else (),
        preview_url=text_in(item, "preview"),
    )


def _plain(text: str) -> str:
    return text.replace('"', " ")
