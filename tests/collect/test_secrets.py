"""Secrets are in no log, no error and no file, however things go and however much is logged."""

from __future__ import annotations

import base64
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reprise.collect.credentials import guard_logs, hide, read_secret, remember
from reprise.errors import ConfigError

ID, SECRET, TOKEN, KEY = "the-client-id-7f3a", "the-client-secret-91bc", "the-token-55d0", "last+fm/key=4242"
PAIR = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
FORBIDDEN = [ID, SECRET, TOKEN, KEY, PAIR, "last%2Bfm%2Fkey%3D4242", "last%2Bfm/key%3D4242"]

COMMAND = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from reprise.cli import main
from reprise.cli.collect import collect
import reprise.cli
reprise.cli.cli.add_command(collect)
import click
try:
    collect(sys.argv[1:], standalone_mode=False)
except BaseException as error:
    import traceback
    traceback.print_exc()
    logging.getLogger("spotipy.client").exception("it was %s", error)
    sys.exit(3)
"""


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, env={**os.environ, "LASTFM_API_KEY": KEY},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def assert_clean(tmp_path: Path, output: str) -> None:
    for secret in FORBIDDEN:
        assert secret not in output
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert secret.encode() not in path.read_bytes(), path


SPOTIFY_REPLIES = {
    "well": [],
    "denied, with the header quoted back": [
        {"body": {"error": {"status": 403, "message": f"Bearer {TOKEN} of {ID} may not"}}, "status": 403}
    ],
    "broken": [{"cut_at": 3, "body": {"tracks": 1}}, {"body": b"oops", "status": 500}],
    "not found": [{"body": {"error": {"status": 404, "message": f"no {TOKEN}"}}, "status": 404}],
    "redirected": [{"body": b"", "status": 302, "headers": {"Location": f"http://127.0.0.1:9/?t={TOKEN}"}}],
}


@pytest.mark.parametrize("replies", SPOTIFY_REPLIES.values(), ids=SPOTIFY_REPLIES)
def test_spotify(spotify_server, reply, tmp_path, replies):
    spotify_server.fail("search", *(reply(**each) for each in replies))
    url = spotify_server.url
    code, output = run(
        tmp_path, "spotify", "search", "--genre", "soul", "--total", "5", "--accept-spotify-policy",
        "--base-url", f"{url}/v1/", "--token-url", f"{url}/api/token",
    )  # fmt: skip
    assert "spotipy" in output  # it did log
    assert spotify_server.asked("token")[0].headers["Authorization"] == f"Basic {PAIR}"
    assert code == (3 if "denied" in str(replies) or "may not" in str(replies) else 0), output
    assert_clean(tmp_path, output)


def test_spotify_with_wrong_keys(spotify_server, reply, tmp_path):
    quoted = reply({"error": "invalid_client", "error_description": f"{ID} {SECRET}"}, status=400)
    spotify_server.on("token", quoted)
    url = spotify_server.url
    code, output = run(
        tmp_path, "spotify", "features", "--accept-spotify-policy",
        "--base-url", f"{url}/v1/", "--token-url", f"{url}/api/token",
    )  # fmt: skip
    assert code == 0  # nothing is stored, so nothing is asked
    code, output = run(
        tmp_path, "spotify", "search", "--accept-spotify-policy",
        "--base-url", f"{url}/v1/", "--token-url", f"{url}/api/token",
    )  # fmt: skip
    assert code == 3
    assert_clean(tmp_path, output)


@pytest.mark.parametrize(
    "answer",
    [{"body": {"tracks": {"track": [], "@attr": {"totalPages": "0"}}}},
     {"body": {"error": 10, "message": f"Invalid API key {KEY}"}, "status": 403},
     {"body": {"error": 6, "message": f"bad {KEY}"}},
     {"body": b"no JSON", "status": 404}],
    ids=["well", "denied", "refused", "not found"],
)  # fmt: skip
def test_lastfm(server, reply, tmp_path, answer):
    server.on("^/2.0/", reply(**answer))
    _, output = run(tmp_path, "lastfm", "soul", "--base-url", f"{server.url}/2.0/")
    assert server.asked()[0].query["api_key"] == KEY
    assert "httpx" in output
    assert_clean(tmp_path, output)


def test_a_lastfm_server_that_is_not_there(tmp_path):
    code, output = run(tmp_path, "lastfm", "soul", "--base-url", "http://127.0.0.1:9/", "--max-errors", "1")
    assert code == 3
    assert "no connection" in output
    assert_clean(tmp_path, output)


def test_missing_keys_are_named(monkeypatch):
    monkeypatch.delenv("LASTFM_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="LASTFM_API_KEY is not set"):
        read_secret("LASTFM_API_KEY", "a key")
    monkeypatch.setenv("LASTFM_API_KEY", "bad\nkey")
    with pytest.raises(ConfigError) as caught:
        read_secret("LASTFM_API_KEY", "a key")
    assert "bad" not in str(caught.value)


def test_what_is_hidden_in_every_spelling(caplog):
    remember("a b+c/d-secret")
    guard_logs()
    secret = "a b+c/d-secret"
    text = "a b+c/d-secret, a%20b%2Bc%2Fd-secret, a+b%2Bc%2Fd-secret"
    assert hide(text) == "***, ***, ***"
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").debug("GET %s", "https://x/?key=a b+c/d-secret")
        try:
            raise ValueError(secret)
        except ValueError:
            logging.getLogger("reprise.collect").exception("failed")
        logging.getLogger("spotipy.client").debug("%d %d", "no number", secret)
    assert "a b+c/d-secret" not in caplog.text
    assert caplog.text.count("***") == 2
