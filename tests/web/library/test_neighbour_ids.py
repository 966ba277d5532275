"""Matching another server's songs with ours, and asking such a server over HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.web.library.models import Album, Artist, NeighbourArtist, NeighbourTrack, Track, name_key
from reprise.web.library.neighbour_ids import Song, learn_ids
from reprise.web.library.neighbours import find_artist, find_track, names_of
from reprise.web.library.subsonic_client import _song, list_songs

PASSWORD = "sesame"
Handler = type[BaseHTTPRequestHandler]


def add(path: str, title: str, artist: str, seconds: float = 200.0, **more: str) -> Track:
    whose, _ = Artist.objects.get_or_create(key=name_key(artist), defaults={"name": artist})
    album = None
    if name := more.pop("album", ""):
        album, _ = Album.objects.get_or_create(key=name_key(name), artist=whose, defaults={"title": name})
    return Track.objects.create(
        path=path, size=1, mtime_ns=1, title=title, title_key=name_key(title), artist=whose, album=album,
        duration_ms=round(1000 * seconds), status="analysed", **more,
    )  # fmt: skip


@pytest.fixture
def ours(db: None) -> dict[str, Track]:
    return {
        "tagged": add("/m/a/b/1.flac", "One", "Ann", musicbrainz_id="11111111-1111-1111-1111-111111111111"),
        "isrc": add("/m/a/b/2.flac", "Two", "Ann", isrc="QZES71982312"),
        "path": add("/m/Bö/Álbum/03 - Three.flac", "Three", "Bö"),
        "album": add("/m/c/d/4.flac", "Four", "Cid", album="First"),
        "collection": add("/m/c/best/4.flac", "Four", "Cid", album="Best of"),
        "live": add("/m/c/live/4.flac", "Four", "Cid", seconds=400, album="Live"),
    }


def test_songs_are_matched_by_the_surest_thing_there_is(ours: dict[str, Track]):
    made = learn_ids(
        [
            Song(id="1", artist_id="ann", title="?", musicbrainz_id="11111111-1111-1111-1111-111111111111"),
            Song(id="2", artist_id="ann", title="Anything", isrc="qz-es7-19-82312", duration_s=201),
            Song(id="3", artist_id="bo", title="?", path="/other/mount/Bö/Álbum/03 - Three.flac"),
            Song(id="4", artist_id="cid", title="FOUR", artist="cid", album="best of", duration_s=199),
            Song(id="5", artist_id="cid", title="Four", artist="Cid", duration_s=401),
            Song(id="6", title="Four", artist="Cid", duration_s=200),  # which of two?
            Song(id="7", title="Two", artist="Ann", duration_s=90),  # another recording
            Song(id="8", title="Nothing of ours", artist="Ann"),
            Song(id="", title="One", artist="Ann"),
            Song(id="x" * 500, title="One", artist="Ann"),
        ]
    )
    known = dict(NeighbourTrack.objects.values_list("key", "track_id"))
    assert known == {
        "1": ours["tagged"].pk,
        "2": ours["isrc"].pk,
        "3": ours["path"].pk,
        "4": ours["collection"].pk,
        "5": ours["live"].pk,
    }
    assert made.songs == 10
    assert made.matched == 5
    assert made.by == {"musicbrainz_id": 1, "isrc": 1, "path": 1, "title": 2}
    assert dict(NeighbourArtist.objects.values_list("key", "artist__name")) == {
        "ann": "Ann",
        "bo": "Bö",
        "cid": "Cid",
    }
    assert find_track("3") == (ours["path"], True)
    assert find_track(ours["path"].public_id) == (ours["path"], False)
    assert find_artist("bo") == find_artist("BO") == ours["path"].artist
    assert names_of([ours["path"], ours["album"]]).tracks == {ours["path"].pk: "3"}


def test_what_was_known_before_is_replaced(ours: dict[str, Track]):
    learn_ids([Song(id="old", title="One", artist="Ann")])
    learn_ids([Song(id="new", title="One", artist="Ann")])
    assert list(NeighbourTrack.objects.values_list("key", flat=True)) == ["new"]
    ours["tagged"].delete()
    assert find_track("new") is None


@contextmanager
def server(handler: Handler) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()


def subsonic(songs: list[dict[str, Any]]) -> Handler:
    """A server that has songs, and pages and checks tokens as Subsonic's protocol says."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            digest = hashlib.md5((PASSWORD + asked.get("s", "")).encode()).hexdigest()
            body: dict[str, Any] = {"status": "ok", "version": "1.16.1"}
            if PASSWORD in self.path:
                body = {"status": "failed", "error": {"code": 0, "message": "the password was sent"}}
            elif asked.get("apiKey") != "a key" and (asked.get("u"), asked.get("t")) != ("me", digest):
                body = {"status": "failed", "error": {"code": 40, "message": "Wrong username or password"}}
            else:
                assert urlsplit(self.path).path == "/rest/search3.view"
                start = int(asked["songOffset"])
                body["searchResult3"] = {"song": songs[start : start + int(asked["songCount"])]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"subsonic-response": body}).encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Answer


def saying(status: int, body: bytes) -> Handler:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Answer


def test_all_songs_of_a_server_are_listed_page_by_page():
    songs = [
        {"id": f"s{n}", "title": f"Song {n}", "artist": "A", "duration": 180, "isrc": ["X"]}
        for n in range(1203)
    ]
    with server(subsonic(songs)) as url:
        found = list(list_songs(f"{url}/", user="me", password=PASSWORD))
        assert [song.id for song in found] == [song["id"] for song in songs]
        assert found[0] == Song(id="s0", title="Song 0", artist="A", duration_s=180.0, isrc="X")
        assert len(list(list_songs(url, api_key="a key"))) == 1203
        with pytest.raises(ParameterError, match="Wrong username"):
            list(list_songs(url, user="me", password="wrong"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"), (200, b"[]"), (200, b"null"), (200, b'{"subsonic-response": 1}'), (200, b"[" * 100_000),
        (200, b'{"subsonic-response": {"status": "failed", "error": []}}'), (500, b""), (302, b""), (200, b"\xff\xfe"),
    ],
)  # fmt: skip
def test_what_is_no_subsonic_server_is_said_to_be_none(status: int, body: bytes):
    with server(saying(status, body)) as url, pytest.raises(ParameterError, match="server"):
        list(list_songs(url, user="me", password=PASSWORD))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:4533",
        "ftp://x",
        "file:///etc/passwd",
        "http://u:p@x",
        "http://",
        "http://x?a=b",
    ],
)
def test_addresses_that_are_none(url: str):
    with pytest.raises(ParameterError, match="url"):
        list(list_songs(url, user="me", password=PASSWORD))


def test_a_server_that_is_not_there_is_named_without_the_token():
    with pytest.raises(ParameterError) as caught:
        list(list_songs("http://127.0.0.1:9", user="me", password=PASSWORD))
    assert "t=" not in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=2),
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "artistId", "title", "path", "isrc", "duration", "album"]), anything
    )
)
def test_no_row_of_a_server_breaks_it(row: dict[str, Any]):
    song = _song(row)
    assert isinstance(song.id, str)
    assert song.duration_s is None or song.duration_s > 0
