"""Playlists and tags from the command line, on a small library of real files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from reprise.cli.formats import EXTENSIONS, read_records
from reprise.demo import PIECES, render

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def ask(reprise: Run, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Run a command on a library of two analysed pieces; returns code, standard output and error."""
    top = tmp_path_factory.mktemp("kept")
    (top / "music").mkdir()
    for piece in PIECES[:2]:
        with soundfile.SoundFile(top / "music" / f"{piece.name}.flac", "w", 44100, channels=2) as file:
            file.title, file.artist = piece.name.title(), "The Demo Band"
            file.write(render(piece).T[: 8 * 44100])

    def run(*args: str | Path) -> tuple[int, str, str]:
        where = ("--data", top / "data", "--database", f"sqlite:///{top}/data/library.sqlite")
        done = reprise(*args, *where, cwd=top)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    assert run("scan", "music")[0] == 0
    return run


def test_playlists(ask: Ask, tmp_path: Path) -> None:
    first = sorted(piece.name for piece in PIECES[:2])[0]
    assert ask("playlist", "create", "By hand", f"music/{first}.flac")[0] == 0
    assert ask("playlist", "create", "Rule", "--query", "tempo>1", "--sort", "title")[0] == 0
    assert ask("playlist", "create", "Broken", "--query", "tempo>>1")[0] == 1
    assert ask("playlist", "create", "Neither")[0] == 2
    assert ask("playlist", "create", "Unknown", "music/nothing.flac")[0] == 1
    _, listed, _ = ask("playlist", "list")
    assert listed.splitlines() == ["Rule  2 tracks, 0 min  (tempo>1)", "By hand  1 tracks, 0 min"]
    file = tmp_path / "rule.m3u8"
    assert ask("playlist", "export", "Rule", file)[1] == f"2 tracks written to {file}\n"
    assert file.read_text(encoding="utf-8").count("#EXTINF:8,The Demo Band - ") == 2
    assert ask("playlist", "import", file, "--name", "Copy")[1] == "Copy: 2 tracks\n"
    assert ask("playlist", "delete", "Copy")[0] == 0
    code, _, error = ask("playlist", "delete", "Rul")
    assert (code, error) == (1, "Error: unknown playlist 'Rul'; did you mean 'Rule'?\n")


def test_tags(ask: Ask) -> None:
    code, said, _ = ask("tag", "write", "music", "--dry-run")
    assert (code, said.count("BPM: nothing -> ")) == (0, 2)
    assert "2 files would change, 0 are so already, 0 failed" in said
    code, said, _ = ask("tag", "write", "title:" + PIECES[0].name)
    assert "1 files changed" in said
    assert "2 unchanged" in ask("scan")[1]
    assert ask("tag", "undo")[1] == "1 files changed, 0 are so already, 0 failed\n"
    assert ask("tag", "undo")[1] == "There is nothing to undo.\n"
    assert ask("tag", "write", "title:nothing")[0] == 1
    assert ask("tag", "write", "music", "title:nothing")[0] == 1


def test_status(ask: Ask) -> None:
    said = ask("library", "status")[1]
    assert "2 tracks: 0 queued, 2 analysed, 0 failed; 0 missing" in said
    assert "0 wait for analysis, 0 workers are running" in said


def test_tables_of_all_tracks(ask: Ask, tmp_path: Path) -> None:
    for name in ("x.csv", "x.parquet", "x.jsonl", "x.json"):
        code, said, error = ask("library", "export", tmp_path / name)
        assert (code, error) == (0, "")
        assert said == f"2 tracks written to {tmp_path / name}\n"
        records = list(read_records(tmp_path / name, EXTENSIONS[Path(name).suffix]))
        assert sorted(record["title"] for record in records) == sorted(
            piece.name.title() for piece in PIECES[:2]
        )
        assert all(len(record["embedding"]) == 500 and record["tempo"] > 0 for record in records)
    assert ask("library", "export", tmp_path / "x.txt")[0] == 2
    assert ask("library", "export", tmp_path / "x.csv")[0] == 1


def test_everything_is_kept_forgotten_and_brought_back(ask: Ask, tmp_path: Path) -> None:
    backup, export = tmp_path / "kept.backup", tmp_path / "known.jsonl.gz"
    assert ask("library", "backup", backup)[1] == f"2 tracks and 0 uploaded files: {backup}\n"
    assert ask("playlist", "create", "Kept", "--query", "tempo>1")[0] == 0
    playlists = len(ask("playlist", "list")[1].splitlines())  # an earlier test may have made some
    said = ask("library", "export", export)[1]
    assert f"2 tracks, 2 of them analysed, {playlists} playlists and 0 corrections" in said
    assert (
        ask("library", "restore", backup)[2]
        == "Error: the library is not empty; --force replaces all that is in it\n"
    )
    assert ask("library", "forget", "nothing")[0] == 1
    assert ask("library", "forget", "music")[1] == "2 tracks forgotten; no file was touched.\n"
    assert "2 tracks taken in, 2 of them analysed" in ask("library", "import", export)[1]
    # Where the music is found again, nothing is analysed.
    code, said, error = ask("scan", "music")
    assert (code, error) == (0, "")
    assert "2 moved" in said
    assert ask("library", "restore", backup, "--force")[1] == "2 tracks and 0 uploaded files are back.\n"
    assert "2 unchanged" in ask("scan")[1]
    (tmp_path / "bad").write_bytes(backup.read_bytes()[:-20000])
    assert ask("library", "restore", tmp_path / "bad", "--force")[0] == 1
