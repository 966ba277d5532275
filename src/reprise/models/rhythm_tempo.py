"""Tempo: how strongly the onsets repeat at every period, and which of the periods is the beat."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from reprise.features.onset import FRAME_RATE_HZ
from reprise.models.weights_file import load_weights
from reprise.records import FloatArray, TempoCandidate

__all__ = [
    "TEMPI_BPM",
    "Ranker",
    "autocorrelation",
    "describe_candidates",
    "estimate_tempo",
    "local_periods",
    "novelty",
    "periodicity",
    "propose_tempi",
    "pulse_evidence",
]

TEMPI_BPM: FloatArray = np.geomspace(30, 300, 333).astype(np.float32)
"""Tempi that are looked at: steps of 0.7 %."""

RATIOS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 1.0, 3 / 2, 2.0, 3.0, 4.0)
"""Multiples of a candidate's period at which the ranker looks."""

_WINDOW = round(12 * FRAME_RATE_HZ)
_HOP = round(3 * FRAME_RATE_HZ)
_MAX_WINDOWS = 256
_MAX_LAG = round(8.2 * FRAME_RATE_HZ)
_FLOOR = 1e-4
_N_CANDIDATES = 5
_SLOWEST, _FASTEST = 38.0, 260.0
_RELATIVES = (1.0, 2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3)
_KNOTS = np.log([45, 60, 75, 90, 105, 120, 140, 165, 195])


def novelty(flux: FloatArray) -> FloatArray:
    """Sharpen onset envelopes: what stands above the mean of the surrounding 0.8 s, all ranges equally loud.

    Parameters
    ----------
    flux : ndarray of float32, shape (g, t)

    Returns
    -------
    ndarray of float32, shape (g + 1, t)
        Each envelope, and their mean as the last row; standard deviations of 1.
    """
    size = round(0.8 * FRAME_RATE_HZ)
    # Square roots: one crash cymbal must not drown a minute of quiet strokes.
    rise = np.sqrt(np.maximum(flux - uniform_filter1d(flux, size, axis=1, mode="nearest"), 0))
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
    n_fft = scipy.fft.next_fast_len(length + min(length, _MAX_LAG), real=True)
    windows = []
    for start in window_starts(n):
        frame = envelopes[:, start : start + length]
        spectrum = scipy.fft.rfft(frame - frame.mean(axis=-1, keepdims=True), n_fft)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        windows.append(scipy.fft.irfft(power, n_fft)[:, : min(length, _MAX_LAG)])
    r = np.stack(windows)
    # The overlap shrinks with the lag; long lags are compensated for, but not wholly: they rest on less.
    lags = np.arange(r.shape[-1])
    r /= np.maximum(1 - lags / length, 0.25)
    r /= r[..., :1] + _FLOOR * length
    if r.shape[-1] < _MAX_LAG:
        r = np.pad(r, [(0, 0), (0, 0), (0, _MAX_LAG - r.shape[-1])])
    return np.asarray(r, np.float32)


