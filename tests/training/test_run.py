"""A run holds artists out, goes on where it was, and keeps what it has measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reprise.errors import DatasetError, ModelError
from reprise.training.examples import Examples
from reprise.training.history import Epoch
from reprise.training.recipe import Recipe, read_recipe
from reprise.training.report import write_report
from reprise.training.run import read_run, restore_model, run_recipe
from reprise.training.shipped.ridge import artist_folds

N = 120


@pytest.fixture
def examples() -> Examples:
    """Numbers from which two features can be told."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 6)).astype(np.float32)
    values = 1 / (1 + np.exp(-x[:, :2].astype(np.float64)))
    values[::10, 1] = np.nan
    groups = np.array([f"artist {i % 30}" for i in range(N)])
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(N)), groups=groups,
        folds=artist_folds(groups, 5, seed=0), inputs={"numbers": x}, targets=("energy", "danceability"),
        values=values, weights=np.where(np.isnan(values), 0.0, 1.0), own=~np.isnan(values), is_genre=False,
        citation="nobody", licence="free",
    )  # fmt: skip


@pytest.fixture
def recipe() -> Recipe:
    changes = {
        "training.epochs": 30,
        "training.batch_size": 16,
        "training.learning_rate": 0.01,
        "data.tested": 2,
    }
    return read_recipe("numerical.paper", changes)


def test_a_small_model_beats_the_mean_predictor_on_unheard_artists(
    recipe: Recipe, examples: Examples, tmp_path: Path
) -> None:
    run = run_recipe(recipe, examples, tmp_path / "run")
    for k in range(2):
        known = run.own[:, k]
        error = np.mean((run.predicted[known, k] - run.values[known, k]) ** 2)
        assert error < 0.3 * np.var(run.values[known, k])
    assert run.card["metrics"]["energy"]["r2"] > 0.7
    assert set(run.folds) == {0, 1}
    assert run.card["parameters"] == 6 * 64 + 64 + 64 * 32 + 32 + 32 * 2 + 2


def test_no_artist_is_on_two_sides(examples: Examples) -> None:
    for fold in range(5):
        part = examples.part(fold)
        sides = [set(examples.groups[rows]) for rows in (part.train, part.validation, part.test)]
        assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]


def test_what_is_finished_is_not_done_again(recipe: Recipe, examples: Examples, tmp_path: Path) -> None:
    seen: list[tuple[int, Epoch]] = []
    first = run_recipe(recipe, examples, tmp_path / "run", on_epoch=lambda fold, e: seen.append((fold, e)))
    assert len(seen) == 60
    (tmp_path / "run" / "fold-1" / "fold.json").unlink()
    seen.clear()
    second = run_recipe(recipe, examples, tmp_path / "run", on_epoch=lambda fold, e: seen.append((fold, e)))
    assert {fold for fold, _ in seen} == {1}
    # The same seed gives the same numbers.
    np.testing.assert_array_equal(first.predicted, second.predicted)


def test_saved_weights_predict_what_the_run_did(recipe: Recipe, examples: Examples, tmp_path: Path) -> None:
    run = run_recipe(recipe, examples, tmp_path / "run")
    model = restore_model(recipe, examples, tmp_path / "run", 1)
    rows = examples.part(1).test
    np.testing.assert_allclose(
        model.predict(examples.take(rows)), run.predicted[run.folds == 1], rtol=0, atol=1e-6
    )


def test_another_recipe_or_other_data_are_refused(recipe: Recipe, examples: Examples, tmp_path: Path) -> None:
    quick = replace(recipe, training=replace(recipe.training, epochs=1))
    run_recipe(quick, examples, tmp_path / "run")
    with pytest.raises(ModelError, match="another recipe or other data"):
        run_recipe(replace(quick, options={"hidden": (8,)}), examples, tmp_path / "run")
    with pytest.raises(ModelError, match="another recipe or other data"):
        run_recipe(quick, replace(examples, values=examples.values / 2), tmp_path / "run")
    run_recipe(replace(quick, options={"hidden": (8,)}), examples, tmp_path / "run", again=True)


def test_an_unfinished_or_damaged_run_is_not_read(recipe: Recipe, examples: Examples, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no run that can be read"):
        read_run(tmp_path)
    quick = replace(recipe, training=replace(recipe.training, epochs=1))
    folder = tmp_path / "run"
    run_recipe(quick, examples, folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"state": "running"}))
    with pytest.raises(ModelError, match="not finished"):
        read_run(folder)
    (folder / "fold-0" / "weights.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0nonsense")
    with pytest.raises(ModelError, match="cannot be read"):
        restore_model(quick, examples, folder, 0)


def test_a_genre_without_training_rows_is_named(examples: Examples) -> None:
    labels = np.zeros((N, 2))
    labels[:, 0] = 1
    only_here = examples.folds == 2
    labels[only_here] = [0, 1]
    genres = replace(
        examples, is_genre=True, targets=("rock", "polka"), values=labels, weights=np.ones((N, 2)),
        own=np.ones((N, 2), bool),
    )  # fmt: skip
    with pytest.raises(DatasetError, match="no training rows of polka"):
        genres.part(2)


def test_the_report_needs_nothing_else(recipe: Recipe, examples: Examples, tmp_path: Path) -> None:
    hostile = replace(examples, ids=tuple(f"<script>alert({i})</script>" for i in range(N)))
    run = run_recipe(replace(recipe, training=replace(recipe.training, epochs=2)), hostile, tmp_path / "run")
    page = write_report(run).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("data:image/png;base64,") == 1
    assert "&lt;script&gt;" in page
