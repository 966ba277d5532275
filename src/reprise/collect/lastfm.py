"""Last.fm: the top tags of tracks, and the top tracks of tags. Needs ``LASTFM_API_KEY``.

References
----------
Last.fm, "API documentation": ``track.getTopTags`` answers ``{"toptags": {"tag": [{"name", "count"}]}}``,
``tag.getTopTracks`` answers ``{"tracks": {"track": [...], "@attr": {"page", "totalPages"}}}``. Errors may
come with status 200 as ``{"error": 29, "message": "Rate limit exceeded"}``.
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
from reprise.collect.credentials import hide, read_secret
from reprise.collect.match import Wanted, wanted_tracks
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, name_key, number, whole
from reprise.datasets.store import Store

__all__ = ["API_URL", "PROVIDER", "top_tags", "tracks_by_tag"]

PROVIDER = Provider(name="lastfm", licence="Last.fm API terms of service: non-commercial use", limit=100)
API_URL = "https://ws.audioscrobbler.com/2.0/"
PAGE = 50

_BUSY, _RATE, _DENIED = {8, 11, 16}, {29}, {4, 9, 10, 14, 26}


def top_tags(store: Store, *, pace: Pace | None = None, api_url: str = API_URL) -> str:
    """Ask for the tags of every stored track that has none from Last.fm.

    Parameters
    ----------
    store : Store
        Holds the tracks; receives the tags, each with its count of 0..100.
    pace, api_url
        As for every collector.

    Returns
    -------
    str
        What was done, in one line.

    Raises
    ------
    ConfigError
        If ``LASTFM_API_KEY`` is not in the environment.
    """
    lacking = "NOT EXISTS (SELECT 1 FROM track_labels l WHERE l.track_id = t.id AND l.provider = :provider)"
    with _client(api_url) as client, Collection(store, PROVIDER, {"what": "top tags"}, pace) as run:
        for wanted in wanted_tracks(store, lacking, "lastfm"):
            run.ask(f"track.getTopTags {wanted.catalogue} {wanted.ref}", partial(_tags, client, wanted))
        return str(run.tally)


def tracks_by_tag(
    store: Store, tags: Sequence[str], *, per_tag: int = 500, pace: Pace | None = None, api_url: str = API_URL
) -> str:
    """Collect the top tracks of tags, `per_tag` of each; the tag becomes theirs."""
    arguments = {"tags": list(tags), "per_tag": per_tag}
    with _client(api_url) as client, Collection(store, PROVIDER, arguments, pace) as run:
        for tag in tags:
            for page in range(1, -(-per_tag // PAGE) + 1):
                if not run.ask(f"tag.getTopTracks {tag} page {page}", partial(_top, client, tag, page)).more:
                    break
        return str(run.tally)


def _client(api_url: str) -> JsonClient:
    key = read_secret("LASTFM_API_KEY", "a Last.fm API key")
    return JsonClient(api_url, parameters={"api_key": key, "format": "json"})


def _tags(client: JsonClient, wanted: Wanted) -> Found:
    answer = _get(client, "track.getTopTags", artist=wanted.artist, track=wanted.title, autocorrect=1)
    given = dict_in(answer, "toptags").get("tag", [])
    labels = [
        LabelRow(name=item["name"], kind="tag", weight=number(item.get("count")))
        for item in (given if isinstance(given, list) else [given])  # a single tag comes without its list
        if text_in(item, "name")
    ]
    return Found(tracks=[TrackRow(catalogue=wanted.catalogue, ref=wanted.ref, labels=tuple(labels))])


def _top(client: JsonClient, tag: str, page: int) -> Found:
    answer = _get(client, "tag.getTopTracks", tag=tag, limit=PAGE, page=page)
    items = as_items(answer, "tracks", "track")
    rows = [row for row in (_track(item, tag) for item in items) if row is not None]
    pages = whole(dict_in(dict_in(answer, "tracks"), "@attr").get("totalPages"), 0, 1 << 40) or 0
    return Found(tracks=rows, more=bool(items) and page < pages, malformed=len(items) - len(rows))


def _track(item: Any, tag: str) -> TrackRow | None:
    artist, title = text_in(dict_in(item, "artist"), "name"), text_in(item, "name")
    if artist is None or title is None:
        return None
    seconds = whole(item.get("duration"), 1, 1 << 30)  # 0 stands for unknown
    mbid = text_in(item, "mbid")
    return TrackRow(
        catalogue="lastfm",
        ref=f"{name_key(artist)} / {name_key(title)}",  # Last.fm has no ids of its own
        title=title,
        artists=(ArtistRow(name=artist),),
        duration_ms=None if seconds is None else 1000 * seconds,
        labels=(LabelRow(name=tag, kind="tag"),),
        identifiers=(("musicbrainz", mbid),) if mbid else (),
    )


def _get(client: JsonClient, method: str, **parameters: str | int) -> Any:
    answer = as_mapping(client.get("", method=method, **parameters))
    code = answer.get("error")
    if code is None:
        return answer
    words = f"Last.fm's error {code}: {hide(text_in(answer, 'message'))}"
    if code in _RATE:
        raise TransientError(words, retry_after_s=10.0)
    if code in _BUSY:
        raise TransientError(words)
    if code in _DENIED:
        raise AccessDeniedError(f"access denied: {words}")
    raise RefusedError(words)
