"""The mel filters and the log-mel spectrogram against librosa's, live and as stored."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.mel import N_MELS, LogMel, mel_filterbank
from reprise.features.spectrogram import Spectrogram
from reprise.records import FloatArray

REGRESSION = Path(__file__).parents[1] / "regression" / "mel_librosa.npz"


def test_filterbank_equals_librosa() -> None:
    reference = librosa.filters.mel(sr=16_000, n_fft=512, n_mels=96)
    np.testing.assert_allclose(mel_filterbank(), reference, rtol=0, atol=1e-6)


def test_filterbank_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        mel_filterbank()[0, 0] = 1.0


def log_mel(y: FloatArray, block: int = 4096) -> FloatArray:
    spectrogram, mel = Spectrogram(), LogMel()
    frames = [mel.push(spectrogram.push(y[i : i + block])) for i in range(0, len(y), block)]
    return np.hstack([*frames, mel.push(spectrogram.flush())])


def librosa_log_mel(y: FloatArray) -> FloatArray:
    M = librosa.feature.melspectrogram(
        y=y, sr=16_000, n_fft=512, hop_length=256, n_mels=96, pad_mode="constant", power=2.0
    )
    return np.log10(10_000 * M + 1)


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(512, 40_000),
    block=st.integers(100, 20_000),
    level_db=st.floats(-80, 0),
    seed=st.integers(0, 2**32 - 1),
)
def test_log_mel_equals_librosa(n: int, block: int, level_db: float, seed: int) -> None:
    y = np.random.default_rng(seed).uniform(-1, 1, n) * 10 ** (level_db / 20)
    y = y.astype(np.float32)
    ours, reference = log_mel(y, block), librosa_log_mel(y)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, reference, rtol=1e-4, atol=1e-6)


def test_log_mel_of_music_equals_librosa(shared_data: Path) -> None:
    path = sorted((shared_data / "examples").glob("*.ogg"))[0]
    y, _ = librosa.load(path, sr=16_000, duration=20.0)
    np.testing.assert_allclose(log_mel(y), librosa_log_mel(y), rtol=1e-4, atol=1e-6)


def test_log_mel_equals_the_stored_reference() -> None:
    with np.load(REGRESSION) as stored:
        y = stored["y"].astype(np.float32) / 32_768
        np.testing.assert_allclose(log_mel(y, 1000), stored["log_mel"], rtol=1e-4, atol=1e-6)


def test_mean_and_std_are_those_of_all_frames() -> None:
    y = np.random.default_rng(3).standard_normal(30_000).astype(np.float32)
    spectrogram, mel = Spectrogram(), LogMel()
    np.testing.assert_array_equal(mel.mean(), np.zeros(N_MELS))
    parts = [mel.push(spectrogram.push(block)) for block in np.array_split(y, 7)]
    frames = np.hstack(parts)
    np.testing.assert_allclose(mel.mean(), frames.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(mel.std(), frames.std(axis=1), rtol=1e-4)


def test_silence_is_zero() -> None:
    assert not log_mel(np.zeros(5000, np.float32)).any()
