"""The iTunes Search API: songs and 30-second previews, without a key.

References
----------
Apple, "iTunes Search API": ``GET /search?term=&media=music&entity=song&limit=&country=`` answers
``{"resultCount", "results": [...]}`` with at most 200 results and no further pages; about 20 requests a
minute are allowed, and more are answered with 403.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from reprise.collect.base import AccessDeniedError, Collection, Found, Pace, Provider, TransientError
from reprise.collect.client import JsonClient, as_items, text_in
from reprise.collect.match import Wanted, first_preview, match_previews
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, whole
from reprise.datasets.store import Store

__all__ = ["API_URL", "PROVIDER", "match", "search"]

PROVIDER = Provider(
    name="itunes", licence="iTunes Search API terms: previews only to promote the store's content", limit=10
)
API_URL = "https://itunes.apple.com"
MAX_RESULTS = 200


def search(
    store: Store,
    terms: Sequence[str],
    *,
    limit: int = MAX_RESULTS,
    country: str = "US",
    pace: Pace | None = None,
    api_url: str = API_URL,
) -> str:
    """Search songs.

    Parameters
    ----------
    store : Store
        Receives the tracks.
    terms : sequence of str
        What one would type.
    limit : int
        How many songs are wanted for each term, up to 200.
    country : str
        Whose store, two letters.
    pace, api_url
        As for every collector.

    Returns
    -------
    str
        What was done, in one line.
    """
    limit = min(limit, MAX_RESULTS)
    arguments = {"terms": list(terms), "limit": limit, "country": country}
    with JsonClient(api_url) as client, Collection(store, PROVIDER, arguments, pace) as run:
        for term in terms:
            run.ask(f"search {term} {limit} {country}", partial(_search, client, term, limit, country))
        return str(run.tally)


def match(store: Store, *, country: str = "US", pace: Pace | None = None, api_url: str = API_URL) -> str:
    """Look up every stored track that has no preview, by artist and title."""
    arguments = {"what": "previews", "country": country}
    with JsonClient(api_url) as client, Collection(store, PROVIDER, arguments, pace) as run:
        return match_previews(run, partial(_match, client, country), suffix=f" {country}")


def _search(client: JsonClient, term: str, limit: int, country: str) -> Found:
    items = _results(client, term, limit, country)
    rows = [row for row in map(_track, items) if row is not None]
    return Found(tracks=rows, malformed=len(items) - len(rows))


def _match(client: JsonClient, country: str, wanted: Wanted) -> Found:
    return first_preview(
        wanted, map(_track, _results(client, f"{wanted.artist} {wanted.title}", 10, country))
    )


def _results(client: JsonClient, term: str, limit: int, country: str) -> list[Any]:
    try:
        answer = client.get("/search", term=term, media="music", entity="song", limit=limit, country=country)
    except AccessDeniedError as error:
        # There is no key that could be wrong: this is how the service says that it was asked too often.
        raise TransientError(f"asked too often: {error}", status=403, retry_after_s=60.0) from None
    return as_items(answer, "results")


def _track(item: Any) -> TrackRow | None:
    if not isinstance(item, dict) or item.get("kind") != "song" or not isinstance(item.get("trackId"), int):
        return None
    artist_id, genre = item.get("artistId"), text_in(item, "primaryGenreName")
    explicitness, released = text_in(item, "trackExplicitness"), text_in(item, "releaseDate")
    artist = ArtistRow(name=text_in(item, "artistName"))
    if isinstance(artist_id, int):
        artist = ArtistRow(catalogue="itunes", ref=str(artist_id), name=text_in(item, "artistName"))
    return TrackRow(
        catalogue="itunes",
        ref=str(item["trackId"]),
        title=text_in(item, "trackName"),
        artists=(artist,),
        album=text_in(item, "collectionName"),
        duration_ms=whole(item.get("trackTimeMillis"), 0, 1 << 40),
        explicit=explicitness == "explicit" if explicitness else None,
        year=whole(released[:4], 1, 9999) if released else None,
        labels=(LabelRow(name=genre),) if genre else (),
        preview_url=text_in(item, "previewUrl"),
    )
