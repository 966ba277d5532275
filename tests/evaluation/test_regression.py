"""Regression metrics against hand-computed values, scikit-learn, SciPy and their own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.errors import ParameterError
from reprise.evaluation import regression

REFERENCE = [1.0, 2.0, 3.0, 4.0]
ESTIMATED = [1.0, 2.0, 3.0, 6.0]

finite = st.floats(-1e3, 1e3, allow_subnormal=False)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n = draw(st.integers(3, 40))
    reference = draw(arrays(np.float64, n, elements=finite))
    return reference, draw(arrays(np.float64, n, elements=finite))


def test_hand_computed() -> None:
    assert regression.mae(REFERENCE, ESTIMATED) == pytest.approx(0.5)
    assert regression.mse(REFERENCE, ESTIMATED) == pytest.approx(1.0)
    assert regression.rmse(REFERENCE, ESTIMATED) == pytest.approx(1.0)
    assert regression.r2(REFERENCE, ESTIMATED) == pytest.approx(1 - 4 / 5)
    assert regression.spread_ratio([0, 2], [0, 1]) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(pairs())
def test_equal_to_scikit_learn_and_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    from scipy.stats import pearsonr
    from sklearn import metrics

    reference, estimated = pair
    assert regression.mae(*pair) == pytest.approx(metrics.mean_absolute_error(*pair), rel=1e-9)
    assert regression.mse(*pair) == pytest.approx(metrics.mean_squared_error(*pair), rel=1e-9)
    if np.std(reference) > 1e-3 and np.std(estimated) > 1e-3:
        assert regression.r2(*pair) == pytest.approx(metrics.r2_score(*pair), rel=1e-6, abs=1e-9)
        expected = pearsonr(*pair)
        found = regression.pearson(*pair)
        assert found.r == pytest.approx(expected.statistic, abs=1e-9)
        # Near |r| = 1 the p-value hangs on the last bits of r.
        if abs(found.r) < 0.999:
            assert found.p_value == pytest.approx(expected.pvalue, rel=1e-5, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.integers(3, 30), elements=finite), finite)
def test_perfect_estimates(reference: np.ndarray, offset: float) -> None:
    assert regression.mae(reference, reference) == 0
    if np.std(reference) > 1e-3:
        assert regression.r2(reference, reference) == 1
        assert regression.pearson(reference, 2 * reference + offset).r == pytest.approx(1)
        assert regression.spread_ratio(reference, 2 * reference + offset) == pytest.approx(2, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(pairs(), st.randoms(use_true_random=False), st.floats(0.1, 10))
def test_order_does_not_matter_and_scale_only_where_it_must(pair, random, scale) -> None:
    reference, estimated = pair
    order = np.array(random.sample(range(len(reference)), len(reference)))
    shuffled = reference[order], estimated[order]
    assert regression.mae(*shuffled) == pytest.approx(regression.mae(*pair))
    assert regression.mae(scale * reference, scale * estimated) == pytest.approx(
        scale * regression.mae(*pair)
    )
    assert regression.rmse(scale * reference, scale * estimated) == pytest.approx(
        scale * regression.rmse(*pair)
    )
    if np.std(reference) > 1e-3:
        assert regression.r2(*shuffled) == pytest.approx(regression.r2(*pair), rel=1e-6)
        assert regression.r2(scale * reference, scale * estimated) == pytest.approx(
            regression.r2(*pair), rel=1e-6, abs=1e-9
        )


def test_undefined_is_nan() -> None:
    assert np.isnan(regression.r2([0.1] * 7, [1, 2, 3, 4, 5, 6, 7]))
    assert np.isnan(regression.pearson([1, 2, 3], [0.1, 0.1, 0.1]).r)
    assert np.isnan(regression.pearson([1, 2, 3], [0.1, 0.1, 0.1]).p_value)
    assert regression.spread_ratio([1, 2, 3], [0.1, 0.1, 0.1]) == 0


def test_evaluate_agrees_with_the_single_metrics_and_counts_what_it_left_out() -> None:
    rng = np.random.default_rng(1)
    reference = rng.normal(size=60)
    estimated = 0.7 * reference + rng.normal(scale=0.3, size=60)
    with_gaps = np.append(reference, [np.nan, np.nan])
    scores = regression.evaluate(with_gaps, np.append(estimated, [9.0, -9.0]))
    assert (scores.count, scores.left_out) == (60, 2)
    for name in ("r2", "mae", "mse", "rmse", "spread_ratio"):
        score = getattr(scores, name)
        assert score.value == pytest.approx(getattr(regression, name)(reference, estimated))
        assert score.low < score.value < score.high
    assert scores.pearson.value == pytest.approx(regression.pearson(reference, estimated).r)
    assert scores.pearson_p_value == pytest.approx(regression.pearson(reference, estimated).p_value)


def test_bootstrap_interval_matches_theory() -> None:
    """The mean absolute error is a mean: its interval must be that of the normal approximation."""
    error = np.random.default_rng(2).normal(size=400)
    scores = regression.evaluate(np.zeros(400), error)
    standard_error = np.abs(error).std() / 20
    assert scores.mae.high - scores.mae.value == pytest.approx(1.96 * standard_error, rel=0.1)
    assert scores.mae.value - scores.mae.low == pytest.approx(1.96 * standard_error, rel=0.1)


def test_groups_of_like_pairs_widen_the_interval_as_many_fewer_pairs_would() -> None:
    rng = np.random.default_rng(3)
    reference, error = rng.normal(size=50), rng.normal(size=50)
    artists = [f"artist {i}" for i in range(50)]
    alone = regression.evaluate(reference, reference + error)
    repeated = regression.evaluate(
        np.repeat(reference, 8), np.repeat(reference + error, 8), groups=np.repeat(artists, 8)
    )
    naive = regression.evaluate(np.repeat(reference, 8), np.repeat(reference + error, 8))
    width = alone.mae.high - alone.mae.low
    assert repeated.mae.high - repeated.mae.low == pytest.approx(width, rel=0.1)
    assert naive.mae.high - naive.mae.low < 0.5 * width


def test_the_seed_decides() -> None:
    reference, estimated = np.arange(20.0), np.arange(20.0) ** 1.1
    first = regression.evaluate(reference, estimated, seed=5)
    assert first == regression.evaluate(reference, estimated, seed=5)
    assert first.mae.low != regression.evaluate(reference, estimated, seed=6).mae.low


def test_intervals() -> None:
    scores = regression.evaluate_intervals([1, 2, 3, np.nan], [0, 2, 4, 0], [2, 4, 6, 0])
    assert scores == regression.IntervalScores(count=3, left_out=1, coverage=2 / 3, mean_width=2.0)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.integers(1, 30), elements=finite), st.floats(0, 5))
def test_wider_intervals_cover_no_less(reference: np.ndarray, width: float) -> None:
    narrow = regression.evaluate_intervals(
        reference, np.full_like(reference, -width), np.full_like(reference, width)
    )
    wide = regression.evaluate_intervals(
        reference, np.full_like(reference, -width - 1), np.full_like(reference, width + 1)
    )
    assert narrow.coverage <= wide.coverage
    assert wide.mean_width == pytest.approx(narrow.mean_width + 2)


@pytest.mark.parametrize("metric", [regression.r2, regression.mae, regression.pearson, regression.evaluate])
@pytest.mark.parametrize(
    ("reference", "estimated"),
    [
        ([1, 2], [1]),
        ([], []),
        ([1, np.inf], [1, 2]),
        ([1, 2], [1, np.nan]),
        ([[1], [2]], [[1], [2]]),
        (["a"], [1]),
    ],
)
def test_refused(metric, reference, estimated) -> None:
    with pytest.raises(ParameterError):
        metric(reference, estimated)


def test_refused_by_single_metrics_evaluate_and_intervals() -> None:
    with pytest.raises(ParameterError, match="finite"):
        regression.mae([1, np.nan], [1, 2])
    with pytest.raises(ParameterError, match="known"):
        regression.evaluate([np.nan], [1])
    with pytest.raises(ParameterError, match="groups"):
        regression.evaluate([1, 2], [1, 2], groups=["a"])
    with pytest.raises(ParameterError, match="low above high"):
        regression.evaluate_intervals([1], [2], [0])
