"""Classifiers of tables: nothing leaks into what is measured, artists stay together, bad data are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.preprocessing import StandardScaler

from reprise.errors import DatasetError, ModelError, ParameterError
from reprise.training.examples import Examples
from reprise.training.folds import stratified_folds
from reprise.training.importances import permutation_importances
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe, read_recipe, recipe_names
from reprise.training.run import restore_model, run_recipe
from reprise.training.tabular import TabularLearner

GENRES = ("jazz", "techno", "folk")
TABULAR = [name for name in recipe_names() if "tabular" in read_recipe(name).architecture.learner]
SMALL = {
    "n_estimators": (20,), "n_forests": (3,), "n_neighbors": (9, 15), "num_leaves": (3, 5), "min_samples_leaf": (1, 2),
    "max_depth": (0,), "min_child_samples": (5,), "learning_rate": (0.2,), "C": (0.1, 1.0),
}  # fmt: skip


def _examples(n: int = 240, n_columns: int = 12, name: str = "audio_features") -> Examples:
    """Genres that can be told by the first column, and a little by the others; the first is twice as common."""
    rng = np.random.default_rng(0)
    y = np.array([0, 1, 0, 2])[np.arange(n) % 4]
    x = rng.standard_normal((n, n_columns)).astype(np.float32)
    x[:, 0] += 4 * y
    groups = np.array([f"artist {i % 30}" for i in range(n)])
    values = np.eye(3)[y]
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(n)), groups=groups,
        folds=stratified_folds(groups, y, 5, seed=0), inputs={name: x}, targets=GENRES, values=values,
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=True, citation="nobody",
        licence="free", columns={name: tuple(f"column {k}" for k in range(n_columns))},
    )  # fmt: skip


def _recipe(name: str = "genre-logistic", **options: Any) -> Recipe:
    recipe = read_recipe(name, {"data.targets": [], "data.tested": 1})
    return replace(recipe, options=options)


def _small(name: str) -> Recipe:
    """The recipe with a grid and trees for which a test has time."""
    recipe = read_recipe(name, {"data.targets": [], "data.tested": 1})
    options = dict(recipe.options)
    for key in set(SMALL) & set(options):
        options[key] = SMALL[key] if isinstance(options[key], tuple) else SMALL[key][0]
    return replace(recipe, options=options)


@pytest.mark.parametrize("name", TABULAR)
def test_a_recipe_trains_and_what_is_saved_is_what_was_fitted(name: str, tmp_path: Path) -> None:
    recipe = _small(name)
    (name_of_input,) = recipe.architecture.inputs
    examples = _examples(n_columns=69 if name_of_input == "short_term" else 12, name=name_of_input)
    run = run_recipe(recipe, examples, tmp_path / "run")
    test = examples.part(0).test
    np.testing.assert_allclose(run.predicted.sum(axis=1), 1, atol=1e-6)
    again = restore_model(recipe, examples, tmp_path / "run", 0).predict(examples.take(test))
    np.testing.assert_allclose(again, run.predicted, rtol=0, atol=1e-6)
    assert run.card["metrics"]["top1"] > 0.6, run.card["metrics"]
    assert max(run.importances, key=lambda column: run.importances[column]) == "column 0"


def test_smote_and_scale_see_training_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = _examples()
    part = examples.part(0)
    allowed = examples.inputs["audio_features"][np.concatenate([part.train, part.validation])]
    known = {row.tobytes() for row in allowed.astype(np.float64)}
    scaled: list[np.ndarray] = []
    balanced: list[tuple[int, np.ndarray]] = []
    fit, resample = StandardScaler.fit, SMOTE.fit_resample

    def watched_fit(self: Any, x: Any, y: Any = None, **more: Any) -> Any:
        scaled.append(np.array(x))
        return fit(self, x, y, **more)

    def watched_resample(self: Any, x: Any, y: Any, **more: Any) -> Any:
        new_x, new_y = resample(self, x, y, **more)
        balanced.append((len(x), np.bincount(new_y)))
        return new_x, new_y

    monkeypatch.setattr(StandardScaler, "fit", watched_fit)
    monkeypatch.setattr(SMOTE, "fit_resample", watched_resample)
    recipe = _recipe(C=(0.1, 1.0), smote=True, inner_folds=3)
    learner = TabularLearner(recipe, examples)
    learner.fit(part, Fold(number=0, folder=Path("unused")))

    # Two candidates on three inner folds, and the last fit on all.
    assert len(scaled) == len(balanced) == 7
    for x, (n, counts) in zip(scaled, balanced, strict=True):
        assert {row.tobytes() for row in x} <= known
        assert n == len(x)
        assert np.unique(counts).size == 1
    assert [len(x) for x in scaled[:6]] != [len(allowed)] * 6
    assert len(scaled[6]) == len(allowed)


def test_inner_folds_keep_artists_together() -> None:
    examples = _examples()
    learner = TabularLearner(_recipe(C=(0.1, 1.0)), examples)
    y = examples.values.argmax(axis=1)
    x = examples.inputs["audio_features"].astype(np.float64)
    splits = learner._inner_folds(x, y, examples.groups)
    assert len(splits) == 3
    for train, test in splits:
        assert not set(examples.groups[train]) & set(examples.groups[test])
        assert set(y[train]) == set(y[test]) == {0, 1, 2}


def test_the_choice_and_its_rivals_are_kept(tmp_path: Path) -> None:
    recipe = _recipe("genre-knn", n_neighbors=(1, 25), weights=("uniform", "distance"))
    run = run_recipe(recipe, _examples(), tmp_path / "run")
    chosen = run.card["chosen"]
    assert len(chosen["candidates"]) == 4
    best = max(chosen["candidates"], key=lambda row: row["score"])
    assert chosen["n_neighbors"] == best["n_neighbors"]
    assert chosen["criterion"] == "accuracy"
    single = run_recipe(_recipe("genre-knn", n_neighbors=(5,)), _examples(), tmp_path / "single")
    assert single.card["chosen"] == {}


def test_smote_balances_what_the_learner_sees() -> None:
    examples = _examples()
    fold = Fold(number=0, folder=Path("unused"))
    part = examples.part(0)
    plain, filled = (
        TabularLearner(_recipe(C=(1.0,), smote=smote), examples).fit(part, fold) for smote in (False, True)
    )
    rare = examples.values[part.test, 1:].sum(axis=1) > 0
    # Filled up, the rarer genres are said more often.
    shares = [model.predict(examples.take(part.test[rare]))[:, 1:].sum() for model in (plain, filled)]
    assert shares[1] > shares[0]


def test_bad_data_are_named() -> None:
    examples = _examples()
    fold, part = Fold(number=0, folder=Path("unused")), examples.part(0)
    one = replace(examples, targets=("jazz",), values=np.ones((240, 1)))
    with pytest.raises(DatasetError, match="two genres or more"):
        TabularLearner(_recipe(), one)
    with pytest.raises(ParameterError, match="n_neighbors is 999, but there are only"):
        TabularLearner(_recipe("genre-knn", n_neighbors=(999,)), examples).fit(part, fold)
    few = replace(part, train=part.train[:9], validation=part.validation[:3])
    with pytest.raises(DatasetError, match="techno has 3 rows in the training rows; SMOTE needs 6"):
        TabularLearner(_recipe(smote=True), examples).fit(few, fold)
    lonely = examples.groups.copy()
    lonely[examples.values[:, 2] > 0] = "the only one"
    with pytest.raises(DatasetError, match="folk has training rows of 1 artists"):
        TabularLearner(_recipe(C=(0.1, 1.0)), replace(examples, groups=lonely)).fit(part, fold)
    absent = replace(examples, values=np.eye(3)[np.arange(240) % 2], targets=GENRES)
    with pytest.raises(DatasetError, match="folk has 0 rows"):
        TabularLearner(_recipe(), absent).fit(part, fold)


def test_weights_for_other_columns_are_refused() -> None:
    examples, wider = _examples(), _examples(n_columns=13)
    part, fold = examples.part(0), Fold(number=0, folder=Path("unused"))
    arrays = TabularLearner(_recipe(), examples).fit(part, fold).arrays()
    for wrong, data in (
        (arrays, wider),
        ({**arrays, "scale": 0 * arrays["scale"]}, examples),
        ({}, examples),
    ):
        with pytest.raises(ModelError, match="train"):
            TabularLearner(_recipe(), data).restore(wrong)


def test_importances_are_of_named_columns_of_genres() -> None:
    examples = _examples()
    model = TabularLearner(_recipe(), examples).fit(examples.part(0), Fold(number=0, folder=Path("unused")))
    test = examples.part(0).test
    found = permutation_importances(model, examples, test)
    assert list(found) == [f"column {k}" for k in range(12)]
    assert found["column 0"] > 0.2 > max(abs(found[f"column {k}"]) for k in range(1, 12))
    assert permutation_importances(model, replace(examples, columns={}), test) == {}
    assert permutation_importances(model, replace(examples, is_genre=False), test) == {}
