"""``reprise correct`` and ``reprise learn``, as a user types them: corrected, learnt, applied, taken back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from reprise.analysis import hear
from reprise.demo import PIECES, render
from reprise.training.feedback.correction import Said
from reprise.training.feedback.corrections import Corrections

Run = Callable[..., subprocess.CompletedProcess[bytes]]
SR = 22_050


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five short pieces."""
    folder = tmp_path_factory.mktemp("songs")
    paths = [folder / f"{piece.name}.wav" for piece in PIECES[:5]]
    for path, piece in zip(paths, PIECES, strict=False):
        soundfile.write(path, render(piece, SR)[:, : 3 * SR].T, SR)
    return paths


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _records(done: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, Any]]:
    return {Path(record["path"]).stem: record for record in map(json.loads, _said(done).splitlines())}


def test_from_a_correction_to_another_analysis_and_back(
    reprise: Run, songs: list[Path], tmp_path: Path
) -> None:
    home = {"REPRISE_DATA": str(tmp_path / "data")}
    before = _records(reprise("analyze", *songs, "-j", "1", **home))
    said = _said(reprise("correct", songs[0], "liveness=0.9", "genre=jazz", "--as", "eve", **home))
    assert f"1: liveness of {songs[0]} is 0.9, not {before[songs[0].stem]['liveness']}" in said
    assert f"2: genre of {songs[0]} is Jazz, not {before[songs[0].stem]['genres'][0]['name']}" in said
    with Corrections(tmp_path / "data" / "corrections.sqlite") as store:
        for song in songs:
            value = before[song.stem]["liveness"] + 0.02
            for who in ("ann", "bob"):
                store.add(
                    who, {"liveness": value}, path=str(song), inputs=hear(song),
                    said={"liveness": Said(text="", model="")},
                )  # fmt: skip
    said = _said(reprise("correct", "--list", **home))
    assert f"1: {said.split()[1]} eve: liveness is 0.9" in said
    assert "2 withdrawn" in _said(
        reprise("correct", "--withdraw", "1", "--withdraw", "2", "--as", "eve", **home)
    )
    assert "10 corrections of 5 tracks" in reprise("correct", "--list", **home).stderr.decode()
    assert "Nothing was changed" in _said(reprise("learn", "--dry-run", **home))
    said = _said(reprise("learn", **home))
    assert "feedback-0001 is in use" in said
    assert "kept: no worse" in said
    assert "feedback-0001" in _said(reprise("learn", "--history", **home))
    after = _records(reprise("analyze", *songs, "-j", "1", **home))
    for name, record in after.items():
        assert 0 < record["liveness"] - before[name]["liveness"] <= 0.02
        assert "learned feedback-0001 " in record["model"]
        low, high = record["intervals"]["liveness"]
        assert low <= record["liveness"] <= high
        changed = {key for key in record if record[key] != before[name][key]}
        assert changed <= {"liveness", "intervals", "model"}
    assert _records(reprise("analyze", *songs, "-j", "2", **home)) == after
    assert _records(reprise("analyze", *songs, "-j", "1", "--no-learned", **home)) == before

    assert "The default models are in use again" in _said(reprise("learn", "--rollback", **home))
    assert _records(reprise("analyze", *songs, "-j", "1", **home)) == before
    assert reprise("learn", "--rollback", **home).returncode == 1

    assert "5 withdrawn" in _said(reprise("correct", "--withdraw-all", "--as", "bob", **home))
    assert _said(reprise("correct", "--list", **home)).count(" ann: ") == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["energy=nan"], "from 0 to 1"),
        (["energy=2"], "from 0 to 1"),
        (["enrgy=0.5"], "did you mean 'energy'"),
        (["tempo=120"], "unknown feature 'tempo'"),
        (["genre=jaz"], "did you mean 'jazz'"),
        (["energy"], "FEATURE=VALUE"),
        (["energy=0.5", "energy=0.6"], "given twice"),
        (["energy=0.5", "--as", "\x1b[31m"], "printable letters"),
        (["--withdraw", "7"], "no correction 7"),
        ([], "name a file"),
    ],
)
def test_what_cannot_be_stored_is_one_line(
    reprise: Run, songs: list[Path], tmp_path: Path, words: list[str], message: str
) -> None:
    store = tmp_path / "corrections.sqlite"
    done = reprise("correct", songs[0], *words, "--store", store)
    error = done.stderr.decode()
    assert done.returncode in (1, 2)
    assert message in error
    assert "Traceback" not in error
    if store.exists():
        with sqlite3.connect(store) as db:
            assert db.execute("SELECT count(*) FROM corrections").fetchone() == (0,)


def test_a_file_that_is_no_audio_or_no_store(reprise: Run, songs: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("no music")
    for words in (
        ["correct", text, "energy=0.5", "--store", tmp_path / "a.sqlite"],
        ["correct", songs[0], "energy=0.5", "--store", text],
        ["learn", "--store", text],
    ):
        done = reprise(*words)
        assert done.returncode == 1
        assert done.stderr.decode().startswith("Error: ")
        assert len(done.stderr.splitlines()) == 1


def test_without_corrections_nothing_is_learnt(reprise: Run, tmp_path: Path) -> None:
    said = _said(reprise("learn", REPRISE_DATA=str(tmp_path / "data")))
    assert "the default models stay in use" in said
