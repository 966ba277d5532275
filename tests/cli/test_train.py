"""``reprise train`` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprise.cli import main
from reprise.training.recipe import recipe_names


def test_the_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--list"]) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()] == list(recipe_names())


@pytest.mark.parametrize(
    ("args", "code", "complaint"),
    [
        ([], 2, "name a recipe"),
        (["a", "b", "--name", "c"], 2, "--name is for one recipe"),
        (["numerical.paper", "--set", "epochs"], 2, "--set wants KEY=VALUE"),
        (["numerical.paper", "--set", "training.loss=foo"], 1, "training.loss is 'foo'; allowed"),
        (["numerical.paper", "--set", "trainin.epochs=2"], 1, "trainin is unknown"),
        (["numerical.papr"], 1, "did you mean 'numerical.paper'"),
    ],
)
def test_wrong_usage_is_said_before_training(
    args: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["train", *args, "--data", str(tmp_path)]) == code
    assert complaint in capsys.readouterr().err


def test_a_recipe_is_trained_and_its_report_written(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = ["data.limit=2000", "training.epochs=2", "training.batch_size=256"]
    args = ["train", "numerical.paper", "--data", str(shared_data), "--output", str(tmp_path / "runs")]
    args += ["--cache", str(tmp_path / "cache"), *(part for text in changes for part in ("--set", text))]
    assert main(args) == 0
    said = capsys.readouterr().out
    assert "numerical.paper: " in said and "danceability" in said
    assert (tmp_path / "runs" / "numerical.paper" / "report.html").is_file()
