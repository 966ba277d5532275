"""The 69 short-term features of pyAudioAnalysis 0.3.14, on which AudioFiler's genres are defined.

Thirty-four descriptors of every second (zero crossings, energy, shape of the spectrum, 13 MFCCs, 12 chroma),
their mean and standard deviation over the excerpt, and a beat rate from windows of 50 ms. The definitions are
pyAudioAnalysis' own, oddities included, so that values may be compared with tables made by it; the code is
vectorised, and ``make bench`` times the two side by side.

References
----------
T. Giannakopoulos, "pyAudioAnalysis: An Open-Source Python Library for Audio Signal Analysis",
PLoS ONE 10(12), 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from reprise.errors import ParameterError
from reprise.records import FloatArray

__all__ = ["FEATURE_NAMES", "SAMPLE_RATE_HZ", "ShortTermFeatures", "short_term_features"]

SAMPLE_RATE_HZ = 44_100
"""The rate that the features are defined at."""

_WINDOW = SAMPLE_RATE_HZ
_BEAT_WINDOW = SAMPLE_RATE_HZ // 20
_BEAT_WINDOW_S = 0.05
_LONGEST_BEAT = 40  # beat windows: 2 s
_EPS = np.finfo(np.float64).eps
_N_BLOCKS = 10
_N_MFCC = 13
_N_BEAT_MFCC = 11
_BATCH = 4 * SAMPLE_RATE_HZ

_ROW_NAMES = (
    *("zcr", "energy", "energy_entropy", "spectral_centroid", "spectral_spread"),
    *("spectral_entropy", "spectral_flux", "spectral_rolloff"),
    *(f"mfcc_{i}" for i in range(1, _N_MFCC + 1)),
    *(f"chroma_{i}" for i in range(1, 13)),
    "chroma_std",
)
FEATURE_NAMES: tuple[str, ...] = (
    *(f"{name}_mean" for name in _ROW_NAMES),
    *(f"{name}_std" for name in _ROW_NAMES),
    "bpm",
)
"""Names of the 69 features, in AudioFiler's order."""

_Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ShortTermFeatures:
    """The 69 features of one excerpt.

    Attributes
    ----------
    values : float32 array, shape (69,)
        In the order of `FEATURE_NAMES`: 34 means, 34 standard deviations, beats per minute.
    names : tuple of str
        `FEATURE_NAMES`.
    """

    values: FloatArray
    names: tuple[str, ...] = FEATURE_NAMES


def short_term_features(y: FloatArray) -> ShortTermFeatures:
    """Describe an excerpt as pyAudioAnalysis does: window and step 1 s, mean and deviation, and a beat rate.

    Parameters
    ----------
    y : float32 array, shape (n,)
        Mono signal at 44.1 kHz in -1..1, at least 1 s; a last incomplete second is not described.

    Returns
    -------
    ShortTermFeatures
        All values are finite. The level does not matter: the excerpt is scaled to a peak of 1 first, so
        ``energy`` says how dense the signal is, not how loud.

    Raises
    ------
    ParameterError
        If `y` is not mono or shorter than one second.

    Notes
    -----
    The signal is cut to 16-bit steps first, as AudioFiler's recipe does. All is computed in double precision:
    peaks for the beat are found by comparing with a threshold, where coarser rounding could matter.
    """
    if y.ndim != 1 or y.size < _WINDOW:
        raise ParameterError("y must be mono and at least one second at 44.1 kHz")
    x = _normalize(y)
    rows = _describe(x, _WINDOW)
    values = np.concatenate([rows.mean(axis=1), rows.std(axis=1), [_beat_rate(_describe(x, _BEAT_WINDOW))]])
    return ShortTermFeatures(values=values.astype(np.float32))


def _normalize(y: FloatArray) -> _Float64Array:
    """Return the signal in 16-bit steps, without its mean, at a peak of 1."""
    steps = np.clip(np.trunc(y * np.float32(2**15)), -(2**15), 2**15 - 1)
    x: _Float64Array = np.subtract(steps, steps.mean(dtype=np.float64), dtype=np.float64)
    # pyAudioAnalysis adds 1e-10 of full scale, so that silence stays silence.
    x /= max(x.max(), -x.min()) + 1e-10 * 2**15
    return x


