"""Spotify through spotipy: every way of collecting, the policy's flag, tokens, and what is kept."""

from __future__ import annotations

import pytest

from reprise.collect.base import AccessDeniedError, CollectError
from reprise.collect.spotify import SpotifyCollector, SpotifyService, sweep_values
from reprise.datasets.exchange import export_table
from reprise.errors import ConfigError, ParameterError
from reprise.targets import SPOTIFY_FEATURES, target


def service_at(url: str, **more: int) -> SpotifyService:
    return SpotifyService(api_url=f"{url}/v1/", token_url=f"{url}/api/token", **more)


@pytest.fixture
def collector(spotify_server, store, pace):
    def make(accept_policy: bool = True) -> SpotifyCollector:
        return SpotifyCollector(
            store,
            accept_policy=accept_policy,
            arguments={},
            pace=pace,
            service=service_at(spotify_server.url),
        )

    return make


def count(store, table: str, condition: str = "1") -> int:
    return store.count(f"SELECT count(*) FROM {table} WHERE {condition}")


def test_is_off_until_the_policy_is_accepted(spotify_server, store, collector):
    with pytest.raises(ParameterError, match=r"III\.14.*--accept-spotify-policy"):
        collector(accept_policy=False)
    assert spotify_server.log == []
    assert count(store, "runs") == 0


@pytest.mark.parametrize("name", ["SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"])
def test_keys_come_from_the_environment(collector, monkeypatch, name):
    monkeypatch.setenv(name, " ")
    with pytest.raises(ConfigError, match=name):
        collector()


def test_songs_by_genre_are_spread_evenly(spotify_server, store, collector):
    with collector() as run:
        run.by_genre(["soul", "drum and bass"], total=160)
    searches = spotify_server.asked("/v1/search")
    assert [(r.query["q"], r.query["offset"], r.query["limit"]) for r in searches] == [
        ('genre:"soul"', "0", "50"), ('genre:"soul"', "50", "30"),
        ('genre:"drum and bass"', "0", "50"), ('genre:"drum and bass"', "50", "30"),
    ]  # fmt: skip
    assert all(r.headers["Authorization"] == "Bearer the-token-55d0" for r in searches)
    assert count(store, "tracks") == 160
    labels = "track_labels tl JOIN labels l ON l.id = tl.label_id"
    assert count(store, labels, "l.name = 'soul' AND l.kind = 'genre' AND tl.provider = 'spotify'") == 80
    [(title, album, year, popularity, licence)] = store.select(
        "SELECT title, album, year, t.popularity, p.licence FROM tracks t"
        " JOIN provenance p ON p.id = t.provenance_id ORDER BY t.id LIMIT 1"
    )
    assert (title.split()[0], album, year) == ("Song", "Album", 1999)
    assert popularity is not None
    assert "III.14" in licence
    assert count(store, "identifiers", "scheme = 'isrc'") == 160
    assert count(store, "previews", "state = 'known'") > 100


def test_a_genre_that_runs_out_is_left_and_a_deep_one_is_asked_by_decades(spotify_server, store, collector):
    with collector() as run:
        run.by_genre(["soul"], total=1500)
    queries = [r.query["q"] for r in spotify_server.asked("/v1/search")]
    # 120 songs are found for each query, three pages each, so all seven decades are asked.
    assert len(set(queries)) == 7
    assert len(queries) == 21
    assert queries[0] == 'genre:"soul" year:2020-2029'


def test_pages_can_be_smaller_for_apps_in_development_mode(spotify_server, store, pace):
    service = service_at(spotify_server.url, page_size=10)
    with SpotifyCollector(store, accept_policy=True, arguments={}, pace=pace, service=service) as run:
        run.by_genre(["soul"], total=25)
    assert [r.query["limit"] for r in spotify_server.asked("search")] == ["10", "10", "5"]
    for size in (0, 51):
        with pytest.raises(ParameterError, match="page"):
            SpotifyService(page_size=size)


