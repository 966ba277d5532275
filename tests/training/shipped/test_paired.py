"""Paired comparison: equal models gain nothing, a better one shows, and the interval is of artists."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.targets import HEADS
from reprise.training.shipped.heads import HeadLabels
from reprise.training.shipped.paired import gains_table, paired_gains

N = 60


@pytest.fixture(scope="module")
def labels() -> HeadLabels:
    rng = np.random.default_rng(0)
    true = rng.random((N, 7))
    true[::4] = np.nan
    nothing = np.full((N, 7), np.nan)
    return HeadLabels(
        artists=np.array([f"artist {i // 2}" for i in range(N)]), true=true, weak=nothing,
        weak_weight=np.zeros((N, 7)), taught=nothing, mood=np.full((N, 2), np.nan),
    )  # fmt: skip


def _noisy(labels: HeadLabels, noise: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.nan_to_num(labels.true) + noise * rng.standard_normal((2, N, 7))


def test_equal_models_gain_nothing(labels: HeadLabels) -> None:
    same = _noisy(labels, 0.2, 1)
    for row in paired_gains(labels, same, same, resamples=50):
        assert row.gain == row.low == row.high == 0


def test_a_better_model_is_found_better_and_the_swap_turns_the_sign(labels: HeadLabels) -> None:
    worse, better = _noisy(labels, 0.3, 1), _noisy(labels, 0.1, 2)
    there = paired_gains(labels, worse, better, resamples=200)
    back = paired_gains(labels, better, worse, resamples=200)
    assert [row.feature for row in there] == [*HEADS, "mean"]
    for row, other in zip(there, back, strict=True):
        assert 0 < row.low < row.gain < row.high
        assert row.gain == pytest.approx(-other.gain)
        assert row.low == pytest.approx(-other.high)


def test_the_table_counts_the_songs_and_names_every_feature(labels: HeadLabels) -> None:
    table = gains_table(labels, paired_gains(labels, *[_noisy(labels, 0.2, 3)] * 2, resamples=10))
    assert table.startswith("R² on 45 songs")
    assert all(f"| {name} |" in table for name in (*HEADS, "mean"))
