"""A stream resamples as the whole signal does, and what it gives is the signal at another rate."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio import Resampler
from reprise.errors import ParameterError

RATES_HZ = (8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000)


def resample_in_blocks(y: np.ndarray, from_hz: float, to_hz: float, cuts: list[int]) -> np.ndarray:
    resampler = Resampler(from_hz, to_hz, 1 if y.ndim == 1 else len(y))
    parts = [resampler.push(block) for block in np.split(y, sorted(cuts), axis=-1)]
    return np.concatenate([*parts, resampler.flush()], axis=-1)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(RATES_HZ),
    st.sampled_from(RATES_HZ),
    st.lists(st.integers(0, 6000), max_size=8),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_blocks_equal_the_whole(from_hz: int, to_hz: int, cuts: list[int], channels: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(0, 0.3, (channels, 6000)).astype(np.float32)
    whole = soxr.resample(y.T, from_hz, to_hz, quality="HQ").T
    estimated = resample_in_blocks(y, from_hz, to_hz, cuts)
    assert estimated.dtype == np.float32
    assert estimated.shape == whole.shape
    np.testing.assert_allclose(estimated, whole, atol=1e-6)


@pytest.mark.parametrize("from_hz", RATES_HZ)
def test_a_tone_is_the_same_tone_at_the_same_time(from_hz: int) -> None:
    tone_hz, to_hz = 1000.0, 16000
    y = np.sin(2 * np.pi * tone_hz * np.arange(2 * from_hz) / from_hz).astype(np.float32)
    estimated = resample_in_blocks(y, from_hz, to_hz, [from_hz // 3, from_hz])
    reference = np.sin(2 * np.pi * tone_hz * np.arange(2 * to_hz) / to_hz)
    assert estimated.shape == reference.shape
    # Away from the ends, where the filter sees the silence around the signal.
    np.testing.assert_allclose(estimated[800:-800], reference[800:-800], atol=2e-4)


def test_what_would_alias_is_gone() -> None:
    y = np.sin(2 * np.pi * 9000.0 * np.arange(88200) / 44100).astype(np.float32)
    assert np.abs(resample_in_blocks(y, 44100, 16000, [10_000])[800:-800]).max() < 1e-6


def test_equal_rates_pass_the_signal_through() -> None:
    y = np.random.default_rng(0).normal(0, 0.3, (2, 5000)).astype(np.float32)
    np.testing.assert_array_equal(resample_in_blocks(y, 44100, 44100, [700, 2000]), y)


def test_nothing_in_gives_nothing_out() -> None:
    assert Resampler(44100, 16000).flush().shape == (0,)
    resampler = Resampler(44100, 16000, 2)
    assert resampler.push(np.empty((2, 0), np.float32)).shape == (2, 0)
    assert resampler.flush().shape == (2, 0)


@pytest.mark.parametrize("arguments", [(0, 16000), (44100, -1), (44100, 16000, 0), (float("nan"), 16000)])
def test_impossible_rates_are_refused(arguments: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="must be above 0"):
        Resampler(*arguments)
