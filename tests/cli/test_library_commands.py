"""Playlists and tags from the command line, on a small library of real files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

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
