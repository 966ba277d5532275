"""A local server that speaks as the providers' documents say, and that can be told to misbehave."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from reprise.collect.base import Pace
from reprise.collect.pace import Clock
from reprise.datasets.rows import ArtistRow, TrackRow
from reprise.datasets.store import Source, Store


@dataclass
class Reply:
    """What the server answers: JSON or bytes; late, drop by drop, or cut off after so many bytes."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut_at: int | None = None
    drip_s: float = 0.0


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str = ""

    @property
    def line(self) -> str:
        return f"{self.path}?{'&'.join(f'{k}={v}' for k, v in sorted(self.query.items()))}"


class LocalServer:
    """An HTTP server on the loopback; `log` holds what it was asked."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.delay_s = 0.0
        self._routes: list[tuple[re.Pattern[str], Callable[[Asked], Any]]] = []
        self._faults: list[tuple[re.Pattern[str], list[Reply]]] = []
        self._lock = threading.Lock()
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._httpd.daemon_threads = True
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def on(self, path: str, answer: Callable[[Asked], Any] | Any) -> None:
        """Answer requests for a path (a regular expression) from now on; the newest rule counts."""
        self._routes.insert(0, (re.compile(path), answer if callable(answer) else lambda _: answer))

    def fail(self, path: str, *replies: Reply) -> None:
        """Answer the next requests for a path with these instead."""
        self._faults.append((re.compile(path), list(replies)))

    def asked(self, path: str = "") -> list[Asked]:
        return [request for request in self.log if re.search(path, request.path)]

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()

    def _reply_to(self, request: Asked) -> Reply:
        with self._lock:
            self.log.append(request)
            for path, replies in self._faults:
                if replies and path.search(request.path):
                    return replies.pop(0)
        for path, answer in self._routes:
            if path.search(request.path):
                found = answer(request)
                return found if isinstance(found, Reply) else Reply(found)
        return Reply({"error": {"status": 404, "message": "no such route"}}, status=404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                query = dict(parse_qsl(split.query, keep_blank_values=True))
                reply = server._reply_to(Asked(self.command, split.path, query, dict(self.headers), body))
                time.sleep(reply.delay_s + server.delay_s)
                with contextlib.suppress(OSError):
                    self.send(reply)

            do_GET = do_POST = answer  # noqa: N815

            def send(self, reply: Reply) -> None:
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(data)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.cut_at is not None:
                    self.wfile.write(data[: reply.cut_at])
                    self.close_connection = True
                elif reply.drip_s:
                    for i in range(len(data)):
                        self.wfile.write(data[i : i + 1])
                        self.wfile.flush()
                        time.sleep(reply.drip_s)
                else:
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        return Handler


@pytest.fixture
def server() -> Iterator[LocalServer]:
    server = LocalServer()
    yield server
    server.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "songs.sqlite") as store:
        yield store


class FakeTime:
    """A clock that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now_s, sleep=self.sleep)


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def pace(fake_time: FakeTime) -> Pace:
    """A run that waits on a fake clock."""
    return Pace(clock=fake_time.clock)


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def fill(store: Store) -> Callable[..., None]:
    """Store tracks for providers that are asked about stored ones: catalogue, ref, title, artist, ISRC."""

    def fill(*rows: tuple[str, str, str, str, str | None]) -> None:
        run_id = store.begin_run("table", {})
        with store.transaction():
            store.add(
                [
                    TrackRow(
                        catalogue=catalogue,
                        ref=ref,
                        title=title,
                        artists=(ArtistRow(name=artist),),
                        duration_ms=200_000,
                        identifiers=(("isrc", isrc),) if isrc else (),
                    )
                    for catalogue, ref, title, artist, isrc in rows
                ],
                Source(provider="table", licence="CC0", run_id=run_id),
            )

    return fill


def spotify_id(n: int, kind: str = "t") -> str:
    return f"{kind}{n:021d}"


