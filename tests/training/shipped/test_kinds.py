"""The sums over labelled clips say the same as the clips themselves would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.models.feedback import BOUND, LOGIT_BOUND, Kinds
from reprise.targets import HEADS
from reprise.training.shipped.heads import RECIPES, HeadLabels
from reprise.training.shipped.kinds import Reference, fit_kinds, genre_sums, head_sums, shares_of

N, N_KINDS, N_GENRES = 40, 6, 5
seeds = st.integers(0, 2**32 - 1)


def _world(seed: int) -> tuple[np.ndarray, HeadLabels, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = np.where(rng.random((N, 1)) < 0.3, rng.random((N, 7)), np.nan)
    weak = np.where(rng.random((N, 1)) < 0.8, rng.random((N, 7)), np.nan)
    true[0], weak[1] = 0.5, 0.5  # some label at least
    labels = HeadLabels(
        artists=np.full(N, ""), true=true, weak=weak, weak_weight=np.where(np.isnan(weak), 0, rng.random((N, 7))),
        taught=true, mood=true[:, :2],
    )  # fmt: skip
    possible = rng.random((N, N_GENRES)) < 0.4
    possible[:, 0] |= ~possible.any(axis=1)
    genres = rng.dirichlet(np.full(N_GENRES, 0.3), N)
    return rng.dirichlet(np.full(N_KINDS, 0.3), N), labels, rng.random((N, 7)), possible, genres


def _reference(seed: int) -> Reference:
    shares, labels, predicted, possible, genres = _world(seed)
    sums = {**head_sums(shares, labels, predicted), **genre_sums(shares, possible, genres)}
    return Reference.from_arrays({f"reference_{name}": values for name, values in sums.items()})


@settings(deadline=None)
@given(seeds)
def test_the_error_of_the_features_is_that_of_the_clips(seed: int) -> None:
    shares, labels, predicted, _, _ = _world(seed)
    table = np.random.default_rng(seed).uniform(-BOUND, BOUND, (N_KINDS, 7))
    known = ~np.isnan(labels.true)
    y = np.where(known, labels.true, labels.weak)
    weights = np.where(known, [RECIPES[name].true_weight for name in HEADS], labels.weak_weight)
    squared = (y - predicted - shares @ table) ** 2
    expected = [
        np.sqrt(np.average(squared[~np.isnan(y[:, t]), t], weights=weights[~np.isnan(y[:, t]), t]))
        for t in range(7)
    ]
    np.testing.assert_allclose(_reference(seed).rmse(table), expected, rtol=1e-9)


@settings(deadline=None)
@given(seeds)
def test_the_loss_of_genre_is_never_more_than_its_bound(seed: int) -> None:
    shares, _, _, possible, genres = _world(seed)
    table = np.random.default_rng(seed).uniform(-LOGIT_BOUND, LOGIT_BOUND, (N_KINDS, N_GENRES))
    moved = genres * np.exp(shares @ table)
    moved /= moved.sum(axis=1, keepdims=True)
    reference = _reference(seed)
    assert -np.log((moved * possible).sum(axis=1)).mean() <= reference.log_loss(table) + 1e-9
    assert reference.log_loss(np.zeros_like(table)) == pytest.approx(
        -np.log((genres * possible).sum(axis=1)).mean()
    )


def test_kinds_are_found_again_by_the_same_seed() -> None:
    logits = np.random.default_rng(0).normal(size=(300, 100)).astype(np.float32)
    first, second = fit_kinds(logits), fit_kinds(logits)
    np.testing.assert_array_equal(first.centres, second.centres)
    shares = shares_of(first, {"tag_logits": logits})
    assert (shares.mean(axis=0) > 0).all()


def test_the_shipped_sums_are_whole() -> None:
    reference, kinds = Reference.load(), Kinds.load()
    n = len(kinds.centres)
    assert reference.gram.shape == (7, n, n)
    assert (np.linalg.eigvalsh(reference.gram) > -1e-6).all()
    # Shares sum to 1, and so do the weights of the clips.
    np.testing.assert_allclose(reference.gram.sum(axis=(1, 2)), 1, atol=1e-4)
    assert reference.genre_gram.sum() == pytest.approx(1, abs=1e-4)
    assert (reference.rmse(np.zeros((n, 7))) < 0.25).all()
