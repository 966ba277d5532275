"""Playlists by hand and by rule, over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.models import Playlist, Track
from reprise.web.library.playlists import MOST_TRACKS, listed_for


@pytest.fixture
def tracks(db: None) -> list[Track]:
    """Three rows."""
    return [
        Track.objects.create(
            path=f"/music/{n}.mp3", size=1, mtime_ns=1, title=f"Song {n}", title_key=f"song {n}", energy=n / 10,
            duration_ms=60_000, status=Track.Status.ANALYSED,
        )
        for n in range(3)
    ]  # fmt: skip


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    """Send JSON, return the answer's."""
    answer = client.generic(method, f"/api/v1{path}", "" if body is None else __import__("json").dumps(body),
                            content_type="application/json")  # fmt: skip
    return answer.status_code, answer.json() if answer.content else None


def test_a_playlist_by_hand(owner_client: Client, tracks: list[Track]) -> None:
    ids = [track.public_id for track in tracks]
    status, made = send(
        owner_client, "POST", "/playlists", {"name": "Best\nof", "track_ids": [ids[1], ids[0]]}
    )
    assert (status, made["name"], made["total"], made["duration_ms"], made["is_rule"]) == (
        201,
        "Best of",
        2,
        120_000,
        False,
    )
    assert made["is_mine"]
    at = f"/playlists/{made['id']}"
    _, listed = send(owner_client, "GET", f"{at}/tracks?limit=1&offset=1")
    assert ([each["id"] for each in listed["items"]], listed["total"]) == ([ids[0]], 2)
    assert send(owner_client, "PUT", f"{at}/tracks", {"track_ids": ids + ids})[1]["total"] == 6
    assert send(owner_client, "PUT", f"{at}/tracks", {"track_ids": ["nobody"]})[0] == 422
    assert send(owner_client, "GET", at)[1]["total"] == 6
    assert send(owner_client, "GET", "/playlists")[1]["items"][0]["duration_ms"] == 360_000
    answer = owner_client.get(f"/api/v1{at}.m3u8")
    assert answer.headers["Content-Type"] == "audio/x-mpegurl"
    assert answer.content.decode().splitlines()[:4] == [
        "#EXTM3U",
        "#PLAYLIST:Best of",
        "#EXTINF:60,Song 0",
        "/music/0.mp3",
    ]
    assert send(owner_client, "DELETE", at)[0] == 204
    assert Track.objects.count() == 3


def test_a_playlist_by_rule_is_asked_anew(owner_client: Client, tracks: list[Track]) -> None:
    rule = {"name": "Loud", "q": "energy>0.05", "sort": "-energy", "limit": 2}
    status, made = send(owner_client, "POST", "/playlists", rule)
    assert (status, made["total"], made["q"], made["is_rule"]) == (201, 2, "energy>0.05", True)
    at = f"/playlists/{made['id']}/tracks"
    assert [each["title"] for each in send(owner_client, "GET", at)[1]["items"]] == ["Song 2", "Song 1"]
    Track.objects.filter(pk=tracks[0].pk).update(energy=0.9)
    _, listed = send(owner_client, "GET", at)
    assert ([each["title"] for each in listed["items"]], listed["total"]) == (["Song 0", "Song 2"], 2)
    assert send(owner_client, "GET", f"{at}?offset=1")[1]["items"][0]["title"] == "Song 2"
    assert send(owner_client, "GET", f"{at}?offset=5")[1]["items"] == []
    assert send(owner_client, "PUT", at, {"track_ids": []})[0] == 422


@pytest.mark.parametrize(
    "body",
    [{"name": ""}, {"name": "\u202e"}, {"name": "x", "q": "energy>>"}, {"name": "x", "q": "", "sort": "shoe size"},
     {"name": "x", "track_ids": ["nobody"]}, {"name": "x", "q": "", "limit": 1001}],
)  # fmt: skip
def test_what_cannot_be_a_playlist_is_refused(owner_client: Client, body: dict[str, Any]) -> None:
    status, problem = send(owner_client, "POST", "/playlists", body)
    assert (status, problem["status"]) == (422, 422)
    assert not Playlist.objects.exists()


