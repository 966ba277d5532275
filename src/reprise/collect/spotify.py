"""Spotify's Web API, for apps that still have access to it, through spotipy.

Off until the caller says that the Developer Policy was read: its section III.14 forbids training models on
Spotify's content. The endpoints for recommendations, related artists and audio features were closed to new
apps in November 2024; without access the run stops and says so.

References
----------
Spotify, "Developer Policy", section III.14; "Web API Reference" (2024).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from reprise.collect.base import Collection, Found, Pace, Provider
from reprise.collect.client import as_items, as_mapping, dict_in, list_in
from reprise.collect.spotipy_client import SpotipyClient
from reprise.datasets.rows import ArtistRow, LabelRow, Reject, TrackRow, features_of, whole
from reprise.datasets.store import Store
from reprise.errors import ParameterError
from reprise.targets import target

__all__ = ["API_URL", "POLICY", "PROVIDER", "TOKEN_URL", "SpotifyCollector", "SpotifyService", "sweep_values"]

POLICY = "Spotify Developer Policy, section III.14: not for training machine learning or AI models"
PROVIDER = Provider(name="spotify", licence=POLICY, limit=90)
API_URL = "https://api.spotify.com/v1/"
TOKEN_URL = "https://accounts.spotify.com/api/token"

SEARCH_DEPTH = 1000
"""Search gives no more than so many results for one query."""

_DECADES = ("2020-2029", "2010-2019", "2000-2009", "1990-1999", "1980-1989", "1970-1979", "1900-1969")


def sweep_values(feature: str, step: float) -> list[float]:
    """Return the targets of a sweep: 0, step, 2 step .. 1, stretched over the feature's range.

    Parameters
    ----------
    feature : str
        One of the twelve audio features. Those in 0..1 are swept as they are; tempo and loudness over their
        range in bpm and dB; key, mode and time signature over their whole numbers.
    step : float
        0.0005..1; 0.005 gives 201 values, 0.001 gives 1001.
    """
    if not 0.0005 <= step <= 1:
        raise ParameterError(f"a sweep's step is within 0.0005..1, not {step}")
    row = target(feature)
    if feature in ("key", "mode", "time_signature"):
        return [float(value) for value in range(max(0, int(row.low)), int(row.high) + 1)]
    n = round(1 / step)
    if abs(n * step - 1) > 1e-9:
        raise ParameterError(f"a sweep's step must divide 1 evenly; {step} does not")
    return [round(row.low + (row.high - row.low) * k / n, 6) for k in range(n + 1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SpotifyService:
    """Where Spotify is, and how large its pages are.

    Attributes
    ----------
    api_url, token_url : str
        Another server that speaks the same language, in place of Spotify's.
    page_size : int
        Results on a page of search, 1..50; since 2026 apps in development mode get no more than 10.
    """

    api_url: str = API_URL
    token_url: str = TOKEN_URL
    page_size: int = 50

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 50:
            raise ParameterError(f"a page of search has 1..50 results, not {self.page_size}")


class SpotifyCollector:
    """Searches, sweeps and walks through Spotify's catalogue; used in a ``with`` block.

    Parameters
    ----------
    store : Store
        Where tracks, artists, features and preview addresses go.
    accept_policy : bool
        Must be true: whoever calls has read the Developer Policy, section III.14.
    arguments : mapping
        For the log of runs.
    pace : Pace, optional
        How patient it is.
    service : SpotifyService, optional
        Where Spotify is, and how large its pages are.

    Raises
    ------
    ParameterError
        If the policy is not accepted.
    ConfigError
        If ``SPOTIPY_CLIENT_ID`` or ``SPOTIPY_CLIENT_SECRET`` is not in the environment.
    """

    def __init__(
        self,
        store: Store,
        *,
        accept_policy: bool,
        arguments: dict[str, Any],
        pace: Pace | None = None,
        service: SpotifyService | None = None,
    ) -> None:
        if not accept_policy:
            raise ParameterError(
                "Spotify's Developer Policy, section III.14, forbids using its content to train"
                " machine learning models; pass --accept-spotify-policy if you have read it and may use it"
            )
        service = service or SpotifyService()
        self._page = service.page_size
        self._spotify = SpotipyClient(service.api_url, service.token_url)
        self._api = self._spotify.api
        self._run = Collection(store, PROVIDER, arguments, pace)
        self.store, self.tally = store, self._run.tally

    def __enter__(self) -> SpotifyCollector:
        self._run.__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        self._run.__exit__(*details)

    # What can be collected

    def by_genre(self, genres: Sequence[str], total: int = 20_000) -> None:
        """Search tracks by genre, `total` of them spread evenly over the genres.

        A query gives at most 1,000 results; where a genre needs more, it is asked about decade by decade.
        """
        each = -(-total // max(1, len(genres)))
        for genre in genres:
            queries = [f'genre:"{_plain(genre)}"']
            if each > SEARCH_DEPTH:
                queries = [f"{queries[0]} year:{decade}" for decade in _DECADES]
            left = each
            for query in queries:
                left -= self._search_tracks(query, genre, min(left, SEARCH_DEPTH))
                if left <= 0:
                    break

    def sweep(self, feature: str, step: float = 0.005, *, genres: Sequence[str]) -> None:
        """Ask for recommendations at every value of one feature, so that its whole range is covered.

        Parameters
        ----------
        feature : str
            One of the twelve audio features.
        step : float
            See `sweep_values`.
        genres : sequence of str
            One to five seed genres.
        """
        if not 1 <= len(genres) <= 5:
            raise ParameterError("recommendations take one to five seed genres")
        for value in sweep_values(feature, step):
            number = int(value) if value.is_integer() and target(feature).high > 1 else value
            fetch = partial(self._recommended, genres, {f"target_{feature}": number})
            self._run.ask(f"recommendations {','.join(genres)} target_{feature}={number:g}", fetch)

    def top_of_genres(self, genres: Sequence[str], artists: int = 20, country: str = "US") -> None:
        """Find the most popular artists of each genre, and their top tracks."""
        for genre in genres:
            found: list[str] = []
            for offset in range(0, min(artists, SEARCH_DEPTH), self._page):
                n = min(self._page, artists - offset)
                fetch = partial(self._search_artists, genre, n, offset)
                outcome = self._run.ask(f"search artist genre={genre} {offset}+{n}", fetch)
                found += outcome.follow
                if not outcome.more:
                    break
            self._top_tracks(found, country, genre)

    def from_playlists(self, playlists: Sequence[str], country: str = "US") -> None:
        """Walk from playlists to their artists, on to related artists, and to everyone's top tracks."""
        artists: dict[str, None] = {}
        for playlist in playlists:
            offset, more = 0, True
            while more:
                fetch = partial(self._playlist_page, playlist, offset)
                outcome = self._run.ask(f"playlist {playlist} {offset}+100", fetch)
                artists.update(dict.fromkeys(outcome.follow))
                offset, more = offset + 100, outcome.more
        for artist in list(artists):
            related = self._run.ask(f"related {artist}", partial(self._related, artist))
            artists.update(dict.fromkeys(related.follow))
        self._top_tracks(artists, country)

    def audio_features(self) -> None:
        """Ask for the audio features of all tracks that lack them, a hundred at a time.

        A track for which one of the twelve is missing is deleted, and noted as rejected so that it stays out.
        """
        lacking = "NOT EXISTS (SELECT 1 FROM features f WHERE f.track_id = t.id AND f.provider = 'spotify')"
        for ids in self._pending(lacking, 100):
            self._run.ask(_batch_key("audio-features", ids), partial(self._features, ids))

    def popularity(self) -> None:
        """Ask for the full account of all tracks whose popularity is unknown, fifty at a time."""
        for ids in self._pending("t.popularity IS NULL", 50):
            self._run.ask(_batch_key("tracks", ids), partial(self._full_tracks, ids))

    # One request each

    def _search_tracks(self, query: str, genre: str, wanted: int) -> int:
        """Page through a search; return how many tracks it gave, now or in an earlier run."""
        seen = 0
        for offset in range(0, wanted, self._page):
            n = min(self._page, wanted - offset)
            fetch = partial(self._track_page, query, genre, n, offset)
            outcome = self._run.ask(f"search track {query} {offset}+{n}", fetch)
            seen += len(outcome.follow)
            if not outcome.more:
                break
        return seen

    def _track_page(self, query: str, genre: str, n: int, offset: int) -> Found:
        answer = self._spotify.call(partial(self._api.search, query, limit=n, offset=offset, type="track"))
        page = as_mapping(answer, "tracks")
        found = _tracks_in(as_items(page, "items"), (LabelRow(name=genre),))
        follow = [row.ref for row in found.tracks]
        return replace(found, follow=follow, more=_has_more(page, offset + n))

    def _recommended(self, genres: Sequence[str], wish: dict[str, Any]) -> Found:
        send = partial(self._api.recommendations, seed_genres=list(genres), limit=100, **wish)
        return _tracks_in(as_items(self._spotify.call(send), "tracks"))

    def _full_tracks(self, ids: Sequence[str]) -> Found:
        return _tracks_in(as_items(self._spotify.call(partial(self._api.tracks, ids)), "tracks"))

    def _search_artists(self, genre: str, n: int, offset: int) -> Found:
        query = f'genre:"{_plain(genre)}"'
        answer = self._spotify.call(partial(self._api.search, query, limit=n, offset=offset, type="artist"))
        page = as_mapping(answer, "artists")
        return replace(_artists_in(as_items(page, "items")), more=_has_more(page, offset + n))

    def _top_tracks(self, artists: Iterable[str], country: str, genre: str | None = None) -> None:
        labels = (LabelRow(name=genre),) if genre else ()
        for artist in artists:
            fetch = partial(self._top_of_artist, artist, country, labels)
            self._run.ask(f"top-tracks {artist} {country}{f' genre={genre}' if genre else ''}", fetch)

    def _top_of_artist(self, artist: str, country: str, labels: tuple[LabelRow, ...]) -> Found:
        answer = self._spotify.call(partial(self._api.artist_top_tracks, artist, country))
        return _tracks_in(as_items(answer, "tracks"), labels)

    def _playlist_page(self, playlist: str, offset: int) -> Found:
        send = partial(self._api.playlist_items, playlist, limit=100, offset=offset)
        answer = self._spotify.call(partial(send, additional_types=("track",)))
        items = as_items(answer, "items")
        found = _tracks_in(
            [item.get("track") or item.get("item") for item in items if isinstance(item, dict)]
        )
        artists = dict.fromkeys(artist.ref for row in found.tracks for artist in row.artists if artist.ref)
        return replace(found, follow=list(artists), more=_has_more(answer, offset + 100))

    def _related(self, artist: str) -> Found:
        answer = self._spotify.call(partial(self._api.artist_related_artists, artist))
        return _artists_in(as_items(answer, "artists"))

    def _features(self, ids: Sequence[str]) -> Found:
        answer = self._spotify.call(partial(self._api.audio_features, list(ids)))
        complete: dict[str, TrackRow] = {}
        for item in as_items(answer):
            if not isinstance(item, dict) or item.get("id") not in ids:
                continue
            values = features_of(item)
            if None not in values:
                complete[item["id"]] = TrackRow(catalogue="spotify", ref=item["id"], features=values)
        missing = [ref for ref in ids if ref not in complete]
        return Found(
            tracks=list(complete.values()),
            rejects=[
                Reject(catalogue="spotify", ref=ref, reason="audio features missing") for ref in missing
            ],
            remove=[("spotify", ref) for ref in missing],
        )

    def _pending(self, condition: str, n: int) -> Iterator[list[str]]:
        """Yield batches of ids of stored tracks that meet a condition, each track once."""
        last = 0
        while True:
            query = (
                "SELECT t.id, t.ref FROM tracks t WHERE t.catalogue = 'spotify' AND t.id > ?"
                f" AND {condition} AND t.ref NOT GLOB '*[^0-9A-Za-z]*' ORDER BY t.id LIMIT ?"
            )
            rows = list(self.store.select(query, (last, n)))
            if not rows:
                return
            last = rows[-1][0]
            yield [ref for _, ref in rows]


