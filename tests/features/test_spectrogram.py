"""The shared spectrogram against librosa's, whatever the sizes of the blocks."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.spectrogram import HOP_LENGTH, N_BINS, N_FFT, Spectrogram
from reprise.records import FloatArray


def streamed(y: FloatArray, cuts: list[int]) -> FloatArray:
    spectrogram = Spectrogram()
    blocks = np.split(y, sorted(min(cut, len(y)) for cut in cuts))
    return np.hstack([*(spectrogram.push(block) for block in blocks), spectrogram.flush()])


def librosa_power(y: FloatArray, hop_length: int = HOP_LENGTH) -> FloatArray:
    return np.abs(librosa.stft(y, n_fft=N_FFT, hop_length=hop_length, pad_mode="constant")) ** 2


def assert_equal_power(S: FloatArray, reference: FloatArray) -> None:
    # Relative to the bin; where a bin is 80 dB below the loudest, single precision has nothing more to say.
    assert S.shape == reference.shape
    np.testing.assert_allclose(S, reference, rtol=1e-4, atol=1e-8 * reference.max())


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 20_000),
    cuts=st.lists(st.integers(0, 20_000), max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_equals_librosa_whatever_the_blocks(n: int, cuts: list[int], seed: int) -> None:
    y = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    S = streamed(y, cuts)
    assert S.dtype == np.float32
    assert S.shape == (N_BINS, 1 + n // HOP_LENGTH)
    if n >= N_FFT:  # librosa warns about shorter ones
        assert_equal_power(S, librosa_power(y))


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 50_000), max_size=30))
def test_blocks_do_not_change_the_frames(cuts: list[int]) -> None:
    y = np.random.default_rng(5).standard_normal(50_000).astype(np.float32)
    np.testing.assert_array_equal(streamed(y, cuts), streamed(y, []))


@pytest.mark.parametrize("frequency_hz", [31.25, 440.0, 7990.0])
def test_tone(frequency_hz: float) -> None:
    y = (0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(32_000) / 16_000)).astype(np.float32)
    S = streamed(y, [1000])
    assert_equal_power(S, librosa_power(y))
    assert abs(S.mean(axis=1).argmax() - frequency_hz / 31.25) < 1


def test_even_frames_are_those_of_twice_the_hop() -> None:
    y = np.random.default_rng(6).standard_normal(16_001).astype(np.float32)
    assert_equal_power(streamed(y, [77])[:, ::2], librosa_power(y, hop_length=2 * HOP_LENGTH))


def test_flush_starts_over() -> None:
    y = np.random.default_rng(7).standard_normal(3000).astype(np.float32)
    spectrogram = Spectrogram()
    first = np.hstack([spectrogram.push(y), spectrogram.flush()])
    second = np.hstack([spectrogram.push(y), spectrogram.flush()])
    np.testing.assert_array_equal(first, second)


def test_single_samples_make_the_same_frames() -> None:
    y = np.random.default_rng(8).standard_normal(700).astype(np.float32)
    np.testing.assert_array_equal(streamed(y, list(range(700))), streamed(y, []))