def test_a_genre_cannot_break_out_of_its_quotes(spotify_server, collector):
    with collector() as run:
        run.by_genre(['x" OR artist:"y'], total=1)
    assert spotify_server.asked("search")[0].query["q"] == 'genre:"x  OR artist: y"'


@pytest.mark.parametrize(("step", "n"), [(0.005, 201), (0.001, 1001)])
def test_a_sweep_covers_the_range_in_even_steps(step, n):
    values = sweep_values("energy", step)
    assert len(values) == n
    assert (values[0], values[1], values[-1]) == (0.0, step, 1.0)
    assert values == sorted(set(values))


def test_a_sweep_fits_the_features_range():
    tempo = sweep_values("tempo", 0.005)
    assert (tempo[0], tempo[-1], len(tempo)) == (target("tempo").low, target("tempo").high, 201)
    assert sweep_values("key", 0.005) == [float(key) for key in range(12)]
    assert sweep_values("mode", 0.005) == [0.0, 1.0]
    for step in (0, -1, 2, 0.3, float("nan")):
        with pytest.raises(ParameterError, match="step"):
            sweep_values("energy", step)
    with pytest.raises(ParameterError):
        sweep_values("enargy", 0.005)


def test_recommendations_are_asked_for_every_value(spotify_server, store, collector):
    with collector() as run:
        run.sweep("valence", 0.05, genres=["pop", "rock"])
    asked = spotify_server.asked("recommendations")
    assert [float(r.query["target_valence"]) for r in asked] == pytest.approx([k / 20 for k in range(21)])
    assert {(r.query["seed_genres"], r.query["limit"]) for r in asked} == {("pop,rock", "100")}
    assert count(store, "tracks") == 21
    with collector() as run, pytest.raises(ParameterError, match="seed"):
        run.sweep("valence", 0.05, genres=[])


def test_top_artists_of_genres_give_their_top_tracks(spotify_server, store, collector):
    with collector() as run:
        run.top_of_genres(["soul"], artists=3)
    assert spotify_server.asked("search")[0].query["type"] == "artist"
    asked = [r.path for r in spotify_server.asked("top-tracks")]
    assert [path.split("/")[3][-1] for path in asked] == ["2", "1", "0"]  # the most popular first
    assert count(store, "tracks") == 30
    assert count(store, "artists", "popularity IS NOT NULL") == 3
    assert count(store, "artist_labels") == 6


def test_playlists_lead_to_artists_to_related_artists_to_top_tracks(spotify_server, store, collector):
    with collector() as run:
        run.from_playlists(["37i9dQZF1DXcBWIGoYBM5M"])
    assert [r.query["offset"] for r in spotify_server.asked("playlists")] == ["0", "100"]
    assert len(spotify_server.asked("related-artists")) == 7
    tops = {r.path.split("/")[3][-2:] for r in spotify_server.asked("top-tracks")}
    assert tops == {"00", "01", "02", "03", "04", "05", "06", "11", "12"}  # 11 and 12 only by relation
    assert count(store, "tracks") == 148 + 90
    assert run.tally.malformed == 2  # an empty place and a local file


def test_only_songs_with_all_features_are_kept(spotify_server, store, collector, tmp_path):
    def features(request):
        found = []
        for i, ref in enumerate(request.query["ids"].split(",")):
            values = {"id": ref, **dict.fromkeys(SPOTIFY_FEATURES, 0.5)}
            if i == 1:
                values["tempo"] = None
            found.append(None if i == 0 else values)
        return {"audio_features": found}

    spotify_server.on("^/v1/audio-features/?$", features)
    with collector() as run:
        run.by_genre(["soul", "funk"], total=240)
        run.audio_features()
    batches = [len(r.query["ids"].split(",")) for r in spotify_server.asked("audio-features")]
    assert batches == [100, 100, 40]
    assert count(store, "tracks") == 240 - 6
    assert count(store, "features", "known = 12 AND provider = 'spotify'") == 234
    assert count(store, "rejects", "reason = 'audio features missing'") == 6
    assert run.tally.removed == 6
    assert export_table(store, "tracks_features", tmp_path / "out.csv") == 234
    # They stay out when they are found again, and nothing is asked twice.
    n = len(spotify_server.log)
    with collector() as run:
        run.by_genre(["soul", "funk"], total=238)  # other pages, the same songs
        run.audio_features()
    assert count(store, "tracks") == 234
    assert [r.path for r in spotify_server.log[n:] if "features" in r.path] == []


