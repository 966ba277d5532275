"""True peak: the highest point of the signal between its samples (ITU-R BS.1770-4, annex 2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from reprise.records import FloatArray

__all__ = ["TruePeak", "interpolators", "oversampling_factor"]

_TAPS = 24
"""Samples that each point between two samples is made of; 12 on either side."""

_KAISER_BETA = 5.0
"""With 24 taps: flat within 0.04 dB up to 0.425 of the sample rate, 18.7 kHz at 44.1 kHz."""

_SEGMENT = 128
"""Samples that are judged, and oversampled, together."""

_BATCH = 128
"""Segments that are oversampled at once; the peak found in one batch spares segments of the next."""


def oversampling_factor(sample_rate: float) -> int:
    """Return how many times the standard asks to oversample, so that the result has 192 kHz or more.

    Parameters
    ----------
    sample_rate : float
        In Hz.

    Returns
    -------
    int
        4 below 96 kHz, 2 below 192 kHz, else 1.
    """
    return 4 if sample_rate < 96_000 else 2 if sample_rate < 192_000 else 1


def interpolators(factor: int) -> npt.NDArray[np.float64]:
    """Return the filters that compute the points between two samples.

    Parameters
    ----------
    factor : int
        How many times to oversample, at least 2.

    Returns
    -------
    float64 array, shape (factor - 1, 24)
        Windowed sincs, one for each point between the 12th and the 13th of 24 samples. They reproduce
        constants and straight lines exactly, which `TruePeak` relies on.
    """
    fraction = np.arange(1, factor)[:, None] / factor
    t = np.arange(_TAPS) - (_TAPS // 2 - 1) - fraction
    h = np.sinc(t) * np.i0(_KAISER_BETA * np.sqrt(1 - (t / (_TAPS // 2)) ** 2))
    # The window leaves small errors in the sum and in the first moment; h * (a + b t) has neither.
    s0, s1, s2 = (np.sum(h * t**power, axis=1, keepdims=True) for power in range(3))
    exact: npt.NDArray[np.float64] = h * (s2 - s1 * t) / (s0 * s2 - s1**2)
    return exact


class TruePeak:
    """Find the highest true peak of a stream, oversampling only where it can be.

    Parameters
    ----------
    factor : int
        How many times to oversample; 1 gives the sample peak.
    channels : int
        Rows of each block.

    Notes
    -----
    An interpolator that reproduces straight lines is linear interpolation plus a filter g of the signal's
    second difference d. Therefore no point of a segment is above ``max|x| + sum|g| max|d|``, and segments for
    which this is below the highest peak so far need no oversampling: the result is that of oversampling all.
    Before its first and after its last sample the signal is silent.
    """

    def __init__(self, factor: int, channels: int) -> None:
        self._highest = 0.0
        self._factor = factor
        # Two segments of silence: the points just before the first sample are between samples too.
        self._tail = np.zeros((channels, 2 * _SEGMENT), dtype=np.float32)
        if factor == 1:
            return
        h = interpolators(factor)
        between = h.copy()
        fraction = np.arange(1, factor) / factor
        between[:, _TAPS // 2 - 1] -= 1 - fraction
        between[:, _TAPS // 2] -= fraction
        g = np.cumsum(np.cumsum(between, axis=1), axis=1)
        # The margin covers the rounding of float32, in which the peaks themselves are computed.
        self._curvature_gain = float(np.abs(g).sum(axis=1).max()) * (1 + 1e-5)
        # Column (p, k) of the matrix interpolates at point p after sample k of a segment.
        matrix = np.zeros((_SEGMENT + _TAPS - 1, factor - 1, _SEGMENT), dtype=np.float32)
        for k in range(_SEGMENT):
            matrix[k : k + _TAPS, :, k] = h.T
        self._matrix = matrix.reshape(len(matrix), -1)

    def push(self, y: FloatArray) -> None:
        """See the next block.

        Parameters
        ----------
        y : float32 array, shape (channels, n)
            Finite samples.
        """
        self._highest = max(self._highest, _sample_peak(y))
        if self._factor == 1:
            return
        joined = np.concatenate((self._tail, y), axis=1)
        # A segment waits until its neighbour on the right is there; segment 0 is the neighbour on the left.
        whole = max(joined.shape[1] // _SEGMENT - 2, 0)
        self._highest = self._search(joined, whole)
        self._tail = joined[:, whole * _SEGMENT :].copy()  # a view would keep the whole block

    def result(self) -> float:
        """Return the highest true peak so far as a linear amplitude, 0 for silence."""
        if self._factor == 1:
            return self._highest
        silence = np.zeros((len(self._tail), 3 * _SEGMENT), dtype=np.float32)
        joined = np.concatenate((self._tail, silence), axis=1)
        return self._search(joined, joined.shape[1] // _SEGMENT - 2)

    def _search(self, x: FloatArray, segments: int) -> float:
        """Return the highest peak within segments 1..segments of x or found before."""
        highest = self._highest
        if segments < 1:
            return highest
        bound = self._bounds(x, segments)
        windows = sliding_window_view(x, _SEGMENT + _TAPS - 1, axis=1)
        first = _SEGMENT - (_TAPS // 2 - 1)
        windows = windows[:, first : first + segments * _SEGMENT : _SEGMENT]
        channel, segment = np.nonzero(bound > highest)
        order = np.argsort(-bound[channel, segment])
        channel, segment = channel[order], segment[order]
        for start in range(0, len(order), _BATCH):
            batch = slice(start, start + _BATCH)
            if bound[channel[start], segment[start]] <= highest:
                break
            highest = max(highest, _sample_peak(windows[channel[batch], segment[batch]] @ self._matrix))
        return highest

    def _bounds(self, x: FloatArray, segments: int) -> FloatArray:
        """Return what no point of each segment can be above, shape (channels, segments)."""
        half = _SEGMENT // 2
        highest = np.abs(x[:, _SEGMENT : (segments + 2) * _SEGMENT].reshape(len(x), -1, _SEGMENT))
        within = np.maximum(highest[:, :-1].max(axis=-1), highest[:, 1:, 0])
        # Windows reach 12 samples beyond the segment, second differences 11: half a segment covers both.
        curvature = np.abs(np.diff(x[:, half - 1 : (segments + 1) * _SEGMENT + half + 1], n=2))
        curvature = curvature.reshape(len(x), -1, half).max(axis=-1)
        curvature = sliding_window_view(curvature, 4, axis=1)[:, ::2].max(axis=-1)
        bound: FloatArray = within * np.float32(1 + 1e-5) + curvature * np.float32(self._curvature_gain)
        return bound


def _sample_peak(y: FloatArray) -> float:
    return float(max(y.max(initial=0.0), -y.min(initial=0.0)))
