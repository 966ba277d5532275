"""Tempo: how strongly the onsets repeat at every period, and which of the periods is the beat."""

from __future__ import annotations

import numpy as np
import scipy.fft
from scipy.ndimage import uniform_filter1d

from reprise.features.onset import FRAME_RATE_HZ
from reprise.records import FloatArray, TempoCandidate

__all__ = ["TEMPI_BPM", "autocorrelation", "estimate_tempo", "local_periods", "novelty", "periodicity"]

TEMPI_BPM: FloatArray = np.geomspace(30, 300, 333).astype(np.float32)
"""Tempi that are looked at: steps of 0.7 %."""

_WINDOW = round(12 * FRAME_RATE_HZ)
_HOP = round(3 * FRAME_RATE_HZ)
_MAX_LAG = round(8.2 * FRAME_RATE_HZ)
_FLOOR = 1e-4
_N_CANDIDATES = 5
_LEAST_CLARITY = 0.08


def novelty(flux: FloatArray) -> FloatArray:
    """Sharpen onset envelopes: what stands above the mean of the surrounding 0.8 s, all ranges equally loud.

    Parameters
    ----------
    flux : ndarray of float32, shape (g, t)

    Returns
    -------
    ndarray of float32, shape (g + 1, t)
        Each envelope, and their sum as the last row.
    """
    size = round(0.8 * FRAME_RATE_HZ)
    rise = np.maximum(flux - uniform_filter1d(flux, size, axis=1, mode="nearest"), 0)
    # Square roots: one crash cymbal must not drown a minute of quiet strokes.
    rise = np.sqrt(rise)
    rise = np.vstack([rise, rise.mean(axis=0)])
    return np.asarray(rise / (rise.std(axis=1, keepdims=True) + _FLOOR), np.float32)


def autocorrelation(envelopes: FloatArray) -> FloatArray:
    """Correlate envelopes with themselves in windows of 12 s.

    Parameters
    ----------
    envelopes : ndarray of float32, shape (g, t)

    Returns
    -------
    ndarray of float32, shape (windows, g, lags)
        Coefficients for lags of 0 to 8.2 s, 1 at lag 0.
    """
    n = envelopes.shape[1]
    length = min(n, _WINDOW)
    starts = np.arange(0, max(1, n - length + 1), _HOP)
    frames = np.stack([envelopes[:, start : start + length] for start in starts])
    frames = frames - frames.mean(axis=-1, keepdims=True)
    n_fft = scipy.fft.next_fast_len(2 * length, real=True)
    power = np.square(np.abs(scipy.fft.rfft(frames, n_fft)))
    r = scipy.fft.irfft(power, n_fft)[..., : min(length, _MAX_LAG)]
    # The overlap shrinks with the lag; long lags are compensated for, but not wholly: they rest on less.
    lags = np.arange(r.shape[-1])
    r /= np.maximum(1 - lags / length, 0.25)
    r /= r[..., :1] + _FLOOR * length
    if r.shape[-1] < _MAX_LAG:
        r = np.pad(r, [(0, 0), (0, 0), (0, _MAX_LAG - r.shape[-1])])
    return np.asarray(r, np.float32)


def periodicity(r: FloatArray, multiples: tuple[float, ...] = (1, 2, 3, 4)) -> FloatArray:
    """Read the autocorrelation at multiples of each tempo's period.

    Parameters
    ----------
    r : ndarray of float32, shape (..., lags)
    multiples : tuple of float
        Of the period.

    Returns
    -------
    ndarray of float32, shape (..., multiples, tempi)
    """
    periods = 60 * FRAME_RATE_HZ / TEMPI_BPM
    lags = np.clip(np.multiply.outer(np.asarray(multiples), periods), 0, r.shape[-1] - 2)
    below = lags.astype(int)
    part = (lags - below).astype(np.float32)
    return np.asarray(r[..., below] * (1 - part) + r[..., below + 1] * part, np.float32)


def estimate_tempo(r: FloatArray, hint: FloatArray | None = None) -> tuple[TempoCandidate, ...] | None:
    """Rank the tempi that the onsets allow.

    Parameters
    ----------
    r : ndarray of float32, shape (windows, g, lags)
        From `autocorrelation`; the last envelope is the sum of the others.
    hint : ndarray of float32, shape (333,), optional
        Log-probabilities to add.

    Returns
    -------
    tuple of TempoCandidate, best first, or None where nothing repeats
    """
    mean = r.mean(axis=0)
    clarity = float(mean[-1, round(0.2 * FRAME_RATE_HZ) : round(2 * FRAME_RATE_HZ)].max())
    if clarity < _LEAST_CLARITY:
        return None
    salience = periodicity(mean[-1], (0.5, 1, 2, 4)).mean(axis=0)
    score = np.log(np.maximum(salience, 1e-3)) - 0.5 * np.square(np.log(TEMPI_BPM / 115) / 0.45)
    if hint is not None:
        score = score + hint
    peaks = np.flatnonzero((score >= np.roll(score, 1)) & (score >= np.roll(score, -1)))
    peaks = peaks[np.argsort(-score[peaks])][:_N_CANDIDATES]
    weights = np.exp(2 * (score[peaks] - score[peaks[0]]))
    weights /= weights.sum()
    return tuple(
        TempoCandidate(bpm=float(TEMPI_BPM[peak]), confidence=float(weight))
        for peak, weight in zip(peaks, weights, strict=True)
    )


def local_periods(r: FloatArray, bpm: float, n_frames: int) -> FloatArray:
    """Follow the period of the beat through the recording, within a fifth of its tempo.

    Returns
    -------
    ndarray of float32, shape (n_frames,)
        In frames.
    """
    near = np.flatnonzero(np.abs(np.log(TEMPI_BPM / bpm)) < 0.2)
    salience = periodicity(r[:, -1], (1, 2)).mean(axis=1)[:, near]
    cost = 1.5 * np.square(np.log(TEMPI_BPM[near] / bpm) / 0.1)
    local = 6 * salience - cost
    move = 60 * np.square(np.subtract.outer(np.log(TEMPI_BPM[near]), np.log(TEMPI_BPM[near])) / 0.2)
    score, back = local[0], []
    for row in local[1:]:
        total = score[:, None] - move
        back.append(np.argmax(total, axis=0))
        score = total.max(axis=0) + row
    path = [int(np.argmax(score))]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    periods = 60 * FRAME_RATE_HZ / TEMPI_BPM[near][path[::-1]]
    centres = np.arange(len(r)) * _HOP + min(n_frames, _WINDOW) / 2
    return np.asarray(np.interp(np.arange(n_frames), centres, periods), np.float32)
