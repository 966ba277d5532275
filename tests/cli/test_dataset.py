"""The commands that turn a store into a training set, as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile

from reprise.cli import main
from reprise.cli.dataset import dataset
from reprise.datasets.exchange import import_table
from reprise.datasets.rows import ArtistRow, TrackRow
from reprise.datasets.store import PreviewResult, Source, Store
from reprise.demo import PIECES, render
from reprise.targets import SPOTIFY_FEATURES

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "datasets.md"


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Sixty songs of thirty artists, one of them out of range."""
    rows = ["id,name,artist,genre,duration_ms," + ",".join(SPOTIFY_FEATURES)]
    values = "0.5,0.5,3,-7,1,0.1,0.2,0.3,0.1,0.6,120,4"
    rows += [f"i{i},Song {i},artist {i % 30},{'pop' if i % 2 else 'rock'},200000,{values}" for i in range(60)]
    rows.append(f"bad,Bad,nobody,pop,200000,{values.replace('120', '0')}")
    table = tmp_path / "songs.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    with Store(tmp_path / "songs.sqlite") as store:
        import_table(store, table, catalogue="spotify", provider="table", licence="none")
    return tmp_path / "songs.sqlite"


def test_clean_split_check(store_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["dataset", "clean", "--store", str(store_path)]) == 0
    assert re.search(r"61 +-1 +tempo is an outlier: below 30 bpm 1", capsys.readouterr().out)
    assert main(["dataset", "split", "--store", str(store_path), "--selection", "clean"]) == 0
    assert re.search(r"48 +train \(80.0%\)", capsys.readouterr().out)
    assert main(["dataset", "check", "--store", str(store_path)]) == 0
    assert capsys.readouterr().out == "60 songs, no leak\n"


