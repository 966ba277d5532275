"""Search over the API, and a provider that is played by a real server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from reprise.records import Tags
from reprise.web.library import online
from reprise.web.library.models import Track
from reprise.web.library.preferences import set_preference
from reprise.web.library.storing import describe


@pytest.fixture
def library(db: Any) -> None:
    for number, (title, artist) in enumerate(
        [("Help!", "The Beatles"), ("Yesterday", "The Beatles"), ("One", "U2")]
    ):
        track = Track(path=f"/{number}", size=1, mtime_ns=1, energy=number / 2, status="analysed")
        describe(track, Tags(title=title, artist=artist))
        track.save()


def get(client: Client, path: str, **query: Any) -> Any:
    return client.get(f"/api/v1{path}", query)


def test_search(library: None, owner_client: Client) -> None:
    answer = get(owner_client, "/search", q="beetles energy<0.4").json()
    assert [track["title"] for track in answer["items"]] == ["Help!"]
    assert (answer["total"], answer["query"]) == (1, "beetles energy<0.4")
    assert answer["suggestions"] == ["beatles energy<0.4"]
    page = get(owner_client, "/search", sort="-energy", limit=1, offset=1).json()
    assert [track["title"] for track in page["items"]] == ["Yesterday"]
    assert page["total"] == 3


def test_the_list_of_tracks_takes_queries(library: None, owner_client: Client) -> None:
    answer = get(owner_client, "/tracks", q="beatles", sort="title").json()
    assert [track["title"] for track in answer["items"]] == ["Help!", "Yesterday"]


@pytest.mark.parametrize("path", ["/search", "/tracks", "/distributions"])
def test_bad_queries_are_problems(db: Any, owner_client: Client, path: str) -> None:
    answer = get(owner_client, path, q="gnere:rock")
    assert answer.status_code == 422
    assert "did you mean 'genre'" in answer.json()["detail"]


def test_suggest(library: None, owner_client: Client) -> None:
    first = get(owner_client, "/suggest", q="beatl").json()[0]
    assert (first["kind"], first["text"]) == ("artist", "The Beatles")
    assert get(owner_client, "/suggest", q='"').status_code == 200


def test_distributions_and_genres(library: None, owner_client: Client) -> None:
    names = [each["name"] for each in get(owner_client, "/distributions").json()]
    assert names[-4:] == ["tempo", "loudness", "key", "year"]
    genres = get(owner_client, "/genres").json()
    assert len(genres) == 26


DEEZER = {"data": [
    {"title": "Help\u202e!\n", "artist": {"name": "The Beatles"}, "preview": "https://cdn.example/1.mp3"},
    {"title": "No preview", "artist": {"name": "X"}, "preview": ""},
    {"title": "Script", "artist": {"name": "X"}, "preview": "javascript:alert(1)"},
    {"title": "Password", "artist": {"name": "X"}, "preview": "https://a:b@cdn.example/1.mp3"},
    {"title": 5, "artist": [], "preview": {}}, "nothing", None,
]}  # fmt: skip
ITUNES = {"results": [{"trackName": "One", "artistName": "U2", "previewUrl": "https://a.example/1.m4a"}]}


class Provider:
    """A server on the loopback that answers as it is told."""

    def __init__(self) -> None:
        self.body: bytes = b""
        self.status, self.delay_s = 200, 0.0
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                time.sleep(provider.delay_s)
                self.send_response(provider.status)
                for name, value in provider.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    played = Provider()
    for name in online.API_URLS:
        monkeypatch.setitem(online.API_URLS, name, played.url)
    yield played
    played.server.shutdown()
    played.server.server_close()


def test_nobody_is_asked_unless_it_is_turned_on(db: Any, owner_client: Client, provider: Provider) -> None:
    assert get(owner_client, "/suggest/online", q="help").json() == []
    assert provider.asked == []


def test_deezer_is_asked_and_its_answer_cleaned(db: Any, owner_client: Client, provider: Provider) -> None:
    set_preference("online_search", "deezer")
    provider.body = json.dumps(DEEZER).encode()
    assert get(owner_client, "/suggest/online", q="help  beatles&x=1").json() == [
        {
            "provider": "deezer",
            "title": "Help !",
            "artist": "The Beatles",
            "preview_url": "https://cdn.example/1.mp3",
        }
    ]
    assert provider.asked == ["/search?q=help+beatles%26x%3D1&limit=16"]
    assert get(owner_client, "/suggest/online", q="").json() == []


def test_itunes_is_asked(db: Any, owner_client: Client, provider: Provider) -> None:
    set_preference("online_search", "itunes")
    provider.body = json.dumps(ITUNES).encode()
    assert get(owner_client, "/suggest/online", q="one").json()[0]["title"] == "One"
    assert provider.asked[0].startswith("/search?term=one&media=music&entity=song")


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (b"not JSON", 200, {}),
        (b" " * (2 << 20), 200, {}),
        (b"{}", 500, {}),
        (b"", 302, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_what_is_no_answer_is_said(
    db: Any, owner_client: Client, provider: Provider, body: bytes, status: int, headers: dict[str, str]
) -> None:
    set_preference("online_search", "deezer")
    provider.body, provider.status, provider.headers = body, status, headers
    answer = get(owner_client, "/suggest/online", q="one")
    assert answer.status_code == 502
    assert answer.json()["status"] == 502
    assert len(provider.asked) == 1


def test_a_provider_that_does_not_answer_is_not_waited_for(
    db: Any, owner_client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "_TIMEOUT_S", 0.1)
    set_preference("online_search", "deezer")
    provider.delay_s = 1.0
    assert get(owner_client, "/suggest/online", q="one").status_code == 502
