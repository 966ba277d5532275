"""What the objects say of the library: names, numbers, and what stands for what nobody knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.web.spotify_api.callers import program

from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Album, Artist, Track
from reprise.web.spotify_api.objects import NOBODY


def get(path: str) -> Any:
    answer = program().get(f"/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_track(there: dict[str, str]) -> None:
    track = get(f"tracks/{there['track']}")
    assert (track["name"], track["id"], track["track_number"]) == ("House", there["track"], 3)
    assert track["uri"] == f"spotify:track:{there['track']}"
    assert track["href"] == f"http://localhost/v1/tracks/{there['track']}"
    assert track["external_urls"]["spotify"] == f"http://localhost/tracks/{there['track']}"
    assert track["external_ids"] == {"isrc": there["isrc"]}
    assert track["duration_ms"] == Track.objects.get(public_id=there["track"]).duration_ms > 1000
    assert [artist["name"] for artist in track["artists"]] == ["The Demo Band"]
    album = track["album"]
    assert (album["name"], album["total_tracks"], album["release_date"]) == ("Demo", 2, "1999")
    assert "linked_from" not in track
    assert track["is_playable"] is True


def test_a_track_by_its_other_names_is_the_same_track(there: dict[str, str]) -> None:
    plain, by_isrc, theirs = (get(f"tracks/{there[name]}") for name in ("track", "isrc", "spotify_id"))
    assert by_isrc == plain
    assert theirs.pop("linked_from")["id"] == there["spotify_id"]
    assert theirs == plain


def test_a_track_without_anything(there: dict[str, str]) -> None:
    track = get(f"tracks/{there['bare']}")
    assert track["artists"][0]["id"] == track["album"]["id"] == track["album"]["artists"][0]["id"] == NOBODY
    assert (track["duration_ms"], track["track_number"], track["external_ids"]) == (0, 0, {})
    assert track["album"]["release_date"] == "0000"
    for kind in ("artists", "albums"):
        assert program().get(f"/v1/{kind}/{NOBODY}").status_code == 404


def test_a_file_that_is_gone_is_not_playable(there: dict[str, str]) -> None:
    Track.objects.filter(public_id=there["track"]).update(missing_since=timezone.now())
    assert get(f"tracks/{there['track']}")["is_playable"] is False


def test_features_are_those_of_the_library(there: dict[str, str]) -> None:
    row = Track.objects.get(public_id=there["track"])
    features = get(f"audio-features/{there['isrc']}")
    assert features["id"] == there["track"]
    assert {name: features[name] for name in SPOTIFY_FEATURES} == {
        name: pytest.approx(getattr(row, name)) for name in SPOTIFY_FEATURES
    }
    assert features["analysis_url"] == f"http://localhost/v1/audio-analysis/{there['track']}"


def test_lists_keep_order_and_gaps(there: dict[str, str]) -> None:
    ids = [there["bare"], there["unknown"], there["track"], there["track"], there["isrc"]]
    tracks = get(f"tracks?ids={','.join(ids)}")["tracks"]
    assert [each and each["id"] for each in tracks] == [
        there["bare"], None, there["track"], there["track"], there["track"]]  # fmt: skip
    features = get(f"audio-features?ids={','.join(ids)}")["audio_features"]
    assert [each and each["id"] for each in features] == [None, None, *[there["track"]] * 3]
    assert get(f"albums?ids={there['unknown']},{there['album']}")["albums"][0] is None
    assert get(f"artists?ids={there['unknown']},{there['artist']}")["artists"][0] is None


def test_an_album_has_its_tracks_in_order(there: dict[str, str]) -> None:
    album = get(f"albums/{there['album']}")
    assert [each["name"] for each in album["tracks"]["items"]] == ["House", "Second House"]
    assert (album["tracks"]["total"], album["tracks"]["limit"], album["total_tracks"]) == (2, 50, 2)
    assert album["genres"] == [Track.objects.get(public_id=there["track"]).genre]


def test_an_artist(there: dict[str, str]) -> None:
    artist = get(f"artists/{there['artist']}")
    assert artist["genres"] == [Track.objects.get(public_id=there["track"]).genre]
    assert artist["external_urls"]["spotify"] == "http://localhost/search?q=artist%3A%22The%20Demo%20Band%22"
    top = [each["name"] for each in get(f"artists/{there['artist']}/top-tracks")["tracks"]]
    assert top == ["House", "Second House"]  # the second has no vector to compare by
    assert get(f"artists/{there['silent']}/top-tracks")["tracks"] == []


def test_albums_of_an_artist_are_the_newest_first(db: None) -> None:
    artist = Artist.objects.create(name="A", key="a")
    for year in (None, 1990, 2010, 2000):
        album = Album.objects.create(title=f"of {year}", key=f"of {year}", artist=artist)
        Track.objects.create(
            path=str(year), size=1, mtime_ns=1, title="", title_key="", album=album, year=year
        )
    names = [each["name"] for each in get(f"artists/{artist.public_id}/albums")["items"]]
    assert names == ["of 2010", "of 2000", "of 1990", "of None"]


def test_names_are_quoted_in_addresses(there: dict[str, str]) -> None:
    Artist.objects.filter(public_id=there["artist"]).update(name='A "quoted" \\ & <name>')
    address = get(f"artists/{there['artist']}")["external_urls"]["spotify"]
    assert (
        address
        == "http://localhost/search?q=artist%3A%22A%20%5C%22quoted%5C%22%20%5C%5C%20%26%20%3Cname%3E%22"
    )


@pytest.fixture
def names(db: None) -> None:
    """A few names to search for."""
    for number, (title, artist, album) in enumerate((
        ("So What", "Miles Davis", "Kind of Blue"),
        ("Blue in Green", "Miles Davis", "Kind of Blue"),
        ("Blue", "Joni Mitchell", "Blue"),
        ("River", "Joni Mitchell", "Blue"),
        ("Love", "The Blue Band", ""),
    )):  # fmt: skip
        by = Artist.objects.get_or_create(name=artist, key=artist.lower())[0]
        on = Album.objects.get_or_create(title=album, key=album.lower(), artist=by)[0] if album else None
        Track.objects.create(
            path=str(number), size=1, mtime_ns=1, title=title, title_key=title.lower(), artist=by, album=on,
            year=1950 + number, isrc=f"GBAYE000000{number}",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("blue", "artist", ["The Blue Band"]),
        ("blue", "album", ["Blue", "Kind of Blue"]),
        ("kind of blue miles", "album", ["Kind of Blue"]),
        ("album:blue artist:joni", "album", ["Blue"]),
        ("miles davis", "artist", ["Miles Davis"]),
        ("track:blue", "track", ["Blue", "Blue in Green"]),
        ("track:blue year:1952", "track", ["Blue"]),
        ("track:blue year:1950-1951", "track", ["Blue in Green"]),
        ("artist:miles davis track:so what", "track", ["So What"]),
        ("isrc:GB-AYE-00-00003", "track", ["River"]),
        ("blue NOT green", "track", ["Blue", "Love", "River", "So What"]),
        ("isrc:GBAYE0000009", "track", []),
    ],
)
def test_search(names: None, query: str, kind: str, expected: list[str]) -> None:
    answer = program().get("/v1/search", {"q": query, "type": kind}).json()
    found = [each["name"] for each in answer[f"{kind}s"]["items"]]
    assert (sorted(found) if kind == "track" else found) == expected
    assert answer[f"{kind}s"]["total"] == len(expected)


def test_playlists_say_whose_they_are(there: dict[str, str]) -> None:
    playlist = get(f"playlists/{there['playlist']}")
    assert playlist["owner"]["id"] == playlist["tracks"]["items"][0]["added_by"]["id"] == there["owner"]
    names = [each["track"]["name"] for each in playlist["tracks"]["items"]]
    assert names == ["House", "Bare", "House"]
    by_name = {each["name"]: each["tracks"]["total"] for each in get("me/playlists")["items"]}
    assert by_name == {"My list": 3, "Nobody's list": 0, "By a rule": 2}
    assert get("search?q=mine list&type=playlist")["playlists"]["total"] == 0
    assert [each["name"] for each in get("search?q=my&type=playlist")["playlists"]["items"]] == ["My list"]


def test_items_have_both_names(there: dict[str, str]) -> None:
    (first, *_) = get(f"playlists/{there['playlist']}/items")["items"]
    assert first["item"] == first["track"]
    (first, *_) = get(f"playlists/{there['playlist']}/tracks?fields=items.track(name)")["items"]
    assert first == {"track": {"name": "House"}}
