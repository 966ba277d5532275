"""``reprise acousticbrainz`` on what ``reprise analyze`` writes, and on records that somebody else made up."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from reprise.demo import PIECES, render

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    with soundfile.SoundFile(folder / "house.flac", "w", 44100, channels=2) as file:
        file.title, file.artist, file.album = "House", "The Demo Band", "Demo"
        file.write(render(PIECES[0]).T[: 10 * 44100])
    (folder / "broken.flac").write_bytes(b"fLaC")
    return folder


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_two_documents_a_track(reprise: Run, music: Path, tmp_path: Path, form: str) -> None:
    table = tmp_path / f"all.{form}"
    assert reprise("analyze", music, "--detail", "-o", table).returncode == 1
    done = reprise("acousticbrainz", table, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert b"1 tracks written" in done.stdout
    assert b"1 that could not be analysed" in done.stdout
    (low,), (high,) = (list((tmp_path / "out" / level).iterdir()) for level in ("lowlevel", "highlevel"))
    assert low.name == high.name
    assert low.name.startswith("house-")
    document = json.loads(low.read_text(encoding="utf-8"))
    assert document["metadata"]["tags"] == {
        "title": ["House"], "artist": ["The Demo Band"], "album": ["Demo"], "file_name": "house.flac",
    }  # fmt: skip
    assert document["rhythm"]["beats_count"] > 10
    assert json.loads(high.read_text(encoding="utf-8"))["highlevel"]["danceability"]["probability"] >= 0.5


def test_names_of_others_lead_nowhere_else(reprise: Run, tmp_path: Path) -> None:
    paths = [
        "/music/../../../etc/cron.d/x.mp3",
        "/a/....mp3",
        "/a/\u202e<b>.mp3",
        "/b/\u202e<b>.mp3",
        "/a/" + "x" * 300,
    ]
    table = tmp_path / "made-up.jsonl"
    table.write_text(
        "".join(json.dumps({"path": path, "duration_ms": 1000, "title": "t"}) + "\n" for path in paths),
        encoding="utf-8",
    )
    done = reprise("acousticbrainz", table, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    made = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(made) == 2 * len(paths)
    assert {path.parent.name for path in made} == {"lowlevel", "highlevel"}
    assert {path.name for path in tmp_path.iterdir()} == {"made-up.jsonl", "out"}


def test_what_is_no_record_is_said(reprise: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    for line in (
        "[]", '{"path": "x"}', '{"path": "x", "duration_ms": "long"}', '{"path": "x", "duration_ms": 1, "tempo": NaN}',
        '{"path": "x", "duration_ms": 1, "key": 50, "mode": 1}', '{"path": "x", "duration_ms": 1, "genres": [1]}',
        '{"path": "x", "duration_ms": 1, "acousticness": "very"}',
        '{"path": "a\\u0000b", "duration_ms": 1, "detail": {"beats_s": 7}}',
    ):  # fmt: skip
        wrong.write_text(f"{line}\n", encoding="utf-8")
        done = reprise("acousticbrainz", wrong, "-o", tmp_path / "out")
        assert done.returncode == 1, line
        assert b"Traceback" not in done.stderr, line
    (tmp_path / "wrong.txt").write_text("x", encoding="utf-8")
    assert reprise("acousticbrainz", tmp_path / "wrong.txt", "-o", tmp_path / "out").returncode == 2
