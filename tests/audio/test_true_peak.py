"""The true peak: exact where it takes short cuts, right where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio.true_peak import TruePeak, interpolators, oversampling_factor


def everywhere(y: np.ndarray, factor: int) -> float:
    """Oversample every point of every channel, in float64."""
    silence = np.zeros(64)
    padded = [np.concatenate((silence, row, silence)) for row in y.astype(np.float64)]
    between = [np.abs(np.correlate(row, h)).max() for row in padded for h in interpolators(factor)]
    return max([np.abs(y).max(initial=0.0), *between])


@st.composite
def signals(draw: st.DrawFn) -> np.ndarray:
    """Return noise, tones, clicks or clipped music-like sounds, of any length, on one or two channels."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, channels = draw(st.integers(1, 2000)), draw(st.integers(1, 2))
    kind = draw(st.sampled_from(["noise", "tone", "clicks", "clipped"]))
    t = np.arange(n)
    if kind == "noise":
        y = rng.normal(size=(channels, n))
    elif kind == "tone":
        y = np.sin(np.outer(rng.uniform(0.01, 3.1, channels), t) + rng.uniform(0, 6))
    elif kind == "clicks":
        y = (rng.random((channels, n)) < 0.02) * rng.normal(size=(channels, n))
    else:
        y = np.clip(np.cumsum(rng.normal(size=(channels, n)), axis=1), -1, 1)
    return (10 ** draw(st.floats(-4, 1)) * y).astype(np.float32)


@settings(max_examples=150, deadline=None)
@given(signals(), st.sampled_from([1, 2, 4]), st.lists(st.integers(0, 700), max_size=5))
def test_the_short_cut_equals_the_whole_computation(y: np.ndarray, factor: int, cuts: list[int]) -> None:
    meter = TruePeak(factor, len(y))
    for block in np.split(y, sorted(min(cut, y.shape[1]) for cut in cuts), axis=1):
        meter.push(block)
    expected = everywhere(y, factor) if factor > 1 else np.abs(y).max()
    assert meter.result() == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("offset", range(0, 260, 13))
@pytest.mark.parametrize("factor", [2, 4])
def test_the_worst_burst_is_found_after_a_peak_almost_as_high(factor: int, offset: int) -> None:
    """Samples with the signs of an interpolator make the highest point there is between samples of ±1."""
    h = max(interpolators(factor), key=lambda row: float(np.abs(row).sum()))
    worst = float(np.abs(h).sum())
    smooth = 0.99 * worst * np.hanning(2000)
    y = np.concatenate((smooth, np.zeros(500 + offset), np.sign(h), np.zeros(300)))[None].astype(np.float32)
    meter = TruePeak(factor, 1)
    meter.push(y[:, :2200])
    assert meter.result() < 0.995 * worst
    meter.push(y[:, 2200:])
    assert meter.result() == pytest.approx(worst, rel=1e-5)


def test_the_bound_spares_most_of_a_signal_whose_peak_is_early() -> None:
    """The short cut must be one: after a loud start, quiet music needs no oversampling."""
    rng = np.random.default_rng(0)
    meter = TruePeak(4, 1)
    meter.push(rng.normal(size=(1, 1000)).astype(np.float32))
    meter.push(np.zeros((1, 1000), dtype=np.float32))
    loud = meter.result()
    meter._matrix = np.full_like(meter._matrix, np.nan)  # any oversampling from here on would show
    meter.push(rng.normal(scale=0.1, size=(1, 100_000)).astype(np.float32))
    assert meter.result() == loud


@settings(max_examples=50, deadline=None)
@given(st.floats(0.02, 0.4), st.floats(0, 2 * np.pi), st.sampled_from([2, 4]))
def test_sines_within_the_error_of_the_grid(frequency: float, phase: float, factor: int) -> None:
    """A peak lies at most half a step from a point of the grid."""
    y = np.sin(2 * np.pi * frequency * np.arange(4000) + phase) * np.hanning(4000)
    meter = TruePeak(factor, 1)
    meter.push(y[None].astype(np.float32))
    worst = np.cos(np.pi * frequency / factor)
    assert 0.99 * worst < meter.result() < 1.006


def test_interpolators_reproduce_straight_lines() -> None:
    for factor in (2, 4):
        h = interpolators(factor)
        t = np.arange(h.shape[1]) - (h.shape[1] // 2 - 1)
        np.testing.assert_allclose(h.sum(axis=1), 1)
        np.testing.assert_allclose(h @ t, np.arange(1, factor) / factor)


@pytest.mark.parametrize(
    ("rate", "factor"),
    [(8000, 4), (44_100, 4), (95_999, 4), (96_000, 2), (176_400, 2), (192_000, 1), (384_000, 1)],
)
def test_oversampling_factor(rate: int, factor: int) -> None:
    assert oversampling_factor(rate) == factor


def test_the_stream_may_go_on_after_a_result() -> None:
    y = np.random.default_rng(3).normal(size=(2, 3000)).astype(np.float32)
    asked, unasked = TruePeak(4, 2), TruePeak(4, 2)
    for block in np.split(y, 10, axis=1):
        asked.push(block)
        asked.result()
        unasked.push(block)
    assert asked.result() == unasked.result()
    assert TruePeak(4, 1).result() == 0