def _tracks_in(items: Sequence[Any], labels: tuple[LabelRow, ...] = ()) -> Found:
    rows = [_track(item, labels) for item in items]
    tracks = [row for row in rows if row is not None]
    return Found(tracks=tracks, malformed=len(rows) - len(tracks))


def _artists_in(items: Sequence[Any]) -> Found:
    """Read ArtistObjects, the most popular first."""
    known = [artist for artist in map(_artist, items) if artist is not None]
    known.sort(key=lambda artist: -(artist.popularity or 0))
    return Found(artists=known, follow=[artist.ref for artist in known if artist.ref])


def _track(item: Any, labels: tuple[LabelRow, ...]) -> TrackRow | None:
    """Read a TrackObject; local files and episodes in playlists are none."""
    if not isinstance(item, dict) or item.get("type", "track") != "track" or not _is_id(item.get("id")):
        return None
    album = dict_in(item, "album")
    released, isrc = album.get("release_date"), dict_in(item, "external_ids").get("isrc")
    return TrackRow(
        catalogue="spotify",
        ref=item["id"],
        title=item.get("name"),
        artists=tuple(artist for artist in map(_artist, list_in(item, "artists")) if artist is not None),
        album=album.get("name"),
        duration_ms=whole(item.get("duration_ms"), 0, 1 << 40),
        popularity=whole(item.get("popularity"), 0, 100),
        explicit=item.get("explicit") if isinstance(item.get("explicit"), bool) else None,
        year=whole(released[:4], 1, 9999) if isinstance(released, str) else None,
        labels=labels,
        identifiers=(("isrc", isrc),) if isinstance(isrc, str) else (),
        preview_url=item.get("preview_url") if isinstance(item.get("preview_url"), str) else None,
    )


def _artist(item: Any) -> ArtistRow | None:
    if not isinstance(item, dict) or not _is_id(item.get("id")):
        return None
    return ArtistRow(
        catalogue="spotify",
        ref=item["id"],
        name=item.get("name"),
        popularity=whole(item.get("popularity"), 0, 100),
        genres=tuple(genre for genre in list_in(item, "genres") if isinstance(genre, str)),
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii() and value.isalnum()


def _has_more(page: Any, position: int) -> bool:
    total = whole(page.get("total"), 0, 1 << 40) if isinstance(page, dict) else None
    return bool(page.get("items")) and total is not None and position < total


def _plain(text: str) -> str:
    return text.replace('"', " ").strip()


def _batch_key(what: str, ids: Sequence[str]) -> str:
    digest = hashlib.sha256(",".join(ids).encode()).hexdigest()[:24]
    return f"{what} {len(ids)} ids {digest}"