def test_popularity_is_completed_fifty_at_a_time(spotify_server, store, collector, fill):
    fill(*(("spotify", f"t{n:021d}", "Song", "X", None) for n in range(120)))
    with collector() as run:
        run.popularity()
    assert [len(r.query["ids"].split(",")) for r in spotify_server.asked("/v1/tracks")] == [50, 50, 20]
    assert count(store, "tracks", "popularity IS NULL") == 0


def test_a_token_that_ran_out_is_renewed_once(spotify_server, store, reply, collector):
    spotify_server.fail(
        "search", reply({"error": {"status": 401, "message": "The access token expired"}}, status=401)
    )
    with collector() as run:
        run.by_genre(["soul"], total=10)
    assert count(store, "tracks") == 10
    assert len(spotify_server.asked("token")) == 2
    closed = reply({"error": {"status": 401, "message": "no"}}, status=401)
    spotify_server.fail("search", closed, closed, closed)
    with pytest.raises(AccessDeniedError), collector() as run:
        run.by_genre(["funk"], total=10)


def test_wrong_keys_and_a_busy_token_service_are_told_apart(
    spotify_server, store, reply, collector, fake_time
):
    spotify_server.fail("token", reply(b"", status=503, headers={"Retry-After": "11"}))
    with collector() as run:
        run.by_genre(["soul"], total=10)
    assert (count(store, "tracks"), fake_time.slept) == (10, [11.0])
    spotify_server.on("token", reply({"error": "invalid_client"}, status=400))
    with pytest.raises(AccessDeniedError, match="SPOTIPY_CLIENT_ID"), collector() as run:
        run.by_genre(["funk"], total=10)


def test_an_app_without_access_is_told_so(spotify_server, store, reply, collector):
    spotify_server.on(
        "recommendations", reply({"error": {"status": 403, "message": "Forbidden"}}, status=403)
    )
    with pytest.raises(CollectError, match="access denied: HTTP 403"), collector() as run:
        run.sweep("energy", 0.005, genres=["pop"])
    assert len(spotify_server.asked("recommendations")) == 1


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 429, "headers": {"Retry-After": "3"}}, {"cut_at": 20}, {"body": b"{oops"},
     {"body": {"tracks": None}}, {"body": {}}, {"body": []}, {"body": b"null"}],
    ids=str,
)  # fmt: skip
def test_faults_pass_through_spotipy(spotify_server, store, reply, collector, fake_time, fault):
    spotify_server.fail("search", reply(**{"body": {"tracks": {"items": [], "total": 0}}, **fault}))
    with collector() as run:
        run.by_genre(["soul"], total=10)
    assert count(store, "tracks") == 10
    assert len(fake_time.slept) == 1
    assert count(store, "requests", "state = 'done' AND attempts = 2") == 1


def test_hostile_items_are_left_out(spotify_server, store, collector):
    fine = {"id": "fine", "name": "\x1b[31mred\x00 \ud800", "duration_ms": 10**30, "popularity": "x",
            "artists": "nobody", "album": [], "external_ids": {"isrc": {}}, "preview_url": 7}  # fmt: skip
    hostile = [
        None,
        7,
        "x",
        [],
        {},
        {"id": None},
        {"id": "../../etc"},
        {"id": "a" * 100},
        {"id": "x", "type": "episode"},
    ]
    spotify_server.on("search", {"tracks": {"items": [*hostile, fine], "total": "many"}})
    with collector() as run:
        run.by_genre(["soul"], total=10)
    [row] = store.select("SELECT ref, title, duration_ms, popularity FROM tracks")
    assert row == ("fine", "[31mred", None, None)
    assert run.tally.malformed == len(hostile)
