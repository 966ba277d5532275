"""The minimum-requirement signals of EBU Tech 3341 v4 and Tech 3342 v4, made from their descriptions.

Left out: 3341-7 and -8 and 3342-5 and -6 are recordings of programmes, which only the EBU's files contain;
3341-11 is the live variant of -10; 3341-12 to -14 concern momentary loudness, which Reprise does not report.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import firwin

from reprise.audio.loudness import LoudnessMeter
from reprise.records import FloatArray

RATE_HZ = 48_000
STEREO = (0.0, 0.0)

Tones = tuple[tuple[float, float], ...]  # (peak level in dBFS, seconds)


def tones(*levels: tuple[float, float], channels_db: tuple[float, ...] = STEREO) -> FloatArray:
    """Return a 1 kHz sine whose level changes, on channels that differ in level."""
    amplitude = np.concatenate([np.full(round(RATE_HZ * s), 10 ** (db / 20)) for db, s in levels])
    sine = amplitude * np.sin(2 * np.pi * 1000 * np.arange(len(amplitude)) / RATE_HZ)
    return np.outer(10 ** (np.array(channels_db) / 20), sine).astype(np.float32)


def measured(y: FloatArray, sample_rate: int = RATE_HZ) -> LoudnessMeter:
    meter = LoudnessMeter(sample_rate, len(y))
    for start in range(0, y.shape[1], sample_rate * 10):
        meter.push(y[:, start : start + sample_rate * 10])
    return meter


@pytest.mark.parametrize(
    ("levels", "expected_lufs"),
    [
        pytest.param(((-23, 20),), -23, id="3341-1"),
        pytest.param(((-33, 20),), -33, id="3341-2"),
        pytest.param(((-36, 10), (-23, 60), (-36, 10)), -23, id="3341-3"),
        pytest.param(((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23, id="3341-4"),
        pytest.param(((-26, 20), (-20, 20.1), (-26, 20)), -23, id="3341-5"),
    ],
)
def test_integrated_loudness(levels: Tones, expected_lufs: float) -> None:
    assert measured(tones(*levels)).result().integrated_lufs == pytest.approx(expected_lufs, abs=0.1)


@pytest.mark.parametrize("expected_lufs", [-23, -33], ids=["3341-1", "3341-2"])
def test_short_term_loudness_of_a_steady_tone(expected_lufs: float) -> None:
    short_term = measured(tones((expected_lufs, 20))).short_term_lufs()
    np.testing.assert_allclose(short_term, expected_lufs, atol=0.1)


@pytest.mark.parametrize(
    "channels_db",
    [
        pytest.param((-28, -28, -24, -30, -30), id="3341-6 as 5.0"),
        pytest.param((-28, -28, -24, -np.inf, -30, -30), id="3341-6 as 5.1"),
        pytest.param((-28, -28, -24, 0, -30, -30), id="with a loud LFE, which must not count"),
    ],
)
def test_surround(channels_db: tuple[float, ...]) -> None:
    meter = measured(tones((0, 20), channels_db=channels_db))
    assert meter.result().integrated_lufs == pytest.approx(-23, abs=0.1)


def test_short_term_loudness_of_alternating_tones() -> None:
    """3341-9: constant after 3 s."""
    short_term = measured(tones(*((-20, 1.34), (-30, 1.66)) * 5)).short_term_lufs()
    np.testing.assert_allclose(short_term, -23, atol=0.1)


@pytest.mark.parametrize("index", range(20))
def test_highest_short_term_loudness(index: int) -> None:
    """3341-10: 3 s of tone after silences that end anywhere between two of the meter's steps."""
    short_term = measured(tones((-np.inf, 0.15 * index), (-23, 3), (-np.inf, 1))).short_term_lufs()
    assert short_term.max() == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("levels", "expected_lu"),
    [
        pytest.param(((-20, 20), (-30, 20)), 10, id="3342-1"),
        pytest.param(((-20, 20), (-15, 20)), 5, id="3342-2"),
        pytest.param(((-40, 20), (-20, 20)), 20, id="3342-3"),
        pytest.param(((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15, id="3342-4"),
    ],
)
def test_loudness_range(levels: Tones, expected_lu: float) -> None:
    assert measured(tones(*levels)).result().range_lu == pytest.approx(expected_lu, abs=1)


def tapered(y: np.ndarray, seconds: float, rate_hz: float) -> np.ndarray:
    """Fade a signal in and out: a sine that begins abruptly has a higher peak than itself."""
    n = round(seconds * rate_hz)
    fade = np.minimum(1, np.minimum(np.arange(len(y)), np.arange(len(y))[::-1]) / n)
    return y * fade


@pytest.mark.parametrize("sample_rate", [48_000, 44_100, 96_000])
@pytest.mark.parametrize(
    ("divisor", "amplitude", "phase_degrees", "expected_dbtp"),
    [
        pytest.param(4, 0.50, 0.0, -6, id="3341-15"),
        pytest.param(4, 0.50, 45.0, -6, id="3341-16"),
        pytest.param(6, 0.50, 60.0, -6, id="3341-17"),
        pytest.param(8, 0.50, 67.5, -6, id="3341-18"),
        pytest.param(4, 1.41, 45.0, 3, id="3341-19"),
    ],
)
def test_true_peak_of_a_sine(
    sample_rate: int, divisor: int, amplitude: float, phase_degrees: float, expected_dbtp: float
) -> None:
    n = np.arange(sample_rate)
    sine = amplitude * np.sin(2 * np.pi * n / divisor + np.deg2rad(phase_degrees))
    y = np.tile(tapered(sine, 0.01, sample_rate), (2, 1)).astype(np.float32)
    peak = measured(y, sample_rate).result().true_peak_db
    assert peak is not None
    assert expected_dbtp - 0.4 <= peak <= expected_dbtp + 0.2


@pytest.mark.parametrize("offset", range(4), ids=["3341-20", "3341-21", "3341-22", "3341-23"])
def test_true_peak_between_samples(offset: int) -> None:
    """One period of fs/4 at full scale within fs/6 at half, made at four times the rate and decimated."""
    around = 0.5 * np.sin(2 * np.pi * np.arange(24 * 500) / 24)
    period = np.sin(2 * np.pi * np.arange(16) / 16)
    at_four_times = tapered(np.concatenate((around, period, around)), 0.01, 4 * RATE_HZ)
    lowpass = firwin(511, 0.25, window="blackman")
    y = np.convolve(at_four_times, lowpass, mode="same")[offset::4]
    peak = measured(np.tile(y, (2, 1)).astype(np.float32)).result().true_peak_db
    assert peak is not None
    assert -0.4 <= peak <= 0.2
