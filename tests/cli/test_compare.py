"""``reprise compare`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reprise.cli import main


def test_nothing_to_compare_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["compare", "--data", str(tmp_path), "--output", str(tmp_path / "runs")]
    assert main(args) == 2
    assert "no finished runs" in capsys.readouterr().err


def test_runs_become_tables_pictures_and_a_page(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = [
        "--data",
        str(shared_data),
        "--output",
        str(tmp_path / "runs"),
        "--cache",
        str(tmp_path / "cache"),
    ]
    quick = ["data.limit=1500", "training.epochs=2", "training.batch_size=256", "data.tested=2"]
    changes = [part for text in quick for part in ("--set", text)]
    assert main(["train", "numerical.paper", "--name", "a", *changes, *place]) == 0
    assert main(["train", "genre-logistic", "--name", "b", "--set", "data.limit=1500", *place]) == 0
    unfinished = tmp_path / "runs" / "c"
    unfinished.mkdir()
    (unfinished / "card.json").write_text(json.dumps({"name": "c", "recipe": "c", "state": "running"}))
    capsys.readouterr()
    to = tmp_path / "comparison"
    assert main(["compare", *place, "--to", str(to)]) == 0
    said = capsys.readouterr()
    assert "| danceability | a |" in said.out
    assert "spotify_genres | b |" in said.out
    assert "left out" in said.err and "not finished" in said.err
    for name in (
        "comparison.md",
        "comparison.csv",
        "comparison.json",
        "index.html",
        "features.png",
        "features.svg",
    ):
        assert (to / name).stat().st_size > 500
    names = {path.stem for path in to.glob("*.png")}
    assert {"a-predictions", "a-distributions", "a-learning", "b-confusion", "b-f1", "b-runners-up"} <= names
    assert main(["compare", *place, "--to", str(to), "--genre", "no such genre"]) == 1
    assert "unknown genre" in capsys.readouterr().err
