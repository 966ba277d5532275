"""The outline of the waveform: how far the signal swings in each of some two thousand equal parts of a file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reprise.records import FloatArray, Waveform

__all__ = ["MAX_BINS", "WaveformOutline"]

MAX_BINS = 2000
"""More than a page has columns; a file of any length beyond 10 s has at least half as many."""

# The finest bin, that of files of up to 20 seconds: 10 ms.
_FINEST_BINS_PER_SECOND = 100
_FULL_SCALE = 127


class WaveformOutline:
    """Stream audio into the outline of its waveform, whatever its length, which need not be known.

    Bins start 10 ms long. Whenever `MAX_BINS` are full, each two of them become one and the bins are twice as long
    from there on. The outline does not depend on the sizes of the blocks.

    Parameters
    ----------
    sample_rate : int
        In Hz.

    Examples
    --------
    >>> outline = WaveformOutline(8000)
    >>> outline.push(np.full((1, 8000), 0.5, np.float32))
    >>> waveform = outline.result()
    >>> len(waveform.high), waveform.high[0], waveform.duration_s
    (100, 64, 1.0)
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        # Of samples; at a rate that is no multiple of 100, a hundredth of a second is only nearly meant.
        self._size = max(1, sample_rate // _FINEST_BINS_PER_SECOND)
        self._n_samples = 0
        self._low = np.full(MAX_BINS, np.inf, np.float32)
        self._high = np.full(MAX_BINS, -np.inf, np.float32)
        self._energy = np.zeros(MAX_BINS)

    def push(self, y: FloatArray) -> None:
        """Take the next samples.

        Parameters
        ----------
        y : ndarray of float32, shape (channels, n)
            At the file's own rate, -1..1, any number of samples.
        """
        n = y.shape[-1]
        if not n:
            return
        while self._n_samples + n > MAX_BINS * self._size:
            self._halve()
        first = self._n_samples // self._size
        starts = np.maximum(
            np.arange(first * self._size, self._n_samples + n, self._size) - self._n_samples, 0
        )
        bins = slice(first, first + starts.size)
        low, high = np.minimum.reduceat(y, starts, axis=1), np.maximum.reduceat(y, starts, axis=1)
        energy = np.add.reduceat(np.square(y), starts, axis=1)
        self._low[bins] = np.minimum(self._low[bins], low.min(axis=0))
        self._high[bins] = np.maximum(self._high[bins], high.max(axis=0))
        self._energy[bins] += energy.mean(axis=0, dtype=np.float64)
        self._n_samples += n

    def result(self) -> Waveform:
        """Return the outline of what was heard so far."""
        n_bins = -(-self._n_samples // self._size)
        counts = np.full(n_bins, self._size)
        if n_bins:
            counts[-1] = self._n_samples - (n_bins - 1) * self._size
        return Waveform(
            duration_s=self._n_samples / self._rate,
            bin_s=self._size / self._rate,
            low=_steps(self._low[:n_bins]),
            high=_steps(self._high[:n_bins]),
            rms=_steps(np.sqrt(self._energy[:n_bins] / counts)),
        )

    def _halve(self) -> None:
        half = MAX_BINS // 2
        for values, join, empty in (
            (self._low, np.minimum, np.inf),
            (self._high, np.maximum, -np.inf),
            (self._energy, np.add, 0.0),
        ):
            values[:half] = join(values[0::2], values[1::2])
            values[half:] = empty
        self._size *= 2


def _steps(values: npt.NDArray[np.floating]) -> tuple[int, ...]:
    """Round to 127ths of full scale; what lies beyond it is cut off."""
    return tuple(np.rint(np.clip(values, -1, 1) * _FULL_SCALE).astype(int).tolist())
