"""A small library of real audio with everything in it that a library should not have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from reprise.demo import PIECES, render
from reprise.records import FailedAnalysis, Mood, ScoredName, Tag, TempoCandidate, TrackAnalysis
from reprise.targets import HEADS

Command = Callable[..., list[str]]
HOSTILE_TITLE = '=HYPERLINK("http://x","[bold red]free[/] \x1b[31mmusic\x1b]0;owned\x07 \u202egnp")'
SAMPLE_RATE = 22050

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def _command_line(*args: str | Path) -> list[str]:
    """Build the command line of a fresh ``reprise`` process."""
    return [
        sys.executable,
        "-c",
        "import sys; from reprise.cli import main; sys.exit(main())",
        *map(str, args),
    ]


@pytest.fixture(scope="session")
def command_line() -> Callable[..., list[str]]:
    """Build the command line of a fresh ``reprise`` process."""
    return _command_line


@pytest.fixture(scope="session")
def reprise() -> Run:
    """Run ``reprise`` in a process of its own and return what it said."""

    def run(
        *args: str | Path, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            _command_line(*args), cwd=cwd, capture_output=True, timeout=120, check=False,
            env={**os.environ, "COLUMNS": "80", **environment}, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two tracks, one of hostile tags, and a broken, a hidden and an unrelated file."""
    folder = tmp_path_factory.mktemp("cli") / "library"
    (folder / "sub").mkdir(parents=True)
    by_name = {piece.name: render(piece, SAMPLE_RATE)[:, : 3 * SAMPLE_RATE].T for piece in PIECES[:2]}
    soundfile.write(folder / "house.wav", by_name["house"], SAMPLE_RATE)
    with soundfile.SoundFile(folder / "sub" / "waltz.flac", "w", SAMPLE_RATE, 2) as file:
        file.title, file.artist = HOSTILE_TITLE, "@artist"
        file.write(by_name["waltz"])
    (folder / "broken.mp3").write_text("this is no music")
    (folder / ".hidden.wav").write_bytes((folder / "house.wav").read_bytes())
    (folder / "notes.txt").write_text("to do")
    (folder / "sub" / "loop").symlink_to("..")
    (folder / "sub" / "again.wav").symlink_to("../house.wav")
    return folder


@pytest.fixture(scope="session")
def many(library: Path) -> Path:
    """A folder with two dozen names for one short file."""
    folder = library.parent / "many"
    folder.mkdir()
    for i in range(24):
        os.link(library / "house.wav", folder / f"{i:02}.wav")
    return folder


@pytest.fixture(scope="session")
def make_record() -> Callable[..., dict[str, Any]]:
    """Build records with a value in every field."""
    return _record


def _record(path: str = "a.wav", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {head: 0.125 * i for i, head in enumerate(HEADS)}
    values |= {
        "path": path, "title": "Title", "artist": "Artist", "duration_ms": 30000, "key": 9, "mode": 0,
        "loudness": -8.5, "tempo": 124.0, "time_signature": 4, "intervals": dict.fromkeys(HEADS, (0.1, 0.9)),
        "confidence": {"tempo": 0.9, "key": 0.8, "mode": 0.7, "time_signature": 0.6},
        "tempo_candidates": (
            TempoCandidate(bpm=124.0, confidence=0.9), TempoCandidate(bpm=62.0, confidence=0.1),
        ),
        "loudness_lufs": -9.0, "loudness_range_lu": 3.5, "true_peak_db": -0.5,
        "genres": (ScoredName(name="house", score=0.75), ScoredName(name="techno", score=0.25)),
        "mood": Mood(valence=0.5, arousal=0.75, quadrant="Q1", emotions={"joy": 0.5}),
        "tags": (Tag(name="dance", score=0.5, source="msd"),), "model": "reprise 1", "warnings": ("short",),
    }  # fmt: skip
    return TrackAnalysis(**{**values, **changes}).to_dict()


@pytest.fixture(scope="session")
def failure() -> dict[str, Any]:
    """The record of a file that could not be read."""
    return FailedAnalysis(path="b.wav", error_type="DecodeError", message="-not audio").to_dict()
