"""``reprise models`` on the command line."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from onnx import TensorProto, helper

from reprise.cli import main
from reprise.cli.models import command
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.exported import ExportedModel

Run = Callable[..., subprocess.CompletedProcess[bytes]]

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"


@pytest.fixture(scope="module")
def runs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small run, and one that never ended."""
    folder = tmp_path_factory.mktemp("models")
    changes = ["data.limit=2000", "data.tested=2", "training.epochs=1", "training.batch_size=256"]
    args = ["train", "numerical.paper", "--data", str(shared_data), "--output", str(folder / "runs")]
    args += ["--cache", str(folder / "cache"), "--name", "small"]
    assert main([*args, *(part for text in changes for part in ("--set", text))]) == 0
    for name, card in {
        "torn": {"state": "running"},
        "odd": [1],
        "hostile": {"state": "finished", "targets": 7},
    }.items():
        (folder / "runs" / name).mkdir()
        (folder / "runs" / name / "card.json").write_text(json.dumps(card))
    return folder / "runs"


def test_the_shipped_models_are_listed_without_any_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["models", "list", "--runs", str(tmp_path), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"heads", "mood", "musicnn"} <= {row["name"] for row in rows}
    assert {row["kept"] for row in rows} == {"shipped"}
    assert main(["models", "list", "--runs", str(tmp_path)]) == 0
    assert "heads" in capsys.readouterr().out


def test_finished_runs_are_listed_and_shown(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--runs", str(runs), "--format", "json"]) == 0
    rows = [row for row in json.loads(capsys.readouterr().out) if row["kept"] == "run"]
    assert [row["name"] for row in rows] == ["small"]
    assert rows[0]["figure"].startswith("R² ") and "energy" in rows[0]["targets"]
    assert main(["models", "show", "small", "--runs", str(runs)]) == 0
    said = capsys.readouterr().out
    assert "licence" in said and re.search(r"danceability +mse \d", said)
    assert main(["models", "show", "small", "--runs", str(runs), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["architecture"] == "numerical"


def test_a_run_is_exported(
    runs: Path, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--runs", str(runs), "--data", str(shared_data), "--cache", str(tmp_path)]
    target = tmp_path / "out.onnx"
    assert main(["models", "export", "small", "-o", str(target), "--fold", "1", *place]) == 0
    assert "the model of fold 1; on 32 rows the largest difference is" in capsys.readouterr().out
    assert ExportedModel.load(target).inputs == ("numbers",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "out.onnx"]
    assert main(["models", "export", "small", "-o", str(target), "--fold", "9", *place]) == 1
    assert "folds 0 to 1" in capsys.readouterr().err
    assert main(["models", "use", "small", *place]) == 1
    assert "cannot be told from a file of audio" in capsys.readouterr().err


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    """A graph that takes the mean grey of the spectrogram for energy, with its card."""
    image, path = CLIP_SETS["image"], tmp_path / "grey.onnx"
    nodes = [
        helper.make_node("Cast", ["image"], ["level"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["level"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Mul", ["mean", "scale"], ["share"]),
        helper.make_node("Unsqueeze", ["share", "axis"], ["predicted"]),
    ]
    graph = helper.make_graph(
        nodes, "grey",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", *image.shape])],
        [helper.make_tensor_value_info("predicted", TensorProto.FLOAT, ["n", 1])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [], [1 / 255]),
            helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        ],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    row = {"name": "image", "shape": list(image.shape), "dtype": image.dtype, "definition": image.definition}
    card = {
        "name": "grey", "task": "features", "targets": ["energy"], "inputs": [row],
        "interval": {"coverage": 0.8, "half_width": {"energy": 0.25}},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


def test_a_model_from_elsewhere_is_used_and_left_again(
    grey: Path, library: Path, reprise: Run, tmp_path: Path
) -> None:
    user = {"REPRISE_DATA": str(tmp_path / "user")}
    song = library / "house.wav"

    def analysed() -> dict[str, Any]:
        return json.loads(reprise("analyze", song, "--format", "jsonl", **user).stdout)

    before = analysed()
    said = reprise("models", "use", grey, **user)
    assert said.returncode == 0 and b"asks grey for energy" in said.stdout
    listed = json.loads(reprise("models", "list", "--runs", tmp_path, "-f", "json", **user).stdout)
    assert [(row["name"], row["in_use"]) for row in listed if row["kept"] == "installed"] == [("grey", True)]
    after = analysed()
    image = extract_clip(song, ["image"], MusicnnNetworks()).values["image"]
    energy = image.mean() / 255
    assert after["energy"] == pytest.approx(energy, abs=1e-3)
    assert after["intervals"]["energy"] == pytest.approx([energy - 0.25, energy + 0.25], abs=1e-3)
    assert " (energy)" in after["model"] and after["valence"] == before["valence"]
    assert reprise("models", "use", "--default", **user).returncode == 0
    assert analysed() == before
    assert reprise("models", "use", "grey", **user).returncode == 0, "it is still installed"


@pytest.mark.parametrize(
    ("args", "code", "complaint"),
    [
        (["show", "../../etc"], 1, "is no name of a model"),
        (["show", "nothing-such"], 1, "unknown model"),
        (["export", "torn", "-o", "x.onnx"], 1, "unknown finished run"),
        (["use"], 2, "give the NAME of a model or --default"),
        (["use", "x", "--default"], 2, "give the NAME of a model or --default"),
        (["use", "nothing-such"], 1, "unknown finished run or installed model"),
        (["use", "/nowhere/x.onnx"], 1, "is no card of a model"),
    ],
)
def test_what_cannot_be_is_said(
    args: list[str], code: int, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *args, "--runs", str(tmp_path)]) == code
    said = capsys.readouterr().err
    assert complaint in said and "Traceback" not in said


def test_going_back_to_the_default_heads_always_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "use", "--default"]) == 0
    assert "the default heads alone" in capsys.readouterr().out


def test_the_reference_documents_every_flag() -> None:
    (section,) = re.findall(
        r"^## `reprise models`\n(.*?)^## ", REFERENCE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert isinstance(command, click.Group)
    for name, sub in command.commands.items():
        assert f"`reprise models {name}" in section
        for parameter in sub.params:
            for flag in parameter.opts if isinstance(parameter, click.Option) else ():
                assert f"`{flag}" in section, f"{flag} of reprise models {name}"
