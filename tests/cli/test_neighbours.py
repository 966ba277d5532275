"""``reprise neighbours`` on a library of two files and a server that has both and another."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import soundfile

from reprise.demo import PIECES, render

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
Ask = Callable[..., tuple[int, str, str]]
SONGS = [
    {"id": "nd1", "artistId": "nda", "title": PIECES[0].name.title(), "artist": "The Demo Band", "duration": 8},
    {"id": "nd2", "artistId": "nda", "title": "another", "duration": 8,
     "path": f"x/neighbouring0/music/{PIECES[1].name}.flac"},
    {"id": "nd3", "artistId": "ndb", "title": "Not here", "artist": "Nobody", "duration": 8},
]  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A music server with an account ada."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body: dict[str, object] = {"status": "ok", "searchResult3": {"song": SONGS}}
            if "u=ada" not in self.path:
                body = {"status": "failed", "error": {"code": 40, "message": "Wrong \x1b[31musername"}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"subsonic-response": body}).encode())

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="module")
def ask(reprise: Run, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    top = tmp_path_factory.mktemp("neighbouring")
    (top / "music").mkdir()
    for piece in PIECES[:2]:
        with soundfile.SoundFile(top / "music" / f"{piece.name}.flac", "w", 44100, channels=2) as file:
            file.title, file.artist = piece.name.title(), "The Demo Band"
            file.write(render(piece).T[: 8 * 44100])

    def run(*args: str | Path, **environment: str) -> tuple[int, str, str]:
        where = ("--data", top / "data", "--database", f"sqlite:///{top}/data/library.sqlite")
        done = reprise(*args, *where, cwd=top, **environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    assert run("scan", "music")[0] == 0
    return run


def test_what_is_here_is_learnt(ask: Ask, url: str) -> None:
    said = ask("neighbours", url, "--user", "ada", REPRISE_NEIGHBOUR_PASSWORD="sesame")
    assert said == (0, "2 of its 3 songs are here, 1 by title and artist, 1 by path; 1 artists\n", "")


def test_a_refusal_is_one_line(ask: Ask, url: str) -> None:
    code, out, error = ask("neighbours", url, "--user", "eve", "--password", "x")
    assert (code, out) == (1, "")
    assert error.startswith("Error: the server refuses: Wrong ")
    assert "\x1b" not in error
    assert ask("neighbours", "nowhere", "--api-key", "x")[2].startswith("Error: url: ")
