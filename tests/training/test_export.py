"""A graph says what the models say, and a model whose files are not its own is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import soundfile
import torch

from reprise.analysis import _predictor, analyze
from reprise.demo import PIECES, render
from reprise.errors import ModelError, ParameterError, UnknownNameError
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.models import chosen
from reprise.models.exported import ExportedModel
from reprise.models.linear import LinearMap
from reprise.models.predict import Predictor
from reprise.models.weights_file import load_weights
from reprise.training.default_heads import HeadsModel
from reprise.training.examples import Examples
from reprise.training.export import export_run
from reprise.training.graph import MeanOfModels
from reprise.training.recipe import Recipe, read_recipe
from reprise.training.run import Run, restore_model, run_recipe
from reprise.training.saved import find_run, finished_cards, recipe_of
from reprise.training.shipped.ridge import artist_folds

N = 40


def made_up(inputs: dict[str, np.ndarray], targets: tuple[str, ...]) -> Examples:
    """Forty rows by ten artists with labels that mean nothing."""
    rng = np.random.default_rng(1)
    values = rng.uniform(size=(N, len(targets)))
    groups = np.array([f"artist {i % 10}" for i in range(N)])
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(N)), groups=groups,
        folds=artist_folds(groups, 5, seed=0), inputs=inputs, targets=targets, values=values,
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=False, citation="nobody",
        licence="free",
    )  # fmt: skip


def train(recipe: str, examples: Examples, folder: Path, **options: object) -> Run:
    changes = {"training.epochs": 1, "data.tested": 2, "data.targets": list(examples.targets)}
    small: Recipe = read_recipe(recipe, {**changes, **{f"options.{k}": v for k, v in options.items()}})
    return run_recipe(small, examples, folder)


@pytest.fixture(scope="module")
def hearing() -> Examples:
    mfcc = CLIP_SETS["mfcc"]
    x = np.random.default_rng(0).normal(0, 30, (N, *mfcc.shape)).astype(mfcc.dtype)
    return made_up({"mfcc": x}, ("danceability",))


@pytest.fixture(scope="module")
def run(hearing: Examples, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train("mfcc-cnn.paper", hearing, tmp_path_factory.mktemp("runs") / "mine", channels=[2], hidden=4)


@pytest.fixture(scope="module")
def graph(run: Run, hearing: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_run(run, hearing, tmp_path_factory.mktemp("graphs") / "mine.onnx").path


@pytest.fixture
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "user"))
    return tmp_path / "user" / "models"


def test_the_graph_is_the_mean_of_the_folds(run: Run, hearing: Examples, graph: Path) -> None:
    models = [restore_model(recipe_of(run), hearing, run.folder, fold) for fold in (0, 1)]
    expected = np.mean([model.predict(hearing.inputs) for model in models], axis=0)
    exported = ExportedModel.load(graph)
    for rows in (slice(0, 1), slice(None)):  # the number of rows is free
        found = exported.predict({"mfcc": hearing.inputs["mfcc"][rows]})
        np.testing.assert_allclose(found, expected[rows], atol=1e-5)
    assert exported.card["folds"] == [0, 1]
    assert exported.card["checked"]["largest_difference"] < 1e-4


def test_one_fold_is_its_model_alone(run: Run, hearing: Examples, tmp_path: Path) -> None:
    export_run(run, hearing, tmp_path / "one.onnx", fold=1)
    model = restore_model(recipe_of(run), hearing, run.folder, 1)
    found = ExportedModel.load(tmp_path / "one.onnx").predict(hearing.inputs)
    np.testing.assert_allclose(found, model.predict(hearing.inputs), atol=1e-5)
    with pytest.raises(ParameterError, match="folds 0 to 1"):
        export_run(run, hearing, tmp_path / "two.onnx", fold=2)
    with pytest.raises(ParameterError, match=r"ends in \.onnx"):
        export_run(run, hearing, tmp_path / "two.json")


def test_the_interval_covers_eight_of_ten_errors(run: Run, hearing: Examples, graph: Path) -> None:
    half = ExportedModel.load(graph).card["interval"]["half_width"]["danceability"]
    error = np.abs(run.values - run.predicted)[:, 0]
    assert 0.8 <= np.mean(error <= half + 1e-4) <= 0.95
    (estimate,) = ExportedModel.load(graph).estimates({"mfcc": hearing.inputs["mfcc"][0]}).values()
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_heads_are_a_graph_too() -> None:
    arrays = load_weights("heads").arrays
    model = HeadsModel(LinearMap.from_arrays(arrays, "linear"), arrays["logit"], np.array([1, 6]))
    low, high = model.linear.low, model.linear.high
    x = np.random.default_rng(0).uniform(low - 1, high + 1, (4, low.size)).astype(np.float32)
    # Where one group ends and the next begins does not matter to their sum.
    parts = np.array_split(x, len(model.linear.groups), axis=1)
    inputs = {f"analysis.{name}": part for name, part in zip(model.linear.groups, parts, strict=True)}
    found = MeanOfModels([model])(*(torch.from_numpy(part.copy()) for part in parts))
    np.testing.assert_allclose(found.numpy(), model.predict(inputs), atol=1e-5)


@pytest.mark.parametrize("damage", ["graph", "card", "no card", "targets", "foreign"])
def test_a_damaged_model_is_refused(damage: str, graph: Path, tmp_path: Path) -> None:
    content, card = graph.read_bytes(), json.loads(graph.with_suffix(".json").read_text())
    path = tmp_path / "m.onnx"
    if damage == "graph":
        content = content[:-7] + b"nothing"
    if damage == "foreign":
        content = b"\x80\x04pickle me"
        card["sha256"] = hashlib.sha256(content).hexdigest()
    if damage == "targets":
        card["targets"] = ["danceability", "energy"]
        card["interval"]["half_width"]["energy"] = 0.1
    path.write_bytes(content)
    text = "{" if damage == "card" else json.dumps(card)
    if damage != "no card":
        path.with_suffix(".json").write_text(text)
    with pytest.raises(ModelError, match=r"m\.(onnx|json)"):
        ExportedModel.load(path)


def test_a_graph_that_takes_its_weights_from_another_file_is_refused(graph: Path, tmp_path: Path) -> None:
    model = onnx.load(graph)
    onnx.save(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="elsewhere.bin", size_threshold=0
    )
    card = json.loads(graph.with_suffix(".json").read_text())
    card["sha256"] = hashlib.sha256((tmp_path / "m.onnx").read_bytes()).hexdigest()
    (tmp_path / "m.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="other files"):
        ExportedModel.load(tmp_path / "m.onnx")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", ".hidden", "a/b", "a\\b", "x" * 101, "a\nb"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no name of a model"):
        find_run(tmp_path, name)


def test_runs_are_found_and_their_changes_known(run: Run) -> None:
    assert list(finished_cards(run.folder.parent)) == ["mine"]
    assert recipe_of(find_run(run.folder.parent, "mine")).options["channels"] == (2,)
    with pytest.raises(UnknownNameError, match="did you mean 'mine'"):
        find_run(run.folder.parent, "mina")


def test_analyze_asks_the_model_in_use_for_its_features_only(
    graph: Path, own_data: Path, tmp_path: Path
) -> None:
    (piece,) = (piece for piece in PIECES if piece.name == "rock")
    song = tmp_path / "rock.wav"
    soundfile.write(song, render(piece, 22050)[:, : 8 * 22050].T, 22050)
    before = analyze(song)
    assert chosen.chosen_name() is None and chosen.chosen_model() is None
    assert chosen.choose(graph) == "mine"
    assert chosen.chosen_name() == "mine"
    _predictor.cache_clear()
    try:
        after = analyze(song)
    finally:
        _predictor.cache_clear()
    mfcc = extract_clip(song, ["mfcc"], MusicnnNetworks()).values
    (estimate,) = ExportedModel.load(graph).estimates(mfcc).values()
    assert after.danceability == pytest.approx(estimate.value, abs=1e-3)
    assert after.intervals["danceability"] == pytest.approx((estimate.low, estimate.high), abs=1e-3)
    assert after.model.startswith(before.model + ", mine ") and after.model.endswith(" (danceability)")
    kept = {name: getattr(before, name) for name in ("danceability", "intervals", "model")}
    assert replace(after, **kept) == before
    chosen.choose_default()
    assert analyze(song) == before


def test_a_file_that_the_model_cannot_hear_keeps_the_heads_and_says_so(graph: Path, own_data: Path) -> None:
    chosen.choose(graph)
    model = chosen.chosen_model()
    assert model is not None
    estimates = model.estimates("/nowhere/at/all.wav", {})
    assert estimates == {} and not model.is_complete(estimates)
    assert "mine" in Predictor.load().name


def test_a_damaged_model_in_use_says_how_to_go_back(graph: Path, own_data: Path) -> None:
    chosen.choose(graph)
    (installed,) = own_data.glob("*/model.onnx")
    installed.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="reprise models use --default"):
        Predictor.load()
    (own_data / ".in-use.json").write_text('{"folder": "../../x"}')
    with pytest.raises(ModelError, match="reprise models use --default"):
        Predictor.load()
    chosen.choose_default()
    assert Predictor.load().chosen is None


def test_a_model_that_a_file_cannot_feed_is_not_used(own_data: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((N, 6)).astype(np.float32)
    examples = made_up({"numbers": x}, ("energy", "danceability"))
    run = train("numerical.paper", examples, tmp_path / "numbers")
    done = export_run(run, examples, tmp_path / "numbers.onnx")
    with pytest.raises(ModelError, match="cannot be told from a file of audio"):
        chosen.choose(done.path)
    assert not list(own_data.glob("*"))


def test_a_model_of_another_definition_is_not_used(graph: Path, own_data: Path, tmp_path: Path) -> None:
    card = json.loads(graph.with_suffix(".json").read_text())
    card["inputs"][0]["definition"] = "20 MFCC, somehow"
    (tmp_path / "m.onnx").write_bytes(graph.read_bytes())
    (tmp_path / "m.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="another mfcc"):
        chosen.choose(tmp_path / "m.onnx")
