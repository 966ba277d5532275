"""``reprise demo --test-set``: a song that the runs have not heard, guessed from their saved weights."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reprise.cli import main
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.training.examples import Examples
from reprise.training.recipe import read_recipe
from reprise.training.run import run_recipe

N = 10


@pytest.fixture(scope="module")
def place(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with ten real clips, and a small run on them that has held out four."""
    folder = tmp_path_factory.mktemp("demo")
    with (shared_data / "labels" / "panda.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row["spotify_valence"]][:N]
        columns = reader.fieldnames or []
    (folder / "labels").mkdir()
    (folder / "clips" / "panda").mkdir(parents=True)
    with (folder / "labels" / "panda.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    networks, mfcc = MusicnnNetworks(), []
    for row in rows:
        shutil.copy(shared_data / row["clip"], folder / row["clip"])
        mfcc.append(extract_clip(folder / row["clip"], ["mfcc"], networks).values["mfcc"])
    values = np.array([[float(row[f"spotify_{name}"]) for name in ("energy", "valence")] for row in rows])
    examples = Examples(
        source="clips", ids=tuple(row["clip"] for row in rows), groups=np.array([row["clip"] for row in rows]),
        folds=np.arange(N) % 5, inputs={"mfcc": np.stack(mfcc)}, targets=("energy", "valence"), values=values,
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=False, citation="", licence="",
    )  # fmt: skip
    changes = {"training.epochs": 1, "data.tested": 2, "data.targets": ["energy", "valence"]}
    small = {"options.channels": [2], "options.hidden": 4}
    run_recipe(read_recipe("mfcc-cnn.paper", changes | small), examples, folder / "runs" / "small")
    kinds = np.eye(2)[np.arange(N) // 5]
    genres = replace(
        examples, inputs={"short_term": np.ones((N, 69), np.float32)}, targets=("rock", "jazz"), values=kinds,
        weights=np.ones((N, 2)), own=np.ones((N, 2), bool), is_genre=True,
    )  # fmt: skip
    changes = {"training.epochs": 1, "data.tested": 2, "data.source": "clips_genre", "options.hidden": [4, 4]}
    run_recipe(read_recipe("softmax-nn", changes), genres, folder / "runs" / "kinds")
    (folder / "runs" / "trees").mkdir()
    card = {"state": "finished", "targets": ["pop"], "task": "genre", "data": {"source": "spotify_genres"}}
    (folder / "runs" / "trees" / "card.json").write_text(json.dumps(card))
    assert mfcc[0].shape == CLIP_SETS["mfcc"].shape
    return folder


def demo(place: Path, *args: str | Path) -> int:
    return main(["demo", "--test-set", "--runs", str(place / "runs"), "--data", str(place), *map(str, args)])


def test_an_unheard_song_is_named_drawn_and_guessed(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "new" / "song.png"
    assert demo(place, "--seed", "7", "--output", picture) == 0
    said = capsys.readouterr()
    name, path = said.out.splitlines()[:2]
    assert " – " in name and "--seed 7" in path
    clip = re.search(r"clips/panda/\w+\.opus", path)
    assert clip
    with np.load(place / "runs" / "small" / "examples.npz", allow_pickle=False) as file:
        row = file["ids"].tolist().index(clip[0])
        assert file["folds"][row] in (0, 1), "held out"
        truth = [f"{value:.2f}".removeprefix("0") for value in file["values"][row]]
    assert re.search(rf"^truth +{re.escape(truth[0])} +{re.escape(truth[1])} *$", said.out, re.MULTILINE)
    assert re.search(r"^small +\.\d\d +\.\d\d *$", said.out, re.MULTILINE)
    noted = re.search(r"noted the same within (\S+)\.\n", said.out)
    assert noted and float(noted[1]) < 1e-4
    kind = "rock" if row < 5 else "jazz"
    assert re.search(rf"^kinds: (rock|jazz) with \d+%; the truth: {kind}$", said.out, re.MULTILINE)
    assert "trees: not learnt from the labelled clips (tables have no audio)" in said.err
    assert "▓" in said.out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_draws_the_same_song(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for seed in ("1", "1", "2", "3", "4"):
        assert demo(place, "--seed", seed, "--target", "energy") == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert len({text.splitlines()[0] for text in said}) > 1
    assert "Ene" in said[0] and "Val" not in said[0]


def test_it_plays_with_what_is_there_or_says_so(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert demo(place, "--seed", "1", "--play") == 0
    assert "Nothing to play it with" in capsys.readouterr().out
    player = tmp_path / "aplay"
    player.write_text(f'#!/bin/sh\n/bin/cp "$2" {tmp_path / "heard.wav"}\n')
    player.chmod(0o755)
    assert demo(place, "--seed", "1", "--play") == 0
    assert "Playing with aplay" in capsys.readouterr().out
    assert (tmp_path / "heard.wav").read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("args", "code", "complaint"),
    [
        (["--test-set", "a.wav"], 2, "it takes no FILES"),
        (["--seed", "1"], 2, "go with --test-set"),
        (["--test-set", "--target", "tempo"], 1, "unknown feature 'tempo'"),
        (["--test-set"], 1, "no finished run on clips"),
    ],
)
def test_wrong_usage_is_said(
    args: list[str], code: int, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", *args, "--runs", str(tmp_path)]) == code
    assert complaint in capsys.readouterr().err


def test_a_run_with_damaged_weights_is_left_out_and_named(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(place / "runs", tmp_path / "runs")
    for path in (tmp_path / "runs" / "small").glob("fold-*/weights.safetensors"):
        path.write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    assert main(["demo", "--test-set", "--runs", str(tmp_path / "runs"), "--data", str(place)]) == 1
    said = capsys.readouterr().err
    assert "not asked: small" in said and "no run could be asked" in said
