"""Fitting the heads: what can be heard is learnt, nothing of a held-out artist is, and the intervals cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reprise.evaluation.regression import r2
from reprise.models.heads import Heads
from reprise.targets import HEADS
from reprise.training.shipped.heads import (
    RECIPES,
    HeadLabels,
    HeadsTrainer,
    cross_validate,
    fit_heads,
    fit_intervals,
)
from reprise.training.shipped.ridge import artist_folds

SIZES = {"embedding": 8, "pooled": 4, "measured": 4, "short_term": 4, "mel": 4}
N = 150


@pytest.fixture(scope="module")
def groups() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal((N, size)).astype(np.float32) for name, size in SIZES.items()}


@pytest.fixture(scope="module")
def labels(groups: dict[str, np.ndarray]) -> HeadLabels:
    """Values that are a linear function of the features, plus noise; a third of the songs has none of its own."""
    rng = np.random.default_rng(1)
    x = np.concatenate([groups["embedding"], groups["measured"]], axis=1)
    heard = 0.5 + 0.12 * x @ rng.standard_normal((12, 7)) / np.sqrt(3)
    true = np.clip(heard + 0.03 * rng.standard_normal((N, 7)), 0, 1)
    weak = np.clip(0.5 + 0.6 * (heard - 0.5) + 0.08 * rng.standard_normal((N, 7)), 0, 1)
    true[::3] = np.nan
    return HeadLabels(
        artists=np.array([f"artist {i // 3}" for i in range(N)]), true=true, weak=weak,
        weak_weight=np.ones((N, 7)), taught=np.clip(heard + 0.1 * rng.standard_normal((N, 7)), 0, 1),
        mood=np.clip(heard[:, [6, 1]], 0, 1),
    )  # fmt: skip


@pytest.fixture(scope="module")
def trainer(groups: dict[str, np.ndarray], labels: HeadLabels) -> HeadsTrainer:
    return HeadsTrainer(groups, labels)


def test_every_head_has_a_recipe() -> None:
    assert set(RECIPES) == set(HEADS)
    assert all(len(recipe.prior_mix) == len(recipe.prior_songs) == 4 for recipe in RECIPES.values())


def test_unheard_artists_are_predicted_better_than_by_the_mean(trainer: HeadsTrainer) -> None:
    predicted = cross_validate(trainer, seeds=(0,))[0]
    assert ((predicted >= 0) & (predicted <= 1)).all()
    known = ~np.isnan(trainer.labels.true[:, 0])
    for i, name in enumerate(HEADS):
        assert r2(trainer.labels.true[known, i], predicted[known, i]) > 0.5, name


def test_no_label_of_a_held_out_artist_is_looked_at(
    groups: dict[str, np.ndarray], labels: HeadLabels, trainer: HeadsTrainer
) -> None:
    folds = {"n_folds": 5, "seeds": (3,)}
    held_out = artist_folds(labels.artists, 5, 3) == 2
    lies = np.random.default_rng(4)
    changed = HeadsTrainer(
        groups,
        replace(
            labels,
            true=np.where(held_out[:, None], 1 - np.nan_to_num(labels.true), labels.true),
            weak=np.where(held_out[:, None], lies.random((N, 7)), labels.weak),
            weak_weight=np.where(held_out[:, None], 9.0, labels.weak_weight),
            mood=np.where(held_out[:, None], lies.random((N, 2)), labels.mood),
        ),
    )
    before, after = (cross_validate(t, **folds)[0] for t in (trainer, changed))
    np.testing.assert_array_equal(after[held_out], before[held_out])
    assert (np.abs(after[~held_out] - before[~held_out]).max(axis=1) > 1e-6).all()


def test_the_shipped_arrays_say_what_was_fitted(trainer: HeadsTrainer, groups: dict[str, np.ndarray]) -> None:
    heads, arrays = fit_heads(trainer, cross_validate(trainer, seeds=(0,)))
    expected = trainer.predict(trainer.fit(np.arange(N)), np.arange(N))
    again = Heads.from_arrays(arrays)
    for row in range(0, N, 29):
        inputs = {name: values[row] for name, values in groups.items()}
        got = again(inputs)
        assert got == heads(inputs)
        np.testing.assert_allclose([got[name].value for name in HEADS], expected[row], atol=1e-3)


def _exchangeable(n: int, seed: int) -> tuple[HeadLabels, np.ndarray]:
    """Songs and predictions whose errors grow with the value and are lopsided."""
    rng = np.random.default_rng(seed)
    predicted = rng.uniform(0.3, 0.7, (n, 7))
    true = np.clip(predicted + 0.15 * predicted * (rng.exponential(size=(n, 7)) - 0.8), 0, 1)
    nothing = np.full((n, 7), np.nan)
    labels = HeadLabels(
        artists=np.arange(n).astype(str), true=true, weak=nothing, weak_weight=np.zeros((n, 7)), taught=nothing,
        mood=np.full((n, 2), np.nan),
    )  # fmt: skip
    return labels, predicted


def test_intervals_cover_four_of_five_new_songs() -> None:
    labels, predicted = _exchangeable(400, 0)
    shape = fit_intervals(labels, predicted[None])
    new, estimates = _exchangeable(1500, 1)
    bounds = np.stack([shape.bounds(row.astype(np.float32)) for row in estimates])
    covered = ((bounds[:, :, 0] <= new.true) & (new.true <= bounds[:, :, 1])).mean(axis=0)
    assert (np.abs(covered - 0.8) < 0.06).all()
    assert abs(covered.mean() - 0.8) < 0.025


def test_intervals_are_wider_where_errors_are_larger() -> None:
    shape = fit_intervals(*(part if i == 0 else part[None] for i, part in enumerate(_exchangeable(400, 0))))
    low, high = (shape.bounds(np.full(7, value, np.float32)) for value in (0.3, 0.7))
    assert (high[:, 1] - high[:, 0] > low[:, 1] - low[:, 0]).all()


def test_few_songs_widen_the_intervals_to_the_worst_seen() -> None:
    labels, predicted = _exchangeable(8, 2)
    shape = fit_intervals(labels, predicted[None])
    bounds = np.stack([shape.bounds(row.astype(np.float32)) for row in predicted])
    inside = (bounds[:, :, 0] <= labels.true + 1e-6) & (labels.true - 1e-6 <= bounds[:, :, 1])
    assert inside.all()
