"""Every recipe that comes with Reprise trains for a few steps on tiny data, and a small model learns something real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.features.clip_sets import CLIP_SETS
from reprise.training.examples import Examples
from reprise.training.recipe import Recipe, read_recipe, recipe_names
from reprise.training.run import load_examples, read_run, restore_model, run_recipe
from reprise.training.shipped.ridge import artist_folds
from reprise.training.sources import Place

N = 40
GENRES = ("jazz", "techno", "folk")
COLUMNS = {"numbers": 6}
NETWORKS = [name for name in recipe_names() if "neural" in read_recipe(name).architecture.learner]


def tiny(recipe: Recipe) -> Examples:
    """Random rows of whatever the recipe's architecture is given."""
    rng = np.random.default_rng(0)
    kind = recipe.architecture
    inputs = {}
    for name in kind.inputs:
        if name in CLIP_SETS:
            row = CLIP_SETS[name]
            scale = 255 if row.dtype == "uint8" else 1
            inputs[name] = (scale * rng.random((N, *row.shape))).astype(row.dtype)
        else:
            inputs[name] = rng.standard_normal((N, COLUMNS[name])).astype(np.float32)
    targets = GENRES if kind.task == "genre" else recipe.data.targets
    values = rng.random((N, len(targets)))
    if kind.task == "genre":
        values = np.eye(len(GENRES))[np.arange(N) % len(GENRES)]
    groups = np.array([f"artist {i % 20}" for i in range(N)])
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(N)), groups=groups,
        folds=artist_folds(groups, recipe.data.folds, seed=0), inputs=inputs, targets=targets, values=values,
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=kind.task == "genre",
        citation="nobody", licence="free",
    )  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_a_recipe_trains_for_a_few_steps(name: str, tmp_path: Path) -> None:
    recipe = read_recipe(name, {"data.tested": 1, "training.epochs": 1, "training.batch_size": 8})
    examples = tiny(recipe)
    run = run_recipe(recipe, examples, tmp_path / name, max_steps=2)
    assert run.predicted.shape == (len(examples.part(0).test), len(examples.targets))
    assert np.isfinite(run.predicted).all() and run.predicted.min() >= 0 and run.predicted.max() <= 1
    again = restore_model(recipe, examples, tmp_path / name, 0).predict(examples.take(examples.part(0).test))
    np.testing.assert_allclose(again, run.predicted, atol=1e-6)
    assert read_run(tmp_path / name).card["parameters"] > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_an_earlier_recipe_has_a_tuned_one_beside_it(name: str) -> None:
    assert recipe_names().count(name.removesuffix(".paper")) == 1
    assert read_recipe(name).what.strip()


def test_the_numerical_network_beats_the_mean_on_real_songs(shared_data: Path, tmp_path: Path) -> None:
    recipe = read_recipe("numerical.paper", {"data.limit": 20_000, "training.epochs": 4})
    examples = load_examples(recipe, Place(data=shared_data, cache=tmp_path))
    assert len(examples) == 20_000
    run = run_recipe(recipe, examples, tmp_path / "run")
    # Loudness and valence tell much of energy, something of acousticness and danceability.
    figures = {name: run.card["metrics"][name]["r2"] for name in ("energy", "acousticness", "danceability")}
    assert figures["energy"] > 0.5 and min(figures.values()) > 0.1, figures
