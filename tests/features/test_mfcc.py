"""The coefficients are librosa's, at the size that the networks were fed."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.errors import ParameterError
from reprise.features.mfcc import SAMPLE_RATE_HZ, htk_filterbank, mfcc


def noise(n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (0.1 * rng.normal(size=n) * np.linspace(0, 1, n) ** 2).astype(np.float32)


def test_equals_librosa():
    librosa = pytest.importorskip("librosa")
    y = noise(30 * SAMPLE_RATE_HZ)
    S = librosa.feature.melspectrogram(
        y=y,
        sr=SAMPLE_RATE_HZ,
        n_fft=4096,
        hop_length=8192,
        n_mels=256,
        htk=True,
        norm=None,
        pad_mode="reflect",
    )
    reference = librosa.feature.mfcc(S=librosa.power_to_db(S, top_db=80), n_mfcc=20)[:, :160]
    np.testing.assert_allclose(mfcc(y), reference, atol=0.01)


def test_the_filters_equal_librosas():
    librosa = pytest.importorskip("librosa")
    reference = librosa.filters.mel(sr=SAMPLE_RATE_HZ, n_fft=4096, n_mels=256, htk=True, norm=None)
    np.testing.assert_allclose(htk_filterbank(), reference, atol=1e-5)


@pytest.mark.parametrize("seconds", [0.5, 15, 30, 40])
def test_has_one_shape_whatever_the_length(seconds: float):
    found = mfcc(noise(int(seconds * SAMPLE_RATE_HZ)))
    assert found.shape == (20, 160)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_silence_follows_a_short_clip_and_the_rest_of_a_long_one_is_not_heard():
    y = noise(31 * SAMPLE_RATE_HZ)
    padded = np.zeros(30 * SAMPLE_RATE_HZ, np.float32)
    padded[: 10 * SAMPLE_RATE_HZ] = y[: 10 * SAMPLE_RATE_HZ]
    np.testing.assert_array_equal(mfcc(y[: 10 * SAMPLE_RATE_HZ]), mfcc(padded))
    np.testing.assert_array_equal(mfcc(y), mfcc(y[: 30 * SAMPLE_RATE_HZ]))


@pytest.mark.parametrize("y", [np.zeros((2, 9), np.float32), np.zeros(0, np.float32)])
def test_refuses_what_is_not_mono_or_empty(y: np.ndarray):
    with pytest.raises(ParameterError):
        mfcc(y)