def test_rules_can_be_switched_off_and_reports_be_json(store_path, capsys: pytest.CaptureFixture[str]):
    assert main(["dataset", "clean", "--store", str(store_path), "--any-tempo", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kept"] == 61
    assert "tempo is an outlier" not in [step["rule"] for step in report["steps"]]


def test_previews_of_one_recording_count_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Two services cut, level and sample one piece in their own way; a third song is another piece."""
    path = tmp_path / "songs.sqlite"
    one, other = (render(piece, 16_000).mean(axis=0) for piece in (PIECES[0], PIECES[2]))
    files = {"deezer": (one, 16_000), "itunes": (0.3 * one[3 * 16_000 :: 2], 8_000), "own": (other, 16_000)}
    rows = [
        TrackRow(
            catalogue=ref, ref="1", title=f"Song of {ref}", artists=(ArtistRow(name=ref),), preview_url="u",
            features=(0.5, 0.5, 3, -7, 1, 0.1, 0.2, 0.3, 0.1, 0.6, 120, 4),
        )
        for ref in files
    ]  # fmt: skip
    with Store(path) as store:
        source = Source(provider="table", licence="", run_id=store.begin_run("table", {}))
        with store.transaction():
            store.add(rows, source)
        for track_id, (name, (y, sr)) in enumerate(files.items(), start=1):
            soundfile.write(tmp_path / f"{name}.wav", y, sr)
            saved = PreviewResult(
                track_id=track_id, provider="table", state="saved", path=str(tmp_path / f"{name}.wav")
            )
            store.update_previews([saved])
    arrays = ["--set", "fingerprint", "--jobs", "1", "--output", str(tmp_path / "arrays")]
    assert main(["dataset", "features", "--store", str(path), *arrays]) == 0
    assert main(["dataset", "clean", "--store", str(path)]) == 0
    assert re.search(r"3 +kept", capsys.readouterr().out)
    fingerprints = ["--fingerprints", str(tmp_path / "arrays" / "fingerprint")]
    assert main(["dataset", "clean", "--store", str(path), *fingerprints]) == 0
    said = capsys.readouterr().out
    assert re.search(r"3 +-1 +same audio: another file of the recording 1\n", said)
    assert re.search(r"2 +kept", said)
    assert main(["dataset", "clean", "--store", str(path), "--fingerprints", str(tmp_path / "none")]) == 1
    assert "reprise dataset features --set fingerprint" in capsys.readouterr().err


def test_a_leak_fails_the_build(store_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["dataset", "split", "--store", str(store_path)]) == 0
    with Store(store_path) as store, store.transaction():
        moved = "UPDATE split_tracks SET part = iif(part = 'test', 'train', 'test') WHERE track_id = ?"
        store.write(moved, [(1,)])
    assert main(["dataset", "check", "--store", str(store_path)]) == 1
    assert "Error: the split 'split' leaks in 1 places" in capsys.readouterr().err


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path):
    assert main(["dataset", "clean", "--store", str(tmp_path / "none.sqlite")]) == 2
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize(
    "args", [["clean", "--balance", "5"], ["split", "--shares", "1", "1", "1"], ["split", "--stratify", "x"]]
)
def test_senseless_choices_are_refused(store_path: Path, args: list[str]):
    assert main(["dataset", *args, "--store", str(store_path)]) == 1


def test_a_part_is_exported(store_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["dataset", "split", "--store", str(store_path)]) == 0
    export = ["dataset", "export", "--store", str(store_path)]
    written = {}
    for part in ("train", "validation", "test"):
        path = tmp_path / f"{part}.csv"
        capsys.readouterr()
        assert main([*export, "--split", "split", "--part", part, str(path)]) == 0
        written[part] = len(path.read_text(encoding="utf-8").splitlines()) - 1
        assert capsys.readouterr().out == f"{written[part]} songs written to {path}\n"
    assert sum(written.values()) == 61
    assert main([*export, "--part", "test", str(tmp_path / "x.csv")]) == 1
    assert main([*export, "--split", "none", str(tmp_path / "x.csv")]) == 1
    assert not (tmp_path / "x.csv").exists()


def test_describe(store_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("matplotlib")
    assert main(["dataset", "describe", "--store", str(store_path), "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "61 songs, 31 artists, 2 genres" in said
    assert re.search(r"^tempo +61 ", said, re.MULTILINE)
    assert (tmp_path / "out" / "index.html").is_file()


def test_features_of_a_folder_go_on_where_they_were(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    noise = 0.1 * np.random.default_rng(0).normal(size=32_000)
    for name in ("a", "b"):
        soundfile.write(tmp_path / f"{name}.wav", noise, 16_000)
    args = [
        "dataset",
        "features",
        "--jobs",
        "1",
        "--set",
        "mfcc",
        "--set",
        "image",
        "--output",
        str(tmp_path / "out"),
    ]
    assert main([*args, str(tmp_path)]) == 0
    assert re.match(r"2 clips in .* 0 were there already, 0 failed", capsys.readouterr().out)
    (tmp_path / "c.wav").write_text("no audio")
    assert main([*args, str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "2 were there already, 1 failed" in said.out
    assert "c.wav: " in said.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["image", "mfcc"]


def test_pictures_of_clips(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    soundfile.write(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).normal(size=32_000), 16_000)
    output = tmp_path / "out"
    args = ["dataset", "features", "--set", "mfcc", "--pictures", "--output", str(output)]
    assert main([*args, str(tmp_path / "a.wav")]) == 0
    assert f"1 pictures written to {output / 'pictures'}" in capsys.readouterr().out
    (picture,) = (output / "pictures").iterdir()
    assert picture.name.endswith("%2Fa.wav.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_features_without_clips_are_wrong_usage(store_path: Path):
    assert main(["dataset", "features", "--store", str(store_path)]) == 2


@pytest.mark.parametrize("name", dataset.commands)
def test_the_reference_documents_every_flag_and_no_other(name: str):
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if text.startswith(f"`reprise dataset {name}")]
    options = [p for p in dataset.commands[name].params if isinstance(p, click.Option)]
    flags = {flag for option in options for flag in (*option.opts, *option.secondary_opts)}
    named = set(re.findall(r"`(--[a-z-]+)", "\n".join(re.findall(r"^\|.*\|$", section, flags=re.MULTILINE))))
    assert named == flags
