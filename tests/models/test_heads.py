"""The heads: two scales that undo each other, intervals that hold their value, and the shipped ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.models.heads import Heads, IntervalShape, from_scale, to_scale
from reprise.models.linear import LinearMap
from reprise.models.weights_file import load_weights
from reprise.targets import HEADS

unit = st.floats(0, 1, width=32)
LOGIT = np.array([True, False, True, False, True, False, True])


def _shape(seed: int = 0) -> IntervalShape:
    rng = np.random.default_rng(seed)
    return IntervalShape(
        spread=rng.uniform(0.02, 0.3, (7, 5)).astype(np.float32),
        quantiles=np.stack([-rng.uniform(0.5, 2, 7), rng.uniform(0.5, 2, 7)], axis=1).astype(np.float32),
    )


@given(arrays(np.float64, 7, elements=unit))
def test_the_scales_undo_each_other(values: np.ndarray) -> None:
    np.testing.assert_allclose(from_scale(to_scale(values, LOGIT), LOGIT), values, atol=1e-9)


@given(arrays(np.float64, 7, elements=st.floats(-1e6, 1e6)))
def test_whatever_a_map_says_becomes_a_value_between_0_and_1(values: np.ndarray) -> None:
    got = from_scale(values, LOGIT)
    assert ((got >= 0) & (got <= 1)).all()


def test_an_unknown_label_stays_unknown() -> None:
    assert np.isnan(to_scale(np.full(7, np.nan), LOGIT)).all()


@given(arrays(np.float32, 7, elements=unit), st.integers(0, 50))
def test_intervals_hold_their_value_and_lie_between_0_and_1(values: np.ndarray, seed: int) -> None:
    low, high = _shape(seed).bounds(values).T
    assert ((low >= 0) & (low <= values) & (values <= high) & (high <= 1)).all()


def test_an_interval_is_the_spread_at_the_value_times_the_quantiles() -> None:
    shape = IntervalShape(
        spread=np.tile(np.array([0.1, 0.3], np.float32), (7, 1)),
        quantiles=np.tile(np.array([-1, 2], np.float32), (7, 1)),
    )
    bounds = shape.bounds(np.full(7, 0.25, np.float32))
    np.testing.assert_allclose(bounds, [[0.25 - 0.15, 0.25 + 0.3]] * 7, rtol=1e-5)


def test_quantiles_on_one_side_of_zero_still_hold_the_value() -> None:
    shape = IntervalShape(spread=np.full((7, 2), 0.1, np.float32), quantiles=np.full((7, 2), 1, np.float32))
    np.testing.assert_allclose(shape.bounds(np.full(7, 0.5, np.float32)), [[0.5, 0.6]] * 7, rtol=1e-5)


def test_estimates_are_named_and_on_their_scale(make_map: Callable[..., LinearMap]) -> None:
    linear, inputs = make_map(7), {"a": np.ones(3, np.float32), "b": np.zeros(2, np.float32)}
    estimates = Heads(linear, LOGIT, _shape())(inputs)
    assert tuple(estimates) == HEADS
    expected = from_scale(linear(inputs), LOGIT)
    for name, value in zip(HEADS, expected, strict=True):
        assert estimates[name].value == pytest.approx(value, abs=1e-6)
        assert estimates[name].low <= estimates[name].value <= estimates[name].high


def test_the_shipped_heads_know_their_name_and_are_whole() -> None:
    heads, arrays_ = Heads.load(), load_weights("heads").arrays
    assert heads.name.startswith("heads ")
    low, high = arrays_["linear_low"], arrays_["linear_high"]
    names = [str(name) for name in arrays_["linear_groups"]]
    assert set(names) == {"embedding", "pooled", "measured", "short_term", "mel"}
    assert (low <= high).all()
    assert arrays_["linear_weight"].shape == (7, low.size)
    assert (np.abs(arrays_["linear_weight"]).sum(axis=1) > 0).all()
    assert (arrays_["quantiles"][:, 0] < 0).all()
    assert (arrays_["quantiles"][:, 1] > 0).all()
