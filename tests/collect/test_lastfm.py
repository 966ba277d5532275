"""Last.fm: tags of stored songs, songs of tags, and errors in the body."""

from __future__ import annotations

import pytest

from reprise.collect.base import AccessDeniedError
from reprise.collect.lastfm import top_tags, tracks_by_tag
from reprise.errors import ConfigError


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("LASTFM_API_KEY", "a-lastfm-key-0017")


def tag_page(request) -> dict:
    number = int(request.query["page"])
    songs = [
        {
            "name": f"Chop Suey! {number}-{n}",
            "duration": "208" if n else "0",
            "mbid": "d758947d-d667-430b-900d-2abb110f63aa" if n else "",
            "artist": {"name": "System of a Down", "mbid": "x", "url": "u"},
            "@attr": {"rank": str(n)},
        }
        for n in range(50)
    ]
    return {
        "tracks": {
            "track": songs,
            "@attr": {"tag": "metal", "page": str(number), "perPage": "50", "totalPages": "3"},
        }
    }


def test_songs_of_a_tag(server, store, pace):
    server.on("^/2.0/$", tag_page)
    line = tracks_by_tag(store, ["metal"], per_tag=1000, pace=pace, api_url=f"{server.url}/2.0/")
    asked = [
        (r.query["method"], r.query["page"], r.query["api_key"], r.query["format"]) for r in server.asked()
    ]
    assert asked == [("tag.getTopTracks", page, "a-lastfm-key-0017", "json") for page in "123"]
    assert line == "150 tracks from 3 requests"
    [(duration, tag)] = store.select(
        "SELECT t.duration_ms, l.kind || l.name FROM tracks t JOIN track_labels tl ON tl.track_id = t.id"
        " JOIN labels l ON l.id = tl.label_id WHERE t.title = 'Chop Suey! 2-7'"
    )
    assert (duration, tag) == (208_000, "tagmetal")
    assert store.count("SELECT count(*) FROM tracks WHERE duration_ms IS NULL") == 3
    assert store.count("SELECT count(*) FROM identifiers WHERE scheme = 'musicbrainz'") == 147


def test_tags_of_stored_songs(server, store, fill, pace):
    fill(("spotify", "a", "Believe", "Cher", None), ("spotify", "b", "One", "Single", None),
         ("spotify", "c", "None", "Nobody", None), ("spotify", "d", "Unknown", "?", None))  # fmt: skip

    def answer(request):
        assert request.query["method"] == "track.getTopTags"
        return {
            "Believe": {"toptags": {"tag": [{"name": "pop", "count": 100, "url": "u"}, {"name": "dance", "count": 88},
                                            None, {"count": 1}, {"name": "odd", "count": "x"}], "@attr": {}}},
            "One": {"toptags": {"tag": {"name": "rock", "count": "5"}}},
            "None": {"toptags": {"tag": [], "@attr": {"artist": "Nobody", "track": "None"}}},
            "Unknown": {"error": 6, "message": "Track not found"},
        }[request.query["track"]]  # fmt: skip

    server.on("^/2.0/$", answer)
    top_tags(store, pace=pace, api_url=f"{server.url}/2.0/")
    found = store.select("SELECT t.ref, l.name, tl.weight FROM track_labels tl JOIN labels l ON l.id = tl.label_id"
                         " JOIN tracks t ON t.id = tl.track_id ORDER BY 1, 2")  # fmt: skip
    assert list(found) == [("a", "dance", 88.0), ("a", "odd", None), ("a", "pop", 100.0), ("b", "rock", 5.0)]
    assert (
        store.count(
            "SELECT count(*) FROM requests WHERE state = 'refused' AND error LIKE '%Track not found%'"
        )
        == 1
    )
    top_tags(store, pace=pace, api_url=f"{server.url}/2.0/")
    assert len(server.asked()) == 4


def test_errors_in_the_body(server, store, reply, pace, fake_time):
    server.on("^/2.0/$", tag_page)
    server.fail("/", reply({"error": 29, "message": "Rate limit exceeded"}), reply({"error": 11, "message": "Offline"}),
                reply({"error": 16, "message": "Temporary"}, status=500))  # fmt: skip
    tracks_by_tag(store, ["metal"], per_tag=50, pace=pace, api_url=f"{server.url}/2.0/")
    assert fake_time.slept == [10.0, 2.0, 4.0]
    server.fail("/", reply({"error": 10, "message": "Invalid API key a-lastfm-key-0017"}))
    with pytest.raises(AccessDeniedError, match=r"Invalid API key \*\*\*"):
        tracks_by_tag(store, ["rock"], pace=pace, api_url=f"{server.url}/2.0/")


def test_needs_a_key(store, monkeypatch):
    monkeypatch.delenv("LASTFM_API_KEY")
    with pytest.raises(ConfigError, match="LASTFM_API_KEY"):
        top_tags(store)