def spotify_artist(n: int) -> dict[str, Any]:
    ref = spotify_id(n, "a")
    return {
        "id": ref,
        "name": f"Artist {n}",
        "type": "artist",
        "popularity": n % 100,
        "genres": ["soul", "pop"],
    }


def spotify_track(n: int) -> dict[str, Any]:
    """A TrackObject with the fields that Spotify's description of 2025 has and that matter here."""
    return {
        "id": spotify_id(n),
        "name": f"Song {n}",
        "type": "track",
        "artists": [{"id": spotify_id(n % 7, "a"), "name": f"Artist {n % 7}", "type": "artist"}],
        "album": {"id": spotify_id(n, "b"), "name": "Album", "release_date": "1999-05-01"},
        "duration_ms": 200_000 + n,
        "explicit": n % 2 == 0,
        "external_ids": {"isrc": f"GBAAA99{n:05d}"},
        "popularity": n % 100,
        "preview_url": f"https://p.example/{n}.mp3" if n % 3 else None,
    }


def spotify_features(ref: str) -> dict[str, Any]:
    return {
        "id": ref, "danceability": 0.5, "energy": 0.6, "key": 5, "loudness": -6.5, "mode": 1,
        "speechiness": 0.04, "acousticness": 0.1, "instrumentalness": 0.0, "liveness": 0.2, "valence": 0.7,
        "tempo": 118.2, "time_signature": 4, "duration_ms": 200_000, "type": "audio_features",
    }  # fmt: skip


def page(items: list[Any], request: Asked) -> dict[str, Any]:
    limit, offset = int(request.query.get("limit", 20)), int(request.query.get("offset", 0))
    return {"items": items[offset : offset + limit], "total": len(items), "limit": limit, "offset": offset}


@pytest.fixture
def spotify_server(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> LocalServer:
    """Speaks Spotify's Web API: 120 songs for every genre, 7 artists, playlists of 150 songs."""
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "the-client-id-7f3a")
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "the-client-secret-91bc")

    def search(request: Asked) -> dict[str, Any]:
        base = 1000 * (1 + sum(request.query["q"].encode()) % 50)
        if request.query["type"] == "artist":
            return {"artists": page([spotify_artist(n) for n in range(7)], request)}
        return {"tracks": page([spotify_track(base + n) for n in range(120)], request)}

    def recommendations(request: Asked) -> dict[str, Any]:
        [wish] = [float(value) for name, value in request.query.items() if name.startswith("target_")]
        return {"tracks": [spotify_track(200_000 + round(1000 * wish))], "seeds": []}

    def top_tracks(request: Asked) -> dict[str, Any]:
        n = int(request.path.split("/")[3][1:])
        return {"tracks": [spotify_track(300_000 + 10 * n + i) for i in range(10)]}

    def playlist(request: Asked) -> dict[str, Any]:
        items = [{"track": spotify_track(400_000 + n)} for n in range(150)]
        items[3] = {"track": None}
        items[4] = {"track": {"id": None, "name": "A local file", "type": "track"}}
        return page(items, request)

    def features(request: Asked) -> dict[str, Any]:
        return {"audio_features": [spotify_features(ref) for ref in request.query["ids"].split(",")]}

    def tracks(request: Asked) -> dict[str, Any]:
        return {"tracks": [spotify_track(int(ref[1:])) for ref in request.query["ids"].split(",")]}

    server.on("^/api/token$", {"access_token": "the-token-55d0", "token_type": "Bearer", "expires_in": 3600})
    server.on("^/v1/search$", search)
    server.on("^/v1/recommendations$", recommendations)
    server.on("^/v1/artists/.*/top-tracks$", top_tracks)
    server.on("^/v1/artists/.*/related-artists$", {"artists": [spotify_artist(n) for n in (2, 11, 12)]})
    server.on("^/v1/playlists/.*/(items|tracks)$", playlist)
    server.on("^/v1/audio-features/?$", features)
    server.on("^/v1/tracks/?$", tracks)
    return server
