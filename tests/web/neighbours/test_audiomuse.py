"""The routes that AudioMuse-AI's plug-in calls: what it reads of the answers, errors, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.accounts import new_token

# As `main.go` and `audiomuse_api.go` of NeptuneHub/AudioMuse-AI-NV-plugin send them.
SIMILAR = {"n": "20", "eliminate_duplicates": "true", "radius_similarity": "true", "server": "main"}
PATH = {"count": "25", "max_steps": "25", "path_fix_size": "false", "mood_pct": "100", "server": "main"}
ARTISTS = {"n": "10", "include_component_matches": "true", "server": "main"}


def test_similar_tracks_have_what_the_plugin_reads(owner_client: Client, songs: list[Any]):
    rows = owner_client.get("/api/similar_tracks", {"item_id": "navidrome1", **SIMILAR}).json()
    assert {row["item_id"] for row in rows} == {"navidrome2", songs[2].public_id}
    by_id = {row["item_id"]: row for row in rows}
    assert by_id["navidrome2"]["title"] == "Zweiter"
    assert by_id["navidrome2"]["author"] == "The Demo Band"
    assert by_id["navidrome2"]["album"] == "Demo"
    assert by_id[songs[2].public_id]["album"] == "unknown"
    distances = [row["distance"] for row in rows]
    assert distances == sorted(distances)
    assert all(0 <= distance <= 2 for distance in distances)
    assert rows == owner_client.get("/api/similar_tracks/", {"item_id": songs[0].public_id, **SIMILAR}).json()
    by_name = {"title": "first", "artist": "the demo band"}
    assert rows == owner_client.get("/api/similar_tracks", by_name | SIMILAR).json()


def test_the_plugins_similarity_is_ours(owner_client: Client, songs: list[Any]):
    rows = owner_client.get("/api/similar_tracks", {"item_id": "navidrome1"}).json()
    ours = owner_client.get(f"/api/v1/tracks/{songs[0].public_id}/similar").json()
    assert [1 - row["distance"] for row in rows] == pytest.approx([each["similarity"] for each in ours])


def test_a_path_leads_from_one_to_the_other(owner_client: Client, songs: list[Any]):
    ends = {"start_song_id": "navidrome1", "end_song_id": songs[2].public_id}
    answer = owner_client.get("/api/find_path", ends | PATH).json()
    assert [row["item_id"] for row in answer["path"]] == ["navidrome1", "navidrome2", songs[2].public_id]
    assert answer["path"][0]["distance"] == 0
    assert answer["total_distance"] == pytest.approx(sum(row["distance"] for row in answer["path"]))
    assert answer["path"][0]["scale"] in ("major", "minor")
    short = owner_client.get("/api/find_path", ends | {"max_steps": "2"}).json()
    assert len(short["path"]) == 2


def test_similar_artists_have_what_the_plugin_reads(owner_client: Client, songs: list[Any]):
    rows = owner_client.get("/api/similar_artists", {"artist": "band", **ARTISTS}).json()
    assert [(row["artist"], row["artist_id"]) for row in rows] == [("Björk & Søn", songs[2].artist.public_id)]
    (match,) = rows[0]["component_matches"]
    own, others = match["artist1_representative_songs"], match["artist2_representative_songs"]
    assert {song["item_id"] for song in own} == {"navidrome1", "navidrome2"}
    assert [song["item_id"] for song in others] == [songs[2].public_id]
    assert rows[0]["divergence"] >= 0
    by_name = owner_client.get("/api/similar_artists", {"artist": "bjork & søn"}).json()
    assert [row["artist_id"] for row in by_name] == ["band"]
    assert "component_matches" not in by_name[0]


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("similar_tracks", {}, 400),
        ("similar_tracks", {"title": "First"}, 400),
        ("similar_tracks", {"item_id": "nothing"}, 404),
        ("similar_tracks", {"item_id": "x" * 5000}, 404),
        ("similar_tracks", {"item_id": "navidrome1", "n": "many"}, 400),
        ("similar_tracks", {"item_id": "navidrome1", "n": "9" * 500}, 400),
        ("similar_tracks", {"item_id": "navidrome1", "n": "-5"}, 200),
        ("similar_tracks", {"title": "x" * 5000, "artist": "'; --"}, 404),
        ("find_path", {"start_song_id": "navidrome1"}, 400),
        ("find_path", {"start_song_id": "navidrome1", "end_song_id": "navidrome1"}, 400),
        ("find_path", {"start_song_id": "navidrome1", "end_song_id": "nothing"}, 404),
        ("similar_artists", {}, 400),
        ("similar_artists", {"artist": "nobody"}, 404),
        ("similar_artists", {"artist": "x" * 5000}, 404),
    ],
)
def test_what_cannot_be_answered(
    owner_client: Client, songs: list[Any], path: str, given: dict[str, str], status: int
):
    answer = owner_client.get(f"/api/{path}", given)
    assert answer.status_code == status, answer.content
    if status != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]


ROUTES = (
    "/api/similar_tracks?item_id=navidrome1",
    "/api/find_path?start_song_id=navidrome1&end_song_id=navidrome2",
    "/api/similar_artists?artist=band",
)


@pytest.mark.parametrize("path", ROUTES)
def test_who_may(public: Any, guest: User, songs: list[Any], path: str):
    token = new_token(guest, "the plug-in")[1]
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer rp_wrong"}, 401),
        ({"authorization": f"Basic {token}"}, 401),
        ({"authorization": f"Bearer {token}"}, 200),
    ):
        client = Client(headers={"host": "localhost", **headers})
        assert client.get(path).status_code == status, headers
    assert Client(headers={"host": "localhost", "authorization": f"Bearer {token}"}).post(
        path
    ).status_code in (403, 405)


@pytest.mark.parametrize("path", ROUTES)
def test_a_local_server_answers_this_machine_alone(songs: list[Any], path: str):
    assert Client(headers={"host": "localhost"}).get(path).status_code == 200
    assert Client(headers={"host": "localhost"}, REMOTE_ADDR="192.168.1.5").get(path).status_code == 401
    assert Client(headers={"host": "evil.example"}).get(path).status_code == 400
