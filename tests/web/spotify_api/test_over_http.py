"""A real server, asked over HTTP: what only the server itself does, and the examples of the page."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.test_serve import Server

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for this machine alone, with an empty library."""
    server = Server(tmp_path_factory.mktemp("spotify"), "--no-demo", "--workers", "0")
    server.wait_ready()
    yield server
    server.process.terminate()
    server.process.wait(30)


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    """Send a request over a connection of its own; return the answer, its body read."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.text = answer.read()  # type: ignore[attr-defined]
        return answer
    finally:
        line.close()


def test_both_forms_of_an_address_are_answered_at_once(server: Server) -> None:
    plain, slash = (ask(server, "GET", path) for path in ("/v1/me", "/v1/me/"))
    assert (plain.status, slash.status) == (200, 200)
    assert json.loads(plain.text) == json.loads(slash.text)
    assert json.loads(plain.text)["href"] == f"http://127.0.0.1:{server.port}/v1/users/owner"


def test_head_has_no_body_and_304_has_none(server: Server) -> None:
    first = ask(server, "GET", "/v1/me")
    head = ask(server, "HEAD", "/v1/me")
    assert (head.status, head.text, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    known = ask(server, "GET", "/v1/me", If_None_Match=first.headers["ETag"])
    assert (known.status, known.text) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v1/tracks/%00", None, 400),
        ("GET", "/v1/tracks/%ff", None, 400),
        ("POST", "/v1/me/playlists", bytes(5 << 20), 413),
        ("PUT", "/v1/me", None, 405),
    ],
)
def test_errors_of_the_server_itself_have_spotifys_shape(
    server: Server, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = ask(server, method, path, body)
    assert answer.status == status
    said = json.loads(answer.text)["error"]
    assert said["status"] == status
    assert said["message"]


def test_a_token_is_given_and_works(server: Server) -> None:
    form = b"grant_type=client_credentials&client_id=a&client_secret=b"
    kind = "application/x-www-form-urlencoded"
    answer = ask(server, "POST", "/api/token", form, Content_Type=kind)
    token = json.loads(answer.text)["access_token"]
    assert ask(server, "GET", "/v1/me", Authorization=f"Bearer {token}").status == 200
    assert ask(server, "GET", "/v1/me", Authorization=f"Bearer {token}x").status == 401


def test_the_examples_of_the_page_work(server: Server) -> None:
    page = (ROOT / "docs" / "reference" / "spotify-api.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    answers = []
    for example in examples:
        ran = subprocess.run(
            ["bash", "-euc", example], env={**os.environ, "BASE": f"http://127.0.0.1:{server.port}"},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        answers.append(json.loads(ran.stdout))
    found, token = answers
    assert found["tracks"]["limit"] == 2
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)


def test_the_page_lists_what_is_served() -> None:
    from reprise.web.spotify_api.urls import ROUTES

    page = (ROOT / "docs" / "reference" / "spotify-api.md").read_text(encoding="utf-8")
    rows = page.partition("## What is served")[2].partition("\n\nEvery path")[0].splitlines()[4:]
    listed: dict[str, set[str]] = {}
    for row in rows:
        paths, methods, _ = row.strip("| ").split(" | ", 2)
        for path in re.findall(r"`([^`]+)`", paths):
            listed[path.removesuffix("?ids=")] = set(methods.split(", "))
    assert listed == {path: set(view.functions) for path, view in ROUTES.items()}


def test_the_log_has_no_error(server: Server) -> None:
    # Last in this file: what the tests above have sent has been no surprise to the server.
    assert "Traceback" not in server.log.read_text()
