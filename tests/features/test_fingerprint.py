"""The fingerprint is what it says, and does not change with level, cut or codec where it must not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.demo import PIECES, render
from reprise.features.fingerprint import WINDOW_FRAMES, fingerprint, fingerprint_length
from reprise.features.spectrogram import Spectrogram

STEP = 256  # samples at 16 kHz from one word to the next
EDGE = 2  # words that hear the zeros around the signal


@cache
def signal(i: int) -> np.ndarray:
    """The first 12 s of a demo piece at 16 kHz, mono."""
    return render(PIECES[i], 16_000).mean(axis=0)[: 12 * 16_000]


def power(y: np.ndarray) -> np.ndarray:
    spectrogram = Spectrogram()
    return np.hstack([spectrogram.push(y.astype(np.float32)), spectrogram.flush()])


def words_of(y: np.ndarray) -> np.ndarray:
    return fingerprint(power(y))


def error_rate(a: np.ndarray, b: np.ndarray) -> float:
    n = min(len(a), len(b))
    return float(np.unpackbits((a[:n] ^ b[:n]).view(np.uint8)).mean())


def test_a_bit_is_the_sign_of_how_two_bands_part():
    """The definition again, word by word in double precision."""
    S = power(signal(2)).astype(float)
    corners = np.geomspace(250, 4000, 35)
    weights = np.zeros((33, 257))
    for band, (low, centre, high) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
        width = max(31.25, (high - low) / 2)
        weights[band] = [max(0, 1 - abs(31.25 * k - centre) / width) for k in range(257)]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1, WINDOW_FRAMES + 1) / (WINDOW_FRAMES + 1))
    words = fingerprint(S.astype(np.float32))
    wrong = 0
    for t in range(100, 200):
        now, before = (weights @ S[:, start : start + WINDOW_FRAMES] @ hann for start in (2 * t + 24, 2 * t))
        for bit in range(32):
            rises = now[bit + 1] - now[bit] > before[bit + 1] - before[bit]
            wrong += bool(words[t] >> np.uint32(31 - bit) & 1) != rises
    assert wrong <= 3  # of 3,200: single precision decides ties otherwise


@pytest.mark.parametrize("n_frames", [0, 1, WINDOW_FRAMES, 69, 70, 71, 500])
def test_the_length_is_as_foretold(n_frames: int):
    S = np.random.default_rng(0).random((257, n_frames), np.float32)
    words = fingerprint(S)
    assert words.shape == (fingerprint_length(n_frames),)
    assert words.dtype == np.uint32
    assert len(words) == max(0, (n_frames - 68) // 2)


def test_silence_is_0():
    assert not words_of(np.zeros(48_000)).any()


@settings(max_examples=15, deadline=None)
@given(i=st.integers(0, 9), power_of_two=st.integers(-12, 12))
def test_the_level_does_not_count(i: int, power_of_two: int):
    y = signal(i)
    np.testing.assert_array_equal(words_of(y), words_of(y * 2.0**power_of_two))


@settings(max_examples=15, deadline=None)
@given(i=st.integers(0, 9), db=st.floats(-40, 20))
def test_nor_does_any_other_level(i: int, db: float):
    y = signal(i)
    assert error_rate(words_of(y), words_of(y * 10 ** (db / 20))) < 0.01


@settings(max_examples=15, deadline=None)
@given(i=st.integers(0, 9), words=st.integers(0, 400))
def test_a_cut_moves_the_words_and_leaves_them_as_they_are(i: int, words: int):
    y = signal(i)
    whole, rest = words_of(y), words_of(y[words * STEP :])
    assert error_rate(whole[words + EDGE :], rest[EDGE:]) < 0.001


@settings(max_examples=15, deadline=None)
@given(i=st.integers(0, 8), samples=st.integers(0, 100_000))
def test_a_cut_between_words_changes_few_bits(i: int, samples: int):
    y = signal(i)
    whole, rest = words_of(y), words_of(y[samples:])
    assert error_rate(whole[round(samples / STEP) + EDGE :], rest[EDGE:]) < 0.08


def test_different_pieces_differ_in_half_of_the_bits():
    words = [words_of(signal(i)) for i in range(9)]
    rates = [error_rate(words[i], words[j]) for i in range(9) for j in range(i)]
    assert min(rates) > 0.4
    assert np.mean(rates) == pytest.approx(0.5, abs=0.03)
