"""Which requests go to Reprise, in requests and in httpx, and what a script notices of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.spotify_redirect import HOSTS, redirected

BASE = "http://127.0.0.1:8808"


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("https://api.spotify.com/v1/me", f"{BASE}/v1/me"),
        ("https://API.Spotify.com/v1/search?q=a%20b&type=track", f"{BASE}/v1/search?q=a%20b&type=track"),
        ("https://accounts.spotify.com/api/token", f"{BASE}/api/token"),
        ("https://open.spotify.com/track/x", "https://open.spotify.com/track/x"),
        ("https://api.spotify.com.example.org/v1/me", "https://api.spotify.com.example.org/v1/me"),
        ("https://example.org/api.spotify.com", "https://example.org/api.spotify.com"),
        ("https://api.spotify.com@example.org/", "https://api.spotify.com@example.org/"),
        ("https://example.org#@api.spotify.com/", "https://example.org#@api.spotify.com/"),
        (f"{BASE}/v1/me", f"{BASE}/v1/me"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("", ""),
    ],
)
def test_only_the_two_hosts_are_moved(url: str, to: str):
    assert redirected(url, BASE) == to


def test_a_path_of_the_server_is_kept():
    assert redirected("https://api.spotify.com/v1/me", "https://music.example.org/reprise/") == (
        "https://music.example.org/reprise/v1/me"
    )


@given(st.sampled_from(sorted(HOSTS)), st.from_regex(r"/[a-z0-9/-]*(\?[a-z0-9=&%]*)?", fullmatch=True))
def test_path_and_query_stay_as_they_are(host: str, rest: str):
    there, here = urlsplit(redirected(f"https://{host}{rest}", BASE)), urlsplit(f"https://{host}{rest}")
    assert (there.path, there.query) == (here.path, here.query)
    assert there.netloc == "127.0.0.1:8808"


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that notes what comes: host and path."""
    seen: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.headers['Host']}{self.path}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Note) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", seen
        running.shutdown()


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reprise.spotify_redirect", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
    )  # fmt: skip


SCRIPT = """
import asyncio, os, sys
import httpx, requests
assert __name__ == "__main__"
import beside
requests.get("https://api.spotify.com/v1/requests", params={"a": 1})
requests.Session().request(method="GET", url="https://api.spotify.com/v1/session")
httpx.get("https://api.spotify.com/v1/httpx")
with httpx.Client(base_url="https://accounts.spotify.com") as client:
    client.get("/api/client")
async def ask():
    async with httpx.AsyncClient() as client:
        await client.get("https://api.spotify.com/v1/async")
asyncio.run(ask())
print(sys.argv[1:], os.environ["SPOTIPY_CLIENT_USERNAME"], beside.NAME)
sys.exit(7)
"""


def test_every_way_of_asking_is_moved(server: tuple[str, list[str]], tmp_path: Path):
    url, seen = server
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "beside.py").write_text("NAME = 'found'", encoding="utf-8")
    done = run("--to", url, tmp_path / "script.py", "--flag", "value")
    assert done.stdout == "['--flag', 'value'] reprise found\n", done.stderr
    assert done.returncode == 7
    host = url.removeprefix("http://")
    assert seen == [
        f"{host}{path}"
        for path in ("/v1/requests?a=1", "/v1/session", "/v1/httpx", "/api/client", "/v1/async")
    ]


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("nothing.py",), ("--to", "http://x"), ("--to", "x", __file__)]
)
def test_wrong_usage_is_said_in_a_line(arguments: tuple[str, ...]):
    done = run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_environment_says_where(server: tuple[str, list[str]], tmp_path: Path):
    url, seen = server
    (tmp_path / "script.py").write_text("import requests; requests.get('https://api.spotify.com/v1/me')")
    assert run(tmp_path / "script.py", REPRISE_URL=url).returncode == 0
    assert len(seen) == 1