def test_a_guest_changes_only_the_guests_own_and_sees_no_paths(
    owner_client: Client, guest: User, tracks: list[Track], public: Any
) -> None:
    theirs = Playlist.objects.create(name="theirs")
    theirs.items.create(track=tracks[0], position=0)
    client = Client(headers={"host": "localhost"})
    client.force_login(guest)
    assert send(client, "GET", f"/playlists/{theirs.public_id}")[1]["is_mine"] is False
    for method, path, body in (
        ("PUT", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("PUT", "/tracks", {"track_ids": []}),
    ):
        assert send(client, method, f"/playlists/{theirs.public_id}{path}", body)[0] == 403
    text = client.get(f"/api/v1/playlists/{theirs.public_id}.m3u8").content.decode()
    assert "/music/" not in text
    assert f"http://localhost/api/v1/tracks/{tracks[0].public_id}/audio" in text
    status, made = send(client, "POST", "/playlists", {"name": "mine"})
    assert (status, made["is_mine"]) == (201, True)
    assert send(client, "DELETE", f"/playlists/{made['id']}")[0] == 204


def test_a_lasso_may_hold_most_of_a_large_library(owner_client: Client, db: Any) -> None:
    Track.objects.bulk_create(
        (
            Track(path=f"/music/{n}.mp3", size=1, mtime_ns=1, title=f"Song {n}", title_key=f"song {n}",
                  duration_ms=1000)
            for n in range(20_000)
        ),
        batch_size=1000,
    )  # fmt: skip
    ids = list(Track.objects.order_by("-pk").values_list("public_id", flat=True))
    status, made = send(owner_client, "POST", "/playlists", {"name": "Most", "track_ids": ids})
    assert (status, made["total"], made["duration_ms"]) == (201, 20_000, 20_000_000)
    at = f"/playlists/{made['id']}"
    _, last = send(owner_client, "GET", f"{at}/tracks?limit=2&offset=19998")
    assert [each["id"] for each in last["items"]] == ids[-2:]
    entries = owner_client.get(f"/api/v1{at}.m3u8").content.decode().splitlines()[3::2]
    assert (len(entries), entries[0], entries[-1]) == (20_000, "/music/19999.mp3", "/music/0.mp3")
    assert send(owner_client, "PUT", f"{at}/tracks", {"track_ids": ids[:3]})[1]["total"] == 3


def test_the_largest_playlist_fits_into_a_body(owner_client: Client, db: Any) -> None:
    track = Track.objects.create(path="/music/a.mp3", size=1, mtime_ns=1, title="A", title_key="a")
    made = send(owner_client, "POST", "/playlists", {"name": "A"})[1]
    at = f"/playlists/{made['id']}/tracks"
    ids = [track.public_id] * MOST_TRACKS
    assert send(owner_client, "PUT", at, {"track_ids": ids})[1]["total"] == MOST_TRACKS
    assert send(owner_client, "PUT", at, {"track_ids": [*ids, track.public_id]})[0] == 422
    assert Playlist.objects.get().items.count() == MOST_TRACKS


# Whose a playlist is, who asks, and what reading and changing it is answered with.
WHO_MAY = [
    ("the owner's", "the owner", 200, 200),
    ("the owner's", "another owner", 200, 200),
    ("the owner's", "a guest", 200, 403),
    ("the command line's", "a guest", 200, 403),
    ("a guest's", "the owner", 200, 200),
    ("a guest's", "a guest", 200, 200),
    ("a guest's", "another guest", 404, 404),
]


@pytest.mark.parametrize(("whose", "asks", "read", "changed"), WHO_MAY)
def test_who_may_see_and_change_whose(
    whose: str, asks: str, read: int, changed: int, tracks: list[Track], public: Any
) -> None:
    users = {
        name: User.objects.create(username=name, is_superuser="owner" in name, password="!")
        for name in ("the owner", "another owner", "a guest", "another guest")
    }
    playlist = Playlist.objects.create(name="theirs", user=users.get(whose.removesuffix("'s")))
    playlist.items.create(track=tracks[0], position=0)
    client = Client(headers={"host": "localhost"})
    client.force_login(users[asks])
    at = f"/playlists/{playlist.public_id}"
    for path in (at, f"{at}/tracks"):
        assert send(client, "GET", path)[0] == read
    answer = client.get(f"/api/v1{at}.m3u8")
    assert answer.status_code == read
    listed = send(client, "GET", "/playlists")[1]
    assert (listed["total"], [each["id"] for each in listed["items"]]) == (
        (1, [playlist.public_id]) if read == 200 else (0, [])
    )
    assert send(client, "PUT", at, {"name": "other"})[0] == changed
    assert send(client, "PUT", f"{at}/tracks", {"track_ids": []})[0] == changed
    assert send(client, "DELETE", at)[0] == (204 if changed == 200 else changed)
    assert Playlist.objects.filter(name="theirs").exists() == (changed != 200)


@pytest.mark.parametrize(
    ("asks", "expected"),
    [("the owner", {"mine", "theirs", "nobody's"}), ("a guest", {"mine", "theirs", "nobody's"}),
     ("another guest", {"mine", "nobody's"}), (None, {"mine", "nobody's"})],
)  # fmt: skip
def test_whose_are_listed_for_whom(db: None, asks: str | None, expected: set[str]) -> None:
    users = {
        name: User.objects.create(username=name, is_superuser="owner" in name, password="!")
        for name in ("the owner", "a guest", "another guest")
    }
    for name, whose in (("mine", "the owner"), ("theirs", "a guest"), ("nobody's", None)):
        Playlist.objects.create(name=name, user=users[whose] if whose else None)
    found = listed_for(users[asks] if asks else None)
    assert {playlist.name for playlist in found} == expected
