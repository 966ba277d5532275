"""``reprise scan`` in processes of its own: to the end, killed in the middle, and beside a running worker."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from reprise.demo import PIECES, render

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Six short pieces, and what is none."""
    folder = tmp_path / "music"
    folder.mkdir()
    for piece in PIECES[:3]:
        y = render(piece).T[: 5 * 44100]
        for part in range(2):
            soundfile.write(folder / f"{piece.name} {part}.flac", y[part * 44100 :], 44100)
    (folder / "text.mp3").write_text("no music", encoding="utf-8")
    return folder


def statuses(data: Path) -> dict[str, str]:
    """Read the library's rows past the program."""
    with sqlite3.connect(data / "library.sqlite") as rows:
        return {
            Path(path).name: status for path, status in rows.execute("SELECT path, status FROM library_track")
        }


def test_a_folder_is_scanned_and_analysed(reprise: Run, music: Path, tmp_path: Path) -> None:
    done = reprise(
        "scan", music, "--data", tmp_path / "data", "--database", f"sqlite:///{tmp_path}/data/library.sqlite"
    )
    said = done.stdout.decode()
    assert done.returncode == 1
    assert "7 files: 7 new, 1 that cannot be read" in said
    assert "6 analysed tracks, 1 that failed" in said
    assert "text.mp3: no known audio format" in done.stderr.decode()
    again = reprise(
        "scan", "--data", tmp_path / "data", "--database", f"sqlite:///{tmp_path}/data/library.sqlite"
    )
    assert (again.returncode, again.stderr) == (0, b"")
    assert "7 files: 7 unchanged" in again.stdout.decode()


def test_a_scan_that_is_killed_goes_on(
    reprise: Run, command_line: Callable[..., list[str]], music: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    where = ("--data", data, "--database", f"sqlite:///{data}/library.sqlite")
    assert reprise("scan", music, "--no-analysis", *where).returncode == 1
    for enough in (1, 3):
        process = subprocess.Popen(command_line("scan", music, "--jobs", "1", *where), stdout=subprocess.PIPE)
        try:
            deadline = time.monotonic() + 120
            while list(statuses(data).values()).count("analysed") < enough and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    before = {name for name, status in statuses(data).items() if status == "analysed"}
    assert len(before) >= 3
    assert reprise("scan", music, *where).returncode == 0
    assert sorted(statuses(data).values()) == ["analysed"] * 6 + ["failed"]


def test_nothing_to_scan_is_wrong_usage(reprise: Run, tmp_path: Path) -> None:
    done = reprise("scan", "--data", tmp_path, "--database", f"sqlite:///{tmp_path}/library.sqlite")
    assert done.returncode == 2
    assert b"name one: reprise scan DIR" in done.stderr


def test_a_folder_that_is_none_is_said_in_one_line(reprise: Run, tmp_path: Path) -> None:
    where = ("--data", tmp_path, "--database", f"sqlite:///{tmp_path}/library.sqlite")
    done = reprise("scan", tmp_path / "nowhere", *where)
    assert (done.returncode, done.stderr.decode().strip()) == (
        1,
        f"Error: {tmp_path}/nowhere: there is no such folder",
    )