def _describe(x: _Float64Array, window: int) -> _Float64Array:
    """Return the rows of every whole window of `x`: 34 for 1 s, the 18 that the beat needs for 50 ms."""
    n_bins = window // 2
    previous, rows = None, []
    # A few seconds at a time stay in the processor's cache: twice as fast as the whole excerpt at once.
    for start in range(0, x.size // window * window, _BATCH):
        frames = x[start : start + _BATCH]
        frames = frames[: frames.size // window * window].reshape(-1, window)
        magnitude = np.abs(scipy.fft.rfft(frames)[:, :n_bins])
        magnitude /= n_bins
        rows.append(_rows(frames, magnitude, magnitude[:1] if previous is None else previous))
        previous = magnitude[-1:]
    return np.concatenate(rows, axis=1)


def _rows(frames: _Float64Array, magnitude: _Float64Array, previous: _Float64Array) -> _Float64Array:
    """Return the rows of a batch; `previous` is the spectrum before its first, shape (1, bins)."""
    window = frames.shape[1]
    power = magnitude**2
    squares = frames**2
    filters = _filters(window)
    mel = np.log10(magnitude[:, : filters.shape[0]] @ filters + _EPS)
    cepstrum = scipy.fft.dct(mel, type=2, norm="ortho").T
    spectral = [
        *_centroid_and_spread(magnitude),
        _block_entropy(power),
        _flux(np.concatenate([previous, magnitude])),
        _rolloff(power),
    ]
    time = [_zero_crossing_rate(frames), squares.mean(axis=1)]
    if window != _WINDOW:
        return np.stack([*time, *spectral, *cepstrum[:_N_BEAT_MFCC]])
    chroma = _chroma(power)
    return np.stack(
        [*time, _block_entropy(squares), *spectral, *cepstrum[:_N_MFCC], *chroma.T, chroma.std(axis=1)]
    )


def _zero_crossing_rate(frames: _Float64Array) -> _Float64Array:
    # A step onto zero and one off it are half a crossing each.
    sign = (frames > 0).view(np.int8) - (frames < 0).view(np.int8)
    halves: npt.NDArray[np.int32] = np.abs(sign[:, 1:] - sign[:, :-1]).sum(axis=1, dtype=np.int32)
    rate: _Float64Array = halves / 2 / (frames.shape[1] - 1)
    return rate


def _block_entropy(power: _Float64Array) -> _Float64Array:
    """Return the entropy in bits of how the power of each row is shared out among ten equal blocks."""
    size = power.shape[1] // _N_BLOCKS
    total = power.sum(axis=1, keepdims=True)
    share = power[:, : size * _N_BLOCKS].reshape(-1, _N_BLOCKS, size).sum(axis=2) / (total + _EPS)
    entropy: _Float64Array = -(share * np.log2(share + _EPS)).sum(axis=1)
    return entropy


def _centroid_and_spread(magnitude: _Float64Array) -> tuple[_Float64Array, _Float64Array]:
    """Return mean and deviation of the spectrum seen as a distribution over 0..1 of half the sample rate."""
    total, first, second = _powers_of_frequency(magnitude.shape[1]) @ magnitude.T
    total[total == 0] = 1.0
    centroid = first / total
    return centroid, np.sqrt(np.maximum(second / total - centroid**2, 0.0))


@cache
def _powers_of_frequency(n_bins: int) -> _Float64Array:
    return (np.arange(1, n_bins + 1) / n_bins) ** np.arange(3)[:, np.newaxis]


def _flux(magnitude: _Float64Array) -> _Float64Array:
    """Return the squared distance of each normalised spectrum but the first from the one before."""
    scale = 1 / (magnitude.sum(axis=1) + magnitude.shape[1] * _EPS)
    square = np.einsum("ij,ij->i", magnitude, magnitude) * scale**2
    product = np.einsum("ij,ij->i", magnitude[1:], magnitude[:-1]) * scale[1:] * scale[:-1]
    flux: _Float64Array = np.maximum(square[1:] + square[:-1] - 2 * product, 0.0)
    return flux


def _rolloff(power: _Float64Array) -> _Float64Array:
    """Return the share of the bins below which 90 % of the power lies."""
    # First the block of bins that passes the mark, then the bin within it: a sum over all bins is slow.
    n_bins, size = power.shape[1], 100
    passed = np.cumsum(np.add.reduceat(power, np.arange(0, n_bins, size), axis=1), axis=1)
    mark = 0.9 * passed[:, -1:] - _EPS
    block = (passed > mark).argmax(axis=1)[:, np.newaxis]
    before = np.where(block > 0, np.take_along_axis(passed, np.maximum(block - 1, 0), axis=1), 0.0)
    bins = np.minimum(block * size + np.arange(size), n_bins - 1)
    reached = before + np.cumsum(np.take_along_axis(power, bins, axis=1), axis=1) > mark
    reached[:, -1] = True
    rolloff: _Float64Array = (
        np.take_along_axis(bins, reached.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0] / n_bins
    )
    return rolloff


@cache
def _filters(window: int) -> _Float64Array:
    """Return the 40 triangular filters as columns, cut after the last bin that any of them hears.

    Thirteen are spaced by 66.7 Hz from 133 Hz, the others by a ratio of 1.07 (M. Slaney's Auditory Toolbox).
    The bins are numbered as if they spanned the whole sample rate though they span half of it, so that every
    filter sits an octave low: the highest ends at 3.4 kHz.
    """
    n_bins = window // 2
    edges = 133.33 + 200 / 3 * np.arange(13)
    edges = np.concatenate([edges, edges[-1] * 1.0711703 ** np.arange(1, 30)])
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    frequency = np.arange(n_bins)[:, np.newaxis] / n_bins * SAMPLE_RATE_HZ
    # The bin that an edge falls into belongs to the slope before the edge.
    bin_of = np.floor(edges * n_bins / SAMPLE_RATE_HZ)
    bins = np.arange(n_bins)[:, np.newaxis]
    height = 2 / (high - low)
    rising = (bins > bin_of[:-2]) & (bins <= bin_of[1:-1])
    falling = (bins > bin_of[1:-1]) & (bins <= bin_of[2:])
    filters = np.where(rising, height / (centre - low) * (frequency - low), 0.0)
    filters += np.where(falling, height / (high - centre) * (high - frequency), 0.0)
    return np.ascontiguousarray(filters[: int(bin_of[-1]) + 1])


@cache
def _chroma_bins() -> tuple[npt.NDArray[np.intp], _Float64Array]:
    """Return the bins that chroma hears and their weights for the pitch classes from A, shape (bins, 12).

    Of all the bins of a semitone only the highest counts, and it is divided by the number of bins of another
    semitone, looked up as if semitones were bins. Semitones below A0 are negative and wrap round.
    """
    n_bins = _WINDOW // 2
    semitone = np.round(12 * np.log2(np.arange(1, n_bins + 1) / 27.5)).astype(int)
    _, index, count = np.unique(semitone, return_inverse=True, return_counts=True)
    highest = np.flatnonzero(np.diff(semitone, append=semitone[-1] + 1))
    slot = semitone[highest] % n_bins
    weights = np.zeros((highest.size, 12))
    weights[np.arange(highest.size), slot % 12] = 1 / count[index[semitone[slot]]]
    return highest, weights


def _chroma(power: _Float64Array) -> _Float64Array:
    """Return the share of the power that falls to each pitch class, shape (n, 12)."""
    highest, weights = _chroma_bins()
    total = power.sum(axis=1, keepdims=True)
    total[total == 0] = 1.0
    chroma: _Float64Array = power[:, highest] @ weights / total
    return chroma


def _beat_rate(rows: _Float64Array) -> float:
    """Return the commonest distance between neighbouring peaks, counted over all rows, in bpm."""
    thresholds = np.maximum(2.0 * np.abs(np.diff(rows)).mean(axis=1), 1e-16)
    votes = np.zeros(_LONGEST_BEAT)
    for row, threshold in zip(rows, thresholds, strict=True):
        distances = np.diff(_peaks(row, float(threshold)))
        # Divided row by row: the order of rounding decides which of two equal counts wins.
        votes += np.bincount(distances, minlength=_LONGEST_BEAT + 1)[1 : _LONGEST_BEAT + 1] / row.size
    return float(60 / ((int(votes.argmax()) + 1) * _BEAT_WINDOW_S))


def _peaks(row: _Float64Array, threshold: float) -> npt.NDArray[np.intp]:
    """Return the places of maxima after which `row` falls by more than `threshold` before it rises again.

    Each step depends on the one before, hence the loop: 18 rows of 600 windows take about a millisecond.
    """
    peaks = []
    falling = False
    lowest, highest, place = np.inf, -np.inf, 0
    for position, value in enumerate(row.tolist()):
        if value > highest:
            highest, place = value, position
        lowest = min(lowest, value)
        if not falling and value < highest - threshold:
            peaks.append(place)
            lowest, falling = value, True
        elif falling and value > lowest + threshold:
            highest, place, falling = value, position, False
    return np.array(peaks, dtype=np.intp)
