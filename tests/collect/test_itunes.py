"""The iTunes Search API: one page a term, 403 for impatience, previews by name."""

from __future__ import annotations

from reprise.collect.itunes import match, search


def song(n: int, **more) -> dict:
    return {
        "wrapperType": "track", "kind": "song", "artistId": 909253, "collectionId": 120954021, "trackId": n,
        "artistName": "Jack Johnson", "collectionName": "Sing-a-Longs", "trackName": f"Song {n}",
        "previewUrl": f"https://audio.example/{n}.m4a", "trackTimeMillis": 200_500, "country": "USA",
        "primaryGenreName": "Rock", "trackExplicitness": "notExplicit", "releaseDate": "2006-02-07T08:00:00Z", **more,
    }  # fmt: skip


def test_search(server, store, pace):
    server.on(
        "^/search$", {"resultCount": 3, "results": [song(1), song(2), song(3, kind="music-video"), None]}
    )
    line = search(store, ["jack johnson"], limit=999, country="DE", pace=pace, api_url=server.url)
    [asked] = server.asked()
    assert asked.query == {
        "term": "jack johnson",
        "media": "music",
        "entity": "song",
        "limit": "200",
        "country": "DE",
    }
    assert "2 tracks from 1 requests" in line
    row = next(store.select("SELECT id, name, artist, album, duration_ms, explicit, year, genre, preview_url"
                            " FROM tracks_data"))  # fmt: skip
    assert row == (
        "1",
        "Song 1",
        "Jack Johnson",
        "Sing-a-Longs",
        200_500,
        0,
        2006,
        "Rock",
        "https://audio.example/1.m4a",
    )


def test_being_asked_too_often_is_answered_with_403_and_waited_out(server, store, reply, pace, fake_time):
    server.on("^/search$", {"resultCount": 1, "results": [song(1)]})
    server.fail("search", reply(b"", status=403))
    search(store, ["x"], pace=pace, api_url=server.url)
    assert fake_time.slept == [60.0]
    assert store.count("SELECT count(*) FROM tracks") == 1


def test_twenty_a_minute(server, store, pace, fake_time):
    server.on("^/search$", {"resultCount": 0, "results": []})
    search(store, [f"x{i}" for i in range(21)], pace=pace, api_url=server.url)
    assert fake_time.now_s - 1000 >= 60


def test_previews_of_stored_songs(server, store, fill, pace):
    fill(("spotify", "a", "Song 1", "jack johnson", None), ("spotify", "b", "Other", "Jack Johnson", None))
    server.on("^/search$", {"results": [song(2), song(1, trackTimeMillis=300_000), song(1)]})
    match(store, pace=pace, api_url=server.url)
    found = list(
        store.select("SELECT t.ref, p.url, p.provider FROM previews p JOIN tracks t ON t.id = p.track_id")
    )
    assert found == [("a", "https://audio.example/1.m4a", "itunes")]
    assert server.asked()[0].query["term"] == "jack johnson Song 1"
