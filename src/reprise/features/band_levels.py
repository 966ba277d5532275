"""Momentary levels in dB of what the onset envelope keeps: of each band, and of all bands together."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.signal import sosfreqz

from reprise.audio.loudness import OVERALL_OFFSET_DB, k_weighting
from reprise.features.onset import COMPRESSION, band_edges
from reprise.features.spectrogram import N_BINS, N_FFT, SAMPLE_RATE_HZ
from reprise.records import FloatArray

__all__ = ["FLOOR_DB", "band_levels_db", "loudness_db"]

FLOOR_DB = -60.0
"""What is fainter counts as this."""

# The mean square of a signal is this times the sum of its power spectrum: twice, as half of the spectrum mirrors the
# other, over the length and the energy of the Hann window.
_MEAN_SQUARE = 2 / (N_FFT * (3 / 8 * N_FFT))
# From the K-weighted mean square to LUFS (BS.1770), and from there to the meaning of a record's loudness.
_OFFSET_DB = -0.691 + OVERALL_OFFSET_DB


def band_levels_db(log_bands: npt.NDArray[np.float16] | FloatArray) -> FloatArray:
    """Return the K-weighted level of each band.

    Parameters
    ----------
    log_bands : ndarray, shape (26, t)
        As `reprise.features.onset.OnsetStrength` holds them; any stretch of them.

    Returns
    -------
    ndarray of float32, shape (26, t)
        In dB, -60 and up.
    """
    return _db(_powers(log_bands))


def loudness_db(log_bands: npt.NDArray[np.float16] | FloatArray) -> FloatArray:
    """Return the momentary loudness of all bands together, over a window of 32 ms.

    A steady sound below 8 kHz measures what `reprise.records.Loudness.overall_db` says of it.

    Parameters
    ----------
    log_bands : ndarray, shape (26, t)

    Returns
    -------
    ndarray of float32, shape (t,)
        In dB, -60 and up; a moment may be louder than 0.
    """
    return _db(_powers(log_bands).sum(axis=0))


def _powers(log_bands: npt.NDArray[np.float16] | FloatArray) -> FloatArray:
    powers = (10 ** log_bands.astype(np.float32) - 1) / np.float32(COMPRESSION)
    return np.asarray(powers * _weights()[:, None], np.float32)


def _db(power: FloatArray) -> FloatArray:
    floor = np.float32(10 ** ((FLOOR_DB - _OFFSET_DB) / 10))
    return np.asarray(10 * np.log10(np.maximum(power, floor)) + np.float32(_OFFSET_DB), np.float32)


@cache
def _weights() -> FloatArray:
    """From the summed power of each band to its K-weighted mean square, shape (26,)."""
    bins_hz = np.arange(N_BINS) * SAMPLE_RATE_HZ / N_FFT
    rate_hz = 48_000
    _, response = sosfreqz(k_weighting(rate_hz), worN=bins_hz, fs=rate_hz)
    gains = np.square(np.abs(response))
    weights = [gains[low:high].mean() for low, high in band_edges()]
    return np.asarray(np.array(weights) * _MEAN_SQUARE, np.float32)
