"""Fades are found where they were made, and none where nothing fades."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.models.fades import find_fades

HOPS = 10


def _music(seconds: int, seed: int = 0) -> np.ndarray:
    """Powers of strokes that come and go, two a second."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * HOPS)
    return (0.01 * np.exp(-0.5 * (t % 5)) * rng.uniform(0.7, 1.3, t.size)).astype(np.float32)


@settings(max_examples=100)
@given(
    arrays(np.float32, st.integers(0, 200), elements=st.floats(0, 4, width=32)),
    st.floats(0, 0.09),
)
def test_they_are_in_order_and_within_the_recording_whatever_it_is(powers: np.ndarray, rest_s: float) -> None:
    duration_s = powers.size / HOPS + rest_s
    end_s, start_s = find_fades(powers, duration_s)
    assert 0 <= end_s <= start_s + 1e-5
    assert start_s <= duration_s + 1e-5


@pytest.mark.parametrize("length_s", [3, 6, 10])
@pytest.mark.parametrize("kind", ["linear", "exponential"])
def test_fades_are_found(length_s: int, kind: str) -> None:
    powers = _music(60)
    ramp = np.linspace(0, 1, length_s * HOPS)
    gain = ramp**2 if kind == "linear" else 10 ** (5 * (ramp - 1))
    powers[: gain.size] *= gain
    powers[-gain.size :] *= gain[::-1]
    end_s, start_s = find_fades(powers, 60.0)
    # The last decibel of a fade that is linear in amplitude takes a tenth of it.
    assert end_s == pytest.approx(length_s, abs=0.5 + 0.2 * length_s)
    assert 60 - start_s == pytest.approx(length_s, abs=0.5 + 0.2 * length_s)


def test_where_nothing_fades_there_are_none() -> None:
    end_s, start_s = find_fades(_music(60), 60.0)
    assert end_s == 0
    assert start_s == pytest.approx(60, abs=0.6)


def test_silence_at_both_ends_counts_as_faded() -> None:
    silence = np.zeros(3 * HOPS, np.float32)
    end_s, start_s = find_fades(np.concatenate([silence, _music(30), silence]), 36.0)
    assert end_s == pytest.approx(3, abs=0.3)
    assert start_s == pytest.approx(33, abs=0.8)


def test_a_quiet_opening_is_no_fade() -> None:
    powers = _music(60)
    powers[: 20 * HOPS] *= 0.05
    assert find_fades(powers, 60.0)[0] < 1


def test_digital_silence_does_not_fade() -> None:
    assert find_fades(np.zeros(100, np.float32), 10.0) == (0.0, 10.0)


def test_a_phrase_that_dies_away_all_along_is_no_fade() -> None:
    powers = (0.01 * 10 ** (-0.05 * np.arange(60))).astype(np.float32)
    assert find_fades(powers, 6.0) == (0.0, 6.0)
