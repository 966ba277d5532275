"""``GET /v1/recommendations`` and the genre seeds over HTTP: what is read, what is refused, what is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reprise.records import Tags
from reprise.web.library.genre_seeds import forget_genres
from reprise.web.library.models import Track
from reprise.web.library.recommending import TUNABLE
from reprise.web.library.storing import describe, store_analysis
from reprise.web.library.vectors import library_vectors

BASE = "http://localhost/v1"


@pytest.fixture
def library(db: None, pieces: Path, heard: Any) -> list[Track]:
    """One piece that was analysed for real, as four songs of two artists; the last two are copies of each other."""
    tracks = []
    for number, (title, artist) in enumerate((("A", "One"), ("B", "One"), ("C", "Two"), ("C", "Two"))):
        track = Track(path=f"{pieces}/{number}.flac", size=1, mtime_ns=1)
        describe(track, Tags(title=title, artist=artist, album=f"Album {number}"))
        track.save()
        store_analysis(track, heard)
        tracks.append(track)
    forget_genres()
    library_vectors(now=True)
    return tracks


def get(client: Client, **query: Any) -> Any:
    return client.get("/v1/recommendations", query)


def test_tracks_and_pools_are_answered(owner_client: Client, library: list[Track]) -> None:
    answer = get(owner_client, seed_tracks=library[0].public_id, limit=10)
    assert answer.status_code == 200
    body = answer.json()
    assert [track["name"] for track in body["tracks"]] == ["B", "C"]
    assert body["tracks"][0]["album"]["name"] == "Album 1"
    assert body["seeds"] == [
        {
            "initialPoolSize": 3, "afterFilteringSize": 3, "afterRelinkingSize": 2, "type": "track",
            "id": library[0].public_id, "href": f"{BASE}/tracks/{library[0].public_id}",
        }
    ]  # fmt: skip
    again = owner_client.get(
        "/v1/recommendations/", {"seed_tracks": library[0].public_id, "limit": 10},
        headers={"if-none-match": answer.headers["ETag"]},
    )  # fmt: skip
    assert again.status_code == 304


def test_artists_and_genres_are_seeds(owner_client: Client, library: list[Track]) -> None:
    (genre, *_) = owner_client.get("/v1/recommendations/available-genre-seeds").json()["genres"]
    artist = library[0].artist
    assert artist is not None
    body = get(owner_client, seed_artists=artist.public_id, seed_genres=f" {genre} ,", market="DE").json()
    assert {track["name"] for track in body["tracks"]} == {"A", "B", "C"}
    assert [(seed["type"], seed["id"]) for seed in body["seeds"]] == [
        ("artist", artist.public_id), ("genre", genre),
    ]  # fmt: skip
    assert body["seeds"][0]["href"] == f"{BASE}/artists/{artist.public_id}"


def test_an_isrc_is_a_seed(owner_client: Client, library: list[Track]) -> None:
    Track.objects.filter(pk=library[0].pk).update(isrc="DEA123456789")
    (seed,) = get(owner_client, seed_tracks="DEA123456789").json()["seeds"]
    assert (seed["id"], seed["initialPoolSize"]) == ("DEA123456789", 3)


def test_bounds_hold(owner_client: Client, library: list[Track], heard: Any) -> None:
    seed = library[0].public_id
    for name in TUNABLE:
        value = getattr(heard, name, 0)
        if value is None or (name == "key" and value < 0):
            continue
        inside = get(owner_client, seed_tracks=seed, **{f"min_{name}": value, f"max_{name}": value})
        assert len(inside.json()["tracks"]) == 2, name
    body = get(owner_client, seed_tracks=seed, max_loudness=heard.loudness - 0.001).json()
    assert body["tracks"] == []
    assert (body["seeds"][0]["initialPoolSize"], body["seeds"][0]["afterFilteringSize"]) == (3, 0)


def test_unknown_seeds_are_passed_over(owner_client: Client, library: list[Track]) -> None:
    body = get(owner_client, seed_tracks="0" * 22, seed_artists="0" * 22, seed_genres="no-such-genre").json()
    assert body["tracks"] == []
    assert [seed["initialPoolSize"] for seed in body["seeds"]] == [0, 0, 0]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"seed_tracks": ","},
        {"seed_tracks": "too short"},
        {"seed_tracks": "spotify:track:" + "0" * 22},
        {"seed_artists": "DEA123456789"},
        {"seed_genres": "x" * 101},
        {"seed_genres": "a\0b"},
        {"seed_genres": "a,b,c", "seed_tracks": f"{'0' * 22},{'1' * 22},{'2' * 22}"},
        {"seed_genres": "pop", "limit": "0"},
        {"seed_genres": "pop", "limit": "101"},
        {"seed_genres": "pop", "limit": "ten"},
        {"seed_genres": "pop", "min_energy": "nan"},
        {"seed_genres": "pop", "max_energy": "1.01"},
        {"seed_genres": "pop", "target_valence": "-0.1"},
        {"seed_genres": "pop", "target_key": "3.5"},
        {"seed_genres": "pop", "min_key": "-1"},
        {"seed_genres": "pop", "max_mode": "2"},
        {"seed_genres": "pop", "min_popularity": "101"},
        {"seed_genres": "pop", "max_time_signature": "12"},
        {"seed_genres": "pop", "target_tempo": "inf"},
        {"seed_genres": "pop", "target_tempo": "1e400"},
        {"seed_genres": "pop", "target_tempo": "1_000"},
        {"seed_genres": "pop", "target_tempo": "١٢٠"},
        {"seed_genres": "pop", "min_loudness": "quiet"},
        {"seed_genres": "pop", "min_duration_ms": "0x10"},
    ],
)
def test_what_cannot_be_meant_is_refused(owner_client: Client, query: dict[str, str]) -> None:
    answer = get(owner_client, **query)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["status"] == 400
    assert error["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"target_tempo": "1.2e2"},
        {"min_loudness": "-60"},
        {"target_key": "5.0"},
        {"max_duration_ms": "300000"},
        {"min_energy": ".5"},
        {"min_energy": ""},
        {"target_popularity": "50"},
        {"target_colour": "red"},
    ],
)
def test_what_programs_send_is_read(
    owner_client: Client, library: list[Track], query: dict[str, str]
) -> None:
    assert get(owner_client, seed_tracks=library[0].public_id, **query).status_code == 200


def test_nothing_but_reading_is_done(owner_client: Client) -> None:
    for path in ("/v1/recommendations", "/v1/recommendations/available-genre-seeds"):
        assert owner_client.post(path).status_code == 405


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([f"{what}_{name}" for what in ("min", "max", "target") for name in TUNABLE]),
    said=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)
    | st.floats().map(str)
    | st.integers().map(str),
)
@example(name="min_tempo", said="1" * 400)
def test_no_number_breaks_it(owner_client: Client, library: list[Track], name: str, said: str) -> None:
    answer = get(owner_client, seed_tracks=library[0].public_id, **{name: said})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["error"]["message"].startswith(name)
