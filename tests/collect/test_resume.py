"""A run that is killed loses no stored row, and the next one repeats no finished request."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from reprise.datasets.store import Store

COMMAND = "import sys; from reprise.cli.collect import collect; collect(sys.argv[1:])"


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip


def spotify_command(url: str, what: str) -> list[str]:
    addresses = ["--base-url", f"{url}/v1/", "--token-url", f"{url}/api/token"]
    return ["spotify", what, "--accept-spotify-policy", *addresses]


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def finished_requests(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM requests").fetchone()[0]
    except sqlite3.OperationalError:  # the tables are not there yet
        return 0


def kill_after(process: subprocess.Popen[str], path: Path, n: int) -> None:
    end = time.monotonic() + 60
    while finished_requests(path) < n:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    process.communicate()


def contents(path: Path) -> list[tuple]:
    with Store(path) as store:
        return list(
            store.select(
                "SELECT id, name, artist, album, popularity, preview_url FROM tracks_data ORDER BY id"
            )
        )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_killed_in_the_middle_of_a_walk(spotify_server, tmp_path):
    """From playlists to artists to related artists to top tracks: 18 requests, killed after 5, 10 and 14."""
    spotify_server.delay_s = 0.02
    url = spotify_server.url
    walk = [*spotify_command(url, "playlists"), "--playlist", "abc", "--rate", "1000"]
    finish(start(tmp_path, *walk, "--store", "whole.sqlite"))
    in_one_go = Counter(r.line for r in spotify_server.asked("/v1/"))
    assert max(in_one_go.values()) == 1

    del spotify_server.log[:]
    path = tmp_path / "killed.sqlite"
    rows_before: set = set()
    n_kills, in_flight = 0, 0
    for n in (5, 10, 14):
        kill_after(start(tmp_path, *walk, "--store", "killed.sqlite"), path, n)
        n_kills += 1
        stored = finished_requests(path)
        in_flight = len(spotify_server.asked("/v1/")) - stored
        assert 0 <= in_flight <= n_kills  # at most the one that was under way at each kill
        rows = set(contents(path))
        assert rows_before <= rows
        rows_before = rows
        with Store(path) as store:  # each finished request has its rows, and each row its finished request
            orphans = ("SELECT count(*) FROM tracks WHERE provenance_id NOT IN"
                       " (SELECT p.id FROM provenance p JOIN requests r ON r.id = p.request_id)")  # fmt: skip
            assert store.count(orphans) == 0
    out = finish(start(tmp_path, *walk, "--store", "killed.sqlite"))
    assert "requests answered before" in out
    assert contents(path) == contents(tmp_path / "whole.sqlite")
    asked = Counter(r.line for r in spotify_server.asked("/v1/"))
    assert asked.keys() == in_one_go.keys()
    repeated = sum(asked.values()) - len(asked)
    assert repeated <= n_kills
    with Store(path) as store:
        statuses = [status for (status,) in store.select("SELECT status FROM runs ORDER BY id")]
    assert statuses == ["stopped", "stopped", "stopped", "finished"]


def test_a_finished_run_asks_nothing_again(spotify_server, tmp_path):
    url = spotify_server.url
    search = [*spotify_command(url, "search"), "--genre", "soul", "--total", "100"]
    finish(start(tmp_path, *search))
    n = len(spotify_server.asked("/v1/"))
    out = finish(start(tmp_path, *search))
    assert len(spotify_server.asked("/v1/")) == n == 2
    assert "0 tracks from 0 requests; 2 requests answered before" in out
