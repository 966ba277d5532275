"""Every provider of the network, against every fault: what a passing one costs, and what a lasting one ends in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reprise.collect import deezer, itunes, lastfm, musicbrainz, reccobeats, spotipy_client
from reprise.collect.base import AccessDeniedError, Pace
from reprise.collect.client import JsonClient
from reprise.collect.spotify import SpotifyCollector, SpotifyService
from reprise.datasets.store import Store

SPOTIFY_ID = "t" + 21 * "1"


def spotify(store: Store, pace: Pace, url: str) -> None:
    service = SpotifyService(api_url=f"{url}/api/", token_url=f"{url}/token")
    with SpotifyCollector(store, accept_policy=True, arguments={}, pace=pace, service=service) as run:
        run.by_genre(["soul"], total=10)


RUNS: dict[str, Callable[[Store, Pace, str], object]] = {
    "spotify": spotify,
    "reccobeats": lambda store, pace, url: reccobeats.collect_features(
        store, pace=pace, api_url=f"{url}/api"
    ),
    "deezer": lambda store, pace, url: deezer.search(store, ["x"], pace=pace, api_url=f"{url}/api"),
    "itunes": lambda store, pace, url: itunes.search(store, ["x"], pace=pace, api_url=f"{url}/api"),
    "lastfm": lambda store, pace, url: lastfm.tracks_by_tag(store, ["x"], pace=pace, api_url=f"{url}/api/"),
    "musicbrainz": lambda store, pace, url: musicbrainz.collect_identifiers(
        store, contact="me", pace=pace, api_url=f"{url}/api"
    ),
}

ANSWERS = {
    "spotify": {"tracks": {"items": [{"id": "abc", "name": "Song", "type": "track"}], "total": 1}},
    "reccobeats": {"content": [{"href": f"https://open.spotify.com/track/{SPOTIFY_ID}", "energy": 0.5}]},
    "deezer": {"data": [{"id": 1, "title": "Song", "artist": {"id": 2, "name": "X"}}], "total": 1},
    "itunes": {"results": [{"kind": "song", "trackId": 1, "trackName": "Song", "artistName": "X"}]},
    "lastfm": {"tracks": {"track": [{"name": "Song", "artist": {"name": "X"}}], "@attr": {"totalPages": "1"}}},
    "musicbrainz": {"recordings": [{"id": "fcbcdc39-8851-4efc-a02a-ab0e13be224f", "score": 100, "title": "Song",
                                    "artist-credit": [{"name": "Somebody"}]}]},
}  # fmt: skip

PASSING = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "7"}},
    "500": {"status": 500},
    "slow": {"delay_s": 0.5},
    "cut off": {"cut_at": 10},
    "malformed": {"body": b'{"tracks": {"items": ['},
    "another shape": {"body": {"surprise": []}},
}


@pytest.fixture(params=RUNS)
def provider(request, server, store, fill, monkeypatch) -> str:
    name: str = request.param
    for secret in ("SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "LASTFM_API_KEY"):
        monkeypatch.setenv(secret, f"{secret.lower()}-of-the-contract")
    monkeypatch.setitem(JsonClient.__init__.__kwdefaults__, "timeout_s", 0.25)
    monkeypatch.setattr(spotipy_client, "TIMEOUT_S", 0.25)
    fill(("spotify", SPOTIFY_ID, "Song", "Somebody", None))
    server.on("^/api", ANSWERS[name])
    server.on(
        "^/token", {"access_token": "token-of-the-contract", "token_type": "Bearer", "expires_in": 3600}
    )
    return name


def requests_of(store: Store, provider: str) -> list[tuple]:
    query = "SELECT state, http_status, attempts FROM requests WHERE provider = ?"
    return list(store.select(query, (provider,)))


def values_of(store: Store, provider: str) -> int:
    """How many rows say that they come from a provider."""
    return sum(
        store.count(f"SELECT count(*) FROM {table} x JOIN provenance p ON p.id = x.provenance_id WHERE p.provider = ?",
                    (provider,))
        for table in ("tracks", "features", "identifiers")
    )  # fmt: skip


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_passing_fault_costs_one_attempt(server, store, reply, pace, fake_time, provider, fault):
    server.fail("^/api", reply(**{"body": ANSWERS[provider], **fault}))
    RUNS[provider](store, pace, server.url)
    assert requests_of(store, provider) == [("done", 200, 2)]
    assert values_of(store, provider) > 0
    assert sum(fake_time.slept) == pytest.approx(7.0 if "headers" in fault else 1.0)
    n = len(server.asked("^/api"))
    RUNS[provider](store, pace, server.url)
    assert len(server.asked("^/api")) == n  # what was answered is not asked again


def test_a_lasting_fault_is_left_for_the_next_run(server, store, reply, pace, provider):
    server.fail("^/api", *[reply(b"", status=500)] * 4)
    RUNS[provider](store, pace, server.url)
    assert requests_of(store, provider) == [("failed", 500, 4)]
    RUNS[provider](store, pace, server.url)
    assert requests_of(store, provider) == [("done", 200, 5)]


def test_nothing_there(server, store, reply, pace, provider):
    server.on("^/api", reply({"error": "nothing"}, status=404))
    for _ in range(2):
        RUNS[provider](store, pace, server.url)
    assert requests_of(store, provider) == [("refused", 404, 1)]
    assert len(server.asked("^/api")) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_no_access(server, store, reply, pace, fake_time, provider, status):
    server.fail("^/api", *[reply({"error": "no"}, status=status)] * 2)
    if provider == "itunes":  # has no keys: says "too fast" like this
        RUNS[provider](store, pace, server.url)
        assert fake_time.slept == [60.0, 60.0]
        assert requests_of(store, provider) == [("done", 200, 3)]
        return
    with pytest.raises(AccessDeniedError, match=f"HTTP {status}"):
        RUNS[provider](store, pace, server.url)
    assert requests_of(store, provider) == []
    [(ended,)] = store.select("SELECT status FROM runs WHERE provider = ?", (provider,))
    assert ended == "stopped"
    # Spotify's 401 may mean that the token ran out: one new token is tried.
    assert len(server.asked("^/api")) == (2 if (provider, status) == ("spotify", 401) else 1)
