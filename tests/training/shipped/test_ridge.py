"""Grouped ridge regression: equal to scikit-learn's, the same in raw features, folds that keep artists together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from reprise.models.linear import LinearMap
from reprise.training.shipped.ridge import GroupedRidge, artist_folds

SCALES = {"a": 0.7, "b": 1.5}


def _groups(n: int = 50, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    groups = {"a": 100 + 5 * rng.standard_normal((n, 4)), "b": rng.random((n, 3)), "unused": np.ones((n, 2))}
    groups["b"][:, 1] = 0.25  # says nothing
    return {name: values.astype(np.float32) for name, values in groups.items()}


@pytest.mark.parametrize("alpha", [0.1, 10.0, 1000.0])
def test_a_fit_is_that_of_scikit_learn(alpha: float) -> None:
    ridge, rng = GroupedRidge(_groups(), SCALES), np.random.default_rng(1)
    rows = rng.permutation(50)[:30]
    y, weights = rng.standard_normal(30), rng.uniform(0.1, 6, 30)
    coefficients, intercept = ridge.fit(rows, y, weights, alpha)
    reference = Ridge(alpha=alpha).fit(ridge.x[rows], y, sample_weight=weights)
    np.testing.assert_allclose(coefficients, reference.coef_, atol=1e-8)
    assert intercept == pytest.approx(reference.intercept_, abs=1e-8)


def test_features_are_standardised_and_scaled_by_group() -> None:
    ridge = GroupedRidge(_groups(), SCALES)
    np.testing.assert_allclose(ridge.x.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(ridge.x.std(axis=0), [0.7] * 4 + [1.5, 0, 1.5], rtol=1e-6)


def test_a_map_of_raw_features_says_the_same() -> None:
    groups = _groups()
    ridge, rng = GroupedRidge(groups, SCALES), np.random.default_rng(2)
    coefficients, intercepts = rng.standard_normal((2, 7)), rng.standard_normal(2)
    linear = ridge.to_map(coefficients, intercepts)
    for row in range(0, 50, 7):
        inputs = {name: values[row] for name, values in groups.items()}
        expected = ridge.x[row] @ coefficients.T + intercepts
        np.testing.assert_allclose(linear(inputs), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a"), ("b",), ("a",)])
def test_from_raw_and_to_map_undo_each_other(names: tuple[str, ...]) -> None:
    groups = _groups()
    ridge, rng = GroupedRidge(groups, SCALES), np.random.default_rng(3)
    size = sum(groups[name].shape[1] for name in names)
    edge = np.full(size, 1e6, np.float32)
    raw = LinearMap(
        groups=names, weight=rng.standard_normal((2, size)).astype(np.float32),
        bias=rng.standard_normal(2).astype(np.float32), low=-edge, high=edge,
    )  # fmt: skip
    again = ridge.to_map(*ridge.from_raw(raw))
    for row in range(0, 50, 7):
        inputs = {name: values[row] for name, values in groups.items()}
        np.testing.assert_allclose(again(inputs), raw(inputs), rtol=1e-3, atol=1e-3)


def test_inputs_of_a_map_are_clipped_to_what_was_seen() -> None:
    groups = _groups()
    linear = GroupedRidge(groups, SCALES).to_map(np.ones((1, 7)), np.zeros(1))
    np.testing.assert_allclose(linear.low[:4], groups["a"].min(axis=0))
    np.testing.assert_allclose(linear.high[:4], groups["a"].max(axis=0))


@given(
    st.lists(st.sampled_from(["NaN", "Null", "", "a", "b", "c", "Æ", "1975", "d", "e"]), min_size=1),
    st.integers(2, 10),
    st.integers(0, 5),
)
def test_folds_never_part_an_artist_and_share_them_evenly(names: list[str], n_folds: int, seed: int) -> None:
    artists = np.array(names)
    fold = artist_folds(artists, n_folds, seed)
    assert fold.shape == artists.shape
    where = {name: set(fold[artists == name].tolist()) for name in set(names)}
    assert all(len(folds) == 1 for folds in where.values())
    counts = np.bincount([folds.pop() for folds in where.values()], minlength=n_folds)
    assert counts.size == n_folds
    assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(fold, artist_folds(artists, n_folds, seed))
