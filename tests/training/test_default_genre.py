"""The default genre models as recipes: held-out artists are not heard, and what is saved is what was fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.errors import DatasetError, ModelError, ParameterError
from reprise.training.default_genre import FusedLearner, PerceptronLearner
from reprise.training.examples import Examples
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe, read_recipe
from reprise.training.run import load_examples, restore_model, run_recipe
from reprise.training.shipped.fused_genre import GenreTrainer
from reprise.training.sources import Place

N = 260


@pytest.fixture
def fused(tiny: Any) -> tuple[Recipe, Examples]:
    """The coarse genres that the tiny clips have."""
    targets = ["Jazz", "Electronic", "Classical", "Country", "Pop/Rock"]
    recipe = read_recipe("genre-fused", {"data.targets": targets, "data.tested": 1})
    return recipe, load_examples(recipe, Place(data=tiny.folder, cache=tiny.cache))


def test_the_fused_model_is_saved_as_fitted(fused: tuple[Recipe, Examples], tmp_path: Path) -> None:
    recipe, examples = fused
    run = run_recipe(recipe, examples, tmp_path / "run")
    again = restore_model(recipe, examples, tmp_path / "run", 0)
    found = again.predict(examples.take(examples.part(0).test))
    np.testing.assert_allclose(found, run.predicted, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)
    assert run.importances == {}


def test_coarse_probabilities_are_sums_of_the_trainers(fused: tuple[Recipe, Examples]) -> None:
    recipe, examples = fused
    trainer: GenreTrainer = examples.extras["genre_trainer"]()
    test = examples.part(0).test
    model = FusedLearner(recipe, examples).fit(examples.part(0), Fold(number=0, folder=Path("unused")))
    held_out = set(examples.groups[test])
    fit = trainer.fit(np.flatnonzero([name not in held_out for name in trainer.clips.groups]))
    places = np.array([trainer.clips.clips.index(examples.ids[row]) for row in test])
    fine = trainer.predict(fit, places)
    jazz, country = (fine[:, GENRES.index(name)] for name in ("Jazz", "Country"))
    coarse = model.predict(examples.take(test))
    np.testing.assert_allclose(coarse[:, 0] / coarse[:, 3], jazz / country, rtol=1e-3)


def test_held_out_artists_are_not_heard(
    fused: tuple[Recipe, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, examples = fused
    heard: list[np.ndarray] = []
    fit = GenreTrainer.fit

    def watched(self: GenreTrainer, rows: np.ndarray) -> Any:
        heard.append(self.clips.groups[rows])
        return fit(self, rows)

    monkeypatch.setattr(GenreTrainer, "fit", watched)
    for fold in range(3):
        part = examples.part(fold)
        FusedLearner(recipe, examples).fit(part, Fold(number=fold, folder=Path("unused")))
        assert not set(heard[-1]) & set(examples.groups[part.test])
        assert len(heard[-1]) > len(examples) / 2


def test_the_fused_model_is_for_its_own_clips(fused: tuple[Recipe, Examples]) -> None:
    recipe, examples = fused
    with pytest.raises(ModelError, match="clips_genre alone"):
        FusedLearner(recipe, replace(examples, extras={}))
    with pytest.raises(ModelError, match="lack"):
        FusedLearner(recipe, examples).restore({})


@pytest.fixture
def table() -> Examples:
    """Ten rows of each of the 26 genres, which ten features tell."""
    rng = np.random.default_rng(0)
    genre = np.arange(N) % 26
    x = rng.lognormal(0, 0.2, (N, 69)).astype(np.float32)
    x[:, 40:50] *= np.exp(rng.standard_normal((26, 10)))[genre]
    values = np.eye(26)[genre]
    return Examples(
        source="made up", ids=tuple(f"row {i}" for i in range(N)), groups=np.arange(N).astype(str),
        folds=np.arange(N) // 26 % 5, inputs={"short_term": x}, targets=GENRES, values=values,
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=True, citation="nobody",
        licence="free",
    )  # fmt: skip


def test_the_perceptrons_are_saved_as_fitted(table: Examples, tmp_path: Path) -> None:
    recipe = replace(read_recipe("perceptron-69"), options={"members": 2, "epochs": 60})
    run = run_recipe(recipe, table, tmp_path / "run")
    again = restore_model(recipe, table, tmp_path / "run", 0).predict(table.take(table.part(0).test))
    np.testing.assert_allclose(again, run.predicted, rtol=0, atol=1e-6)
    assert run.card["metrics"]["top5"] > 0.5, run.card["metrics"]


def test_perceptrons_without_all_genres_are_refused(table: Examples) -> None:
    recipe = read_recipe("perceptron-69")
    with pytest.raises(DatasetError, match="all 26 genres"):
        PerceptronLearner(recipe, replace(table, targets=GENRES[:3], values=table.values[:, :3]))
    with pytest.raises(ParameterError, match="members is 0"):
        PerceptronLearner(replace(recipe, options={"members": 0}), table)
    with pytest.raises(ModelError, match="lack"):
        PerceptronLearner(recipe, table).restore({})
