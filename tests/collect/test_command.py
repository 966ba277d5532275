"""``reprise collect`` as a user types it; every provider named in its help works from there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reprise.cli.collect import collect
from reprise.errors import ConfigError, ParameterError

COMMANDS = ["deezer", "export", "fma", "folder", "import", "itunes", "lastfm", "million-song", "musicbrainz",
            "previews", "reccobeats", "spotify", "status"]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(collect, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_help_names_every_command_and_loads_no_library(run):
    assert sorted(collect.commands) == COMMANDS
    for command in COMMANDS:
        assert command in run("--help")
        assert "--store" in run(command, "--help")
    heavy = {"httpx", "spotipy", "numpy", "sqlite3", "pyarrow"}
    code = f"import sys, reprise.cli.collect; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_policy_stands_in_the_help_and_in_the_refusal(run, spotify_server):
    assert "III.14" in run("spotify", "--help")
    with pytest.raises(ParameterError, match=r"III\.14"):
        run("spotify", "search")


def test_from_nothing_to_tables(run, spotify_server, tmp_path):
    """The walk of the docs: search, features, a sweep, and out as CSV and Parquet."""
    url = spotify_server.url
    spotify = (
        "--accept-spotify-policy",
        "--base-url",
        f"{url}/v1/",
        "--token-url",
        f"{url}/api/token",
        "--rate",
        "900",
    )
    (tmp_path / "genres.txt").write_text("# mine\nsoul\n\nfunk\n")
    assert "60 tracks" in run("spotify", "search", "--genres-from", "genres.txt", "--total", "60", *spotify)
    assert "11 tracks" in run("spotify", "recommendations", "--sweep", "energy", "--step", "0.1", *spotify)
    assert "10 tracks" in run("spotify", "top", "--genre", "soul", "--artists", "1", *spotify)
    assert "81 tracks from 1 requests" in run("spotify", "features", *spotify)
    assert "0 tracks from 0" in run("spotify", "popularity", *spotify)
    assert "81 rows in out.csv" in run("export", "out.csv")
    assert "81 rows in out.parquet" in run("export", "--view", "tracks_data", "out.parquet")
    assert "81 rows in per/tempo.csv" in run("export", "--per-feature", "per")
    assert "81 of 81 rows stored" in run("import", "out.csv", "--store", "other.sqlite", "--licence", "mine")
    # Every one of AudioFiler's genres is asked about if none is given.
    run("spotify", "search", "--total", "26", *spotify)
    assert len({r.query["q"] for r in spotify_server.asked("search") if r.query["limit"] == "1"}) == 26


def test_status_tells_what_is_there_and_how_runs_ended(run, server, reply, tmp_path):
    from reprise.collect.base import AccessDeniedError

    server.on("/dz/search", reply(b"", status=403))
    with pytest.raises(AccessDeniedError):
        run("deezer", "x", "--base-url", f"{server.url}/dz")
    shown = run("status")
    assert "0  tracks" in shown
    assert "deezer: stopped (AccessDeniedError: access denied: HTTP 403)" in shown
    assert CliRunner().invoke(collect, ["status", "--store", "nothing.sqlite"]).exit_code == 2
    assert not (tmp_path / "nothing.sqlite").exists()


@pytest.mark.parametrize(
    ("package", "command"),
    [("httpx", "deezer"), ("spotipy", "spotify features"), ("httpx", "fma . --download fma_small")],
)
def test_a_missing_library_is_named_with_its_extra(package, command, tmp_path):
    code = f"""
import sys
sys.modules[{package!r}] = None
from reprise.cli.collect import collect
collect({command.split()!r}, standalone_mode=False)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert f"{package} is needed for this: pip install 'reprise[collect]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_other_providers(run, server, monkeypatch):
    monkeypatch.setenv("LASTFM_API_KEY", "some-key-1234")
    server.on("^/dz/search", {"data": [], "total": 0})
    server.on("^/it/search", {"results": []})
    server.on("^/lf/", {"tracks": {"track": [], "@attr": {"totalPages": "0"}}})
    for name, path in (("deezer", "dz"), ("itunes", "it"), ("lastfm", "lf/")):
        assert "0 tracks from 1 requests" in run(name, "x", "--base-url", f"{server.url}/{path}")
    for arguments in (["deezer"], ["itunes"], ["lastfm"], ["reccobeats"], ["musicbrainz", "--contact", "me"]):
        assert "0 tracks from 0 requests" in run(*arguments)
    assert "0 previews saved" in run("previews")


def test_the_mapping_of_genres_can_be_printed_and_edited(run, tmp_path):
    printed = run("million-song", "--print-genres")
    (tmp_path / "own.toml").write_text(printed)
    assert printed.strip() == run("million-song", "--print-genres", "--genres", "own.toml").strip()
    assert '"Hip-Hop"' in printed


def test_the_environment_names_another_server_and_an_option_goes_before_it(run, server, monkeypatch):
    server.on("^/mirror/search", {"data": [], "total": 0})
    monkeypatch.setenv("REPRISE_DEEZER_URL", f"{server.url}/mirror")
    run("deezer", "x")
    monkeypatch.setenv("REPRISE_DEEZER_URL", "http://user:password@127.0.0.1:9/")
    run("deezer", "y", "--base-url", f"{server.url}/mirror")
    assert [request.query["q"] for request in server.asked("^/mirror/search")] == ["x", "y"]
    with pytest.raises(ConfigError) as error:
        run("deezer", "z")
    assert "password" not in str(error.value)