def window_starts(n_frames: int) -> npt.NDArray[np.int64]:
    """First frames of the windows: one every 3 s, in recordings of more than 12 minutes 256 of them."""
    last = max(0, n_frames - _WINDOW)
    return np.linspace(0, last, min(1 + last // _HOP, _MAX_WINDOWS)).astype(np.int64)


def periodicity(r: FloatArray, ratios: tuple[float, ...] = (1, 2, 3, 4)) -> FloatArray:
    """Read the autocorrelation at multiples of each tempo's period.

    Parameters
    ----------
    r : ndarray of float32, shape (..., lags)
    ratios : tuple of float
        Multiples of the period.

    Returns
    -------
    ndarray of float32, shape (..., ratios, 333)
    """
    periods = 60 * FRAME_RATE_HZ / TEMPI_BPM
    lags = np.multiply.outer(np.asarray(ratios), periods)
    inside = lags < r.shape[-1] - 1
    lags = np.where(inside, lags, 0)
    below = lags.astype(int)
    part = (lags - below).astype(np.float32)
    return np.asarray(np.where(inside, r[..., below] * (1 - part) + r[..., below + 1] * part, 0), np.float32)


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """A multilayer perceptron of one hidden layer that gives each candidate a score.

    Attributes
    ----------
    mean, scale : ndarray, shape (features,)
    hidden, hidden_bias, out : ndarrays, shapes (features, units), (units,), (units,)
    """

    mean: FloatArray
    scale: FloatArray
    hidden: FloatArray
    hidden_bias: FloatArray
    out: FloatArray

    def __call__(self, features: FloatArray) -> FloatArray:
        """Score candidates; features of shape (candidates, features)."""
        inner = np.tanh((features - self.mean) / self.scale @ self.hidden + self.hidden_bias)
        return np.asarray(inner @ self.out, np.float32)

    @staticmethod
    @cache
    def shipped() -> Ranker:
        """The ranker that comes with the package."""
        return Ranker(**load_weights("rhythm_tempo").arrays)


def pulse_evidence(r: FloatArray, activation: FloatArray) -> float:
    """Say how far there is a pulse at all: 0 for a held tone, 0.1 for noise, 0.15 for speech, 1 for a drum machine.

    Parameters
    ----------
    r : ndarray of float32, shape (windows, g, lags)
        From `autocorrelation`; the last two envelopes are the mean of the onsets and the beat activation.
    activation : ndarray of float32, shape (t,)
        The network's probability of a beat.

    Returns
    -------
    float
        About 0 to 1.4. Music with a beat has 0.3 and more.
    """
    first, last = round(0.2 * FRAME_RATE_HZ), round(2 * FRAME_RATE_HZ)
    onsets = float(r.mean(axis=0)[-2, first:last].max())
    beats = float(r[:, -1, first:last].max(axis=1).mean())
    heard = float(np.percentile(activation, 98)) if activation.size else 0.0
    if heard < 0.15 and onsets < 0.1:
        return 0.0
    return (onsets + 0.5 * beats) * min(1.0, heard / 0.3)


def propose_tempi(r: FloatArray, head: FloatArray) -> npt.NDArray[np.int64]:
    """List the tempi that could be the beat: the clearest periods and their simple relatives.

    Parameters
    ----------
    r : ndarray of float32, shape (windows, g, lags)
        From `autocorrelation`; the last two envelopes are the mean of the onsets and the beat activation.
    head : ndarray of float32, shape (333,)
        The network's probability of each tempo.

    Returns
    -------
    ndarray of int, shape (candidates,)
        Places in `TEMPI_BPM`.
    """
    salience = periodicity(r[:, -2:].mean(axis=0), (1, 2, 4)).mean(axis=1)
    prior = np.exp(-0.5 * np.square(np.log(TEMPI_BPM / 110) / 0.6))
    chosen: list[int] = []
    for row, count in ((salience[0] * prior, 2), (salience[1] * prior, 2), (head, 2)):
        peaks = np.flatnonzero((row[1:-1] >= row[:-2]) & (row[1:-1] > row[2:])) + 1
        for peak in peaks[np.argsort(-row[peaks])][:count]:
            for ratio in _RELATIVES:
                bpm = TEMPI_BPM[peak] * ratio
                place = round(float(np.log(bpm / 30) / np.log(10) * (TEMPI_BPM.size - 1)))
                if _SLOWEST <= bpm <= _FASTEST and all(abs(place - other) > 5 for other in chosen):
                    chosen.append(place)
    return np.array(chosen)


def describe_candidates(r: FloatArray, head: FloatArray, places: npt.NDArray[np.int64]) -> FloatArray:
    """Compute what the ranker is told of each candidate.

    Returns
    -------
    ndarray of float32, shape (candidates, features)
        Periodicity of bass, low, high and top onsets, of all, and of the beat activation at `RATIOS` of its
        period; probability of it, its half and its double according to the network; its own tempo.
    """
    rows = r[:, [0, 1, 3, 4, 5, 6]]
    # Within 2 % of the period, in each window for itself: few performances keep time better than that.
    strength = maximum_filter1d(periodicity(rows, RATIOS), 5, axis=-1, mode="nearest").mean(axis=0)
    logarithm = np.log(maximum_filter1d(head, 7) + 1e-3)
    step = round(np.log(2) / np.log(10) * (TEMPI_BPM.size - 1))
    around = np.pad(logarithm, step, constant_values=np.log(1e-3))
    log_bpm = np.log(TEMPI_BPM[places])
    bumps = np.exp(-0.5 * np.square((log_bpm[:, None] - _KNOTS) / 0.15))
    return np.asarray(
        np.column_stack(
            [
                strength[..., places].reshape(-1, places.size).T,
                logarithm[places],
                around[places],
                around[places + 2 * step],
                bumps,
            ]
        ),
        np.float32,
    )


def estimate_tempo(r: FloatArray, head: FloatArray) -> tuple[TempoCandidate, ...]:
    """Rank the tempi that the onsets allow.

    Parameters
    ----------
    r : ndarray of float32, shape (windows, g, lags)
        From `autocorrelation`; the last two envelopes are the mean of the onsets and the beat activation.
    head : ndarray of float32, shape (333,)
        The network's probability of each tempo.

    Returns
    -------
    tuple of TempoCandidate, best first; empty where nothing repeats
    """
    mean = r.mean(axis=0)
    places = propose_tempi(r, head)
    if places.size == 0:
        return ()
    score = Ranker.shipped()(describe_candidates(r, head, places))
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    order = np.argsort(-weights)[:_N_CANDIDATES]
    weights /= weights[order].sum()
    return tuple(
        TempoCandidate(bpm=_refine(mean, float(TEMPI_BPM[places[i]])), confidence=float(weights[i]))
        for i in order
    )


def _refine(mean: FloatArray, bpm: float) -> float:
    """Move a tempo by at most 2.5 % to where the long multiples of its period agree best."""
    fine = bpm * np.linspace(0.975, 1.025, 51)
    periods = 60 * FRAME_RATE_HZ / fine
    lags = np.multiply.outer(periods, (1, 2, 4, 8))
    total = np.zeros(fine.size)
    for row in (-2, -1):
        values = np.interp(lags, np.arange(mean.shape[-1]), mean[row], right=0)
        total += values.sum(axis=1)
    total -= 0.2 * np.square(np.log(fine / bpm) / 0.02)
    return float(fine[int(np.argmax(total))])


def local_periods(r: FloatArray, bpm: float, n_frames: int) -> FloatArray:
    """Follow the period of the beat through the recording, within a fifth of its tempo.

    Returns
    -------
    ndarray of float32, shape (n_frames,)
        In frames.
    """
    near = np.flatnonzero(np.abs(np.log(TEMPI_BPM / bpm)) < 0.2)
    salience = periodicity(r[:, -2:].mean(axis=1), (1, 2)).mean(axis=1)[:, near]
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
    centres = window_starts(n_frames) + min(n_frames, _WINDOW) / 2
    return np.asarray(np.interp(np.arange(n_frames), centres, periods), np.float32)
