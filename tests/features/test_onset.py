"""Onset envelopes: the same whatever the blocks, silent where nothing starts."""

import numpy as np
import pytest
import scipy.signal

from reprise.features.onset import FRAME_RATE_HZ, GROUPS, N_BANDS, OnsetEnvelope, band_flux, band_rise
from reprise.features.spectrogram import Spectrogram


def spectrum(y: np.ndarray) -> np.ndarray:
    spectrogram = Spectrogram()
    return np.hstack([spectrogram.push(y.astype(np.float32)), spectrogram.flush()])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def log_bands(y: np.ndarray) -> np.ndarray:
    envelope = OnsetEnvelope()
    envelope.push(spectrum(y))
    return envelope.result().log_bands


def test_blocks_do_not_matter(rng: np.random.Generator) -> None:
    S = spectrum(rng.normal(0, 0.1, 40_000))
    whole, parts = OnsetEnvelope(), OnsetEnvelope()
    whole.push(S)
    for start in range(0, S.shape[1], 37):
        parts.push(S[:, start : start + 37])
    assert whole.result().log_bands.shape == (N_BANDS, S.shape[1])
    assert whole.result().log_bands.dtype == np.float16
    np.testing.assert_allclose(
        whole.result().log_bands.astype(float), parts.result().log_bands.astype(float), atol=5e-3
    )


def test_result_may_be_asked_for_twice_and_before_anything_came() -> None:
    envelope = OnsetEnvelope()
    assert envelope.result().n_frames == 0
    assert envelope.result().duration_s == 0


@pytest.mark.parametrize(
    ("hz", "group"), [(60, "bass"), (250, "low"), (1000, "middle"), (3000, "high"), (6000, "top")]
)
def test_a_sound_starts_in_its_own_range(rng: np.random.Generator, hz: float, group: str) -> None:
    t = np.arange(32_000) / 16_000
    band = scipy.signal.butter(4, [0.75 * hz, min(1.3 * hz, 7_900)], "bandpass", fs=16_000, output="sos")
    y = scipy.signal.sosfilt(band, rng.normal(0, 1, t.size) * (t > 1)) + rng.normal(0, 0.01, t.size)
    flux = band_flux(band_rise(log_bands(y)))
    own = flux[list(GROUPS).index(group)]
    assert abs(np.argmax(own) / FRAME_RATE_HZ - 1) < 0.06
    assert own.max() > 2 * own[10:100].max()


def test_a_vibrato_is_no_onset(rng: np.random.Generator) -> None:
    t = np.arange(64_000) / 16_000
    phase = 2 * np.pi * 660 * t - 6 * np.cos(2 * np.pi * 6 * t)
    y = 0.3 * np.sin(phase) * (t > 1) + rng.normal(0, 0.003, t.size)
    flux = band_flux(band_rise(log_bands(y)))[list(GROUPS).index("middle")]
    start, held = flux[115:135].max(), flux[150:-30].max()
    assert held < 0.3 * start


def test_held_silence_and_short_stretches_give_zeros() -> None:
    assert not band_rise(log_bands(np.zeros(16_000))).any()
    assert band_flux(band_rise(np.ones((N_BANDS, 1), np.float16))).shape == (len(GROUPS), 1)
