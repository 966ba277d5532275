"""Levels of the bands are those of the loudness meter, and nothing lies below the floor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio.loudness import LoudnessMeter
from reprise.features.band_levels import FLOOR_DB, band_levels_db, loudness_db
from reprise.features.onset import N_BANDS, OnsetEnvelope
from reprise.features.spectrogram import SAMPLE_RATE_HZ, Spectrogram


def _bands(y: np.ndarray) -> np.ndarray:
    spectrogram, onset = Spectrogram(), OnsetEnvelope()
    onset.push(spectrogram.push(y))
    onset.push(spectrogram.flush())
    return onset.result().log_bands


@settings(max_examples=25, deadline=None)
@given(f_hz=st.floats(100, 6000), gain_db=st.floats(-40, -6))
def test_a_steady_tone_is_as_loud_as_the_meter_says(f_hz: float, gain_db: float) -> None:
    t = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    y = (10 ** (gain_db / 20) * np.sin(2 * np.pi * f_hz * t)).astype(np.float32)
    meter = LoudnessMeter(SAMPLE_RATE_HZ, 1)
    meter.push(y[None])
    expected = meter.result().overall_db
    assert expected is not None
    level = loudness_db(_bands(y))[20:-20]
    # Loudness of a whole stops at 0; that of a moment goes on.
    if expected < 0:
        assert float(np.median(level)) == pytest.approx(expected, abs=0.6)


def test_silence_is_the_floor() -> None:
    bands = _bands(np.zeros(SAMPLE_RATE_HZ, np.float32))
    assert (loudness_db(bands) == FLOOR_DB).all()
    assert band_levels_db(bands).shape == (N_BANDS, bands.shape[1])
    assert (band_levels_db(bands) == FLOOR_DB).all()


def test_a_tone_is_in_its_own_band() -> None:
    t = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    for f_hz, band in ((62.5, 1), (1000.0, 15), (7000.0, 24)):
        levels = band_levels_db(_bands((0.3 * np.sin(2 * np.pi * f_hz * t)).astype(np.float32)))
        assert abs(int(np.argmax(levels[:, 60])) - band) <= 1
