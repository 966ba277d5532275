"""Gaussian-process heads: what can be heard is learnt, also where it bends, and held-out artists stay unheard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import check_grad

from reprise.evaluation.regression import r2
from reprise.targets import HEADS
from reprise.training.shipped.gaussian_process import GaussianProcessTrainer, _Evidence, group_kernels
from reprise.training.shipped.heads import HeadLabels
from reprise.training.shipped.ridge import artist_folds

SIZES = {"embedding": 3, "pooled": 2, "measured": 3, "short_term": 2, "mel": 2}
N = 150


@pytest.fixture(scope="module")
def groups() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal((N, size)).astype(np.float32) for name, size in SIZES.items()}


@pytest.fixture(scope="module")
def labels(groups: dict[str, np.ndarray]) -> HeadLabels:
    """Values that bend with one group and rise with another; a third of the songs has none of its own."""
    rng = np.random.default_rng(1)
    bend = np.exp(-(groups["embedding"] ** 2).sum(axis=1) / 2) - 0.4
    heard = 0.5 + 0.5 * bend[:, None] + 0.1 * groups["measured"] @ rng.standard_normal((3, 7)) / np.sqrt(3)
    true = np.clip(heard + 0.02 * rng.standard_normal((N, 7)), 0, 1)
    weak = np.clip(heard + 0.06 * rng.standard_normal((N, 7)), 0, 1)
    true[::3] = np.nan
    return HeadLabels(
        artists=np.array([f"artist {i // 3}" for i in range(N)]), true=true, weak=weak,
        weak_weight=np.ones((N, 7)), taught=np.clip(heard + 0.2 * rng.standard_normal((N, 7)), 0, 1),
        mood=np.clip(heard[:, [6, 1]] + 0.2 * rng.standard_normal((N, 2)), 0, 1),
    )  # fmt: skip


def test_a_bend_is_heard_that_no_linear_map_follows(
    groups: dict[str, np.ndarray], labels: HeadLabels
) -> None:
    trainer = GaussianProcessTrainer(groups, labels, steps=6, averaged=False)
    fold = artist_folds(labels.artists, 5, 0)
    rest, held_out = np.flatnonzero(fold > 0), np.flatnonzero((fold == 0) & ~np.isnan(labels.true[:, 0]))
    bent = trainer.predict(trainer.fit(rest), held_out)
    straight = trainer.heads.predict(trainer.heads.fit(rest), held_out)
    assert ((bent >= 0) & (bent <= 1)).all()
    gains = [
        r2(labels.true[held_out, i], bent[:, i]) - r2(labels.true[held_out, i], straight[:, i])
        for i in range(len(HEADS))
    ]
    assert np.mean(gains) > 0.1


def test_no_label_of_a_held_out_artist_is_looked_at(
    groups: dict[str, np.ndarray], labels: HeadLabels
) -> None:
    held_out = artist_folds(labels.artists, 5, 3) == 2
    lies = np.random.default_rng(4)
    changed = replace(
        labels,
        true=np.where(held_out[:, None], 1 - labels.true, labels.true),
        weak=np.where(held_out[:, None], lies.random((N, 7)), labels.weak),
        weak_weight=np.where(held_out[:, None], 9.0, labels.weak_weight),
        mood=np.where(held_out[:, None], lies.random((N, 2)), labels.mood),
    )
    rest = np.flatnonzero(~held_out)
    before, after = (
        trainer.predict(trainer.fit(rest), np.flatnonzero(held_out))
        for trainer in (GaussianProcessTrainer(groups, known, steps=1) for known in (labels, changed))
    )
    np.testing.assert_array_equal(after, before)


def test_a_song_without_its_artist_is_what_a_fit_without_the_artist_predicts(
    groups: dict[str, np.ndarray], labels: HeadLabels
) -> None:
    trainer = GaussianProcessTrainer(groups, replace(labels, true=np.full((N, 7), np.nan)))
    whole = trainer._process(1, np.arange(N))
    left_out = labels.artists == "artist 7"
    part = trainer._process(1, np.flatnonzero(~left_out))
    kernel = trainer._kernels[:, left_out][:, :, part.rows]
    # The same hyperparameters in both: they are in units of the labels' variance, which the artist moves a little.
    predicted = (np.tensordot(part.amplitudes, kernel, axes=1) + part.offset) @ part.dual + part.mean
    np.testing.assert_allclose(whole.unheard[left_out], predicted, atol=2e-3)


def test_the_gradient_is_that_of_the_loss(groups: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(2)
    y, own = rng.standard_normal(N), np.arange(N) % 4 == 0
    artist = np.arange(N) // 3
    evidence = _Evidence(
        kernels=group_kernels(groups, tuple(SIZES)), residual=y - y.mean(), own=own, weight=rng.uniform(0.2, 1.6, N),
        same_artist=((artist[:, None] == artist) & ~own[:, None] & ~own).astype(float),
    )  # fmt: skip
    theta = evidence.prior + 0.3 * rng.standard_normal(evidence.prior.size)
    error = check_grad(lambda t: evidence.loss(t)[0], lambda t: evidence.loss(t)[1], theta)
    assert error < 1e-3 * np.linalg.norm(evidence.loss(theta)[1])
    assert evidence.loss(evidence.climb(5))[0] < evidence.loss(evidence.prior)[0]
