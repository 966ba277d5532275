"""Deezer: searches page by page, previews by ISRC or by name, errors that come with status 200."""

from __future__ import annotations

import pytest

from reprise.collect.base import AccessDeniedError
from reprise.collect.deezer import match, search


def track(n: int, **more) -> dict:
    return {
        "id": n, "readable": True, "title": f"Song {n}", "title_short": f"Song {n}", "duration": 200, "rank": 900,
        "isrc": f"GBDUW00000{n:02d}", "explicit_lyrics": False, "link": f"https://www.deezer.com/track/{n}",
        "preview": f"https://cdn-preview.example/{n}.mp3", "type": "track",
        "artist": {"id": 27, "name": "Daft Punk", "type": "artist"},
        "album": {"id": 302127, "title": "Discovery", "type": "album"}, **more,
    }  # fmt: skip


@pytest.fixture
def deezer(server):
    def answer(request):
        index, limit = int(request.query.get("index", 0)), int(request.query["limit"])
        return {
            "data": [track(n) for n in range(1, 251)][index : index + limit],
            "total": 250,
            "next": "http://evil/",
        }

    server.on("^/search$", answer)
    return server


def test_search_pages_to_the_end(deezer, store, pace):
    line = search(store, ['artist:"daft punk"'], per_query=1000, genre="house", pace=pace, api_url=deezer.url)
    assert [(r.query["q"], r.query["index"]) for r in deezer.asked()] == [
        ('artist:"daft punk"', "0"), ('artist:"daft punk"', "100"), ('artist:"daft punk"', "200"),
    ]  # fmt: skip
    assert line == "250 tracks from 3 requests"
    row = next(store.select("SELECT id, catalogue, name, artist, album, duration_ms, explicit, isrc, genre, preview_url"
                            " FROM tracks_data"))  # fmt: skip
    assert row == ("1", "deezer", "Song 1", "Daft Punk", "Discovery", 200_000, 0, "GBDUW0000001", "house",
                   "https://cdn-preview.example/1.mp3")  # fmt: skip


def test_no_more_than_wanted(deezer, store, pace):
    search(store, ["x"], per_query=130, pace=pace, api_url=deezer.url)
    assert [r.query["limit"] for r in deezer.asked()] == ["100", "30"]
    assert store.count("SELECT count(*) FROM tracks") == 130


def test_previews_of_stored_songs_by_isrc_and_by_name(server, store, fill, pace):
    fill(("spotify", "a", "By Number", "X", "GBDUW0000059"), ("spotify", "b", "Song 5 (Remastered)", "DAFT PUNK", None),
         ("spotify", "c", "Song 6", "Somebody Else", None), ("spotify", "d", "Gone", "X", "GBDUW0000060"))  # fmt: skip
    server.on("^/track/isrc:GBDUW0000059$", track(59))
    server.on(
        "^/track/isrc:GBDUW0000060$", {"error": {"type": "DataException", "message": "no data", "code": 800}}
    )
    server.on(
        "^/search$",
        {"data": [None, track(6, preview=""), track(5, duration=300), track(5), track(6)], "total": 4},
    )
    line = match(store, pace=pace, api_url=server.url)
    found = dict(store.select("SELECT t.ref, p.url FROM previews p JOIN tracks t ON t.id = p.track_id"))
    assert found == {"a": "https://cdn-preview.example/59.mp3", "b": "https://cdn-preview.example/5.mp3"}
    assert store.count("SELECT count(*) FROM tracks WHERE catalogue = 'deezer'") == 0
    assert store.count("SELECT count(*) FROM identifiers WHERE scheme = 'deezer'") == 2
    assert "1 not found" in line
    n = len(server.asked())
    match(store, pace=pace, api_url=server.url)
    assert len(server.asked()) == n


def test_errors_with_status_200(server, store, reply, pace, fake_time, deezer):
    def error(code, message="x"):
        return reply({"error": {"type": "Exception", "message": message, "code": code}})

    server.fail("search", error(4, "Quota limit exceeded"), error(700))
    search(store, ["x"], per_query=10, pace=pace, api_url=server.url)
    assert fake_time.slept == [5.0, 2.0]
    assert store.count("SELECT count(*) FROM tracks") == 10
    server.fail("search", error(300, "Invalid OAuth access token"))
    with pytest.raises(AccessDeniedError, match="Invalid OAuth"):
        search(store, ["y"], pace=pace, api_url=server.url)


def test_hostile_items_are_left_out(server, store, pace):
    hostile = [
        None,
        {},
        track(-1),
        track(1, artist=None),
        track(2, title=None),
        track(3, id="x"),
        track(4, artist=[]),
    ]
    server.on(
        "search", {"data": [*hostile, track(9, album="?", isrc=5, preview={}, duration=1e300)], "total": None}
    )
    line = search(store, ["x"], pace=pace, api_url=server.url)
    assert list(store.select("SELECT id, album, duration_ms, isrc, preview_url FROM tracks_data")) == [
        ("9", None, None, None, None)
    ]
    assert f"{len(hostile)} malformed" in line
