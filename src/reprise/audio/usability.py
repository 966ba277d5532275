"""Whether anything can be said about a signal, decided while it streams past."""

from __future__ import annotations

import numpy as np

from reprise.errors import DecodeError, UnusableAudioError
from reprise.records import FloatArray

__all__ = ["MAX_DURATION_S", "MIN_DURATION_S", "SILENCE_PEAK", "SignalCheck"]

MIN_DURATION_S = 1.0
"""Less than this holds no tempo, no key and no third of MusiCNN's window."""

MAX_DURATION_S = 24 * 3600.0
"""A bound on work: a few megabytes of compressed silence can declare, and decode to, weeks."""

SILENCE_PEAK = 2 / 32768
"""Two steps of 16-bit audio, -84.3 dBFS: the most that dither leaves of digital silence."""

_MAX_SAMPLE = 1e6
"""Beyond this (+120 dBFS) a number is no sample of audio, and its power would overflow float32 later on."""

_MAX_BAD_SHARE = 0.01


class SignalCheck:
    """Count what has been read and raise when nothing can be said about it.

    Parameters
    ----------
    path : str
        The file, for errors.
    sample_rate : int
        In Hz.
    """

    def __init__(self, path: str, sample_rate: int) -> None:
        self._path, self._sample_rate = path, sample_rate
        self._frames = self._values = self._bad = 0
        self._loudest = 0.0

    @property
    def read_s(self) -> float:
        """Seconds seen so far."""
        return self._frames / self._sample_rate

    def push(self, y: FloatArray) -> None:
        """See the next block; numbers in it that are no samples are set to zero, in place.

        Parameters
        ----------
        y : float32 array, shape (channels, n)
            The block, -1..1 or somewhat beyond.

        Raises
        ------
        UnusableAudioError
            If more than 24 hours have been read.
        """
        self._frames += y.shape[-1]
        self._values += y.size
        if self.read_s > MAX_DURATION_S:
            raise UnusableAudioError(self._path, "it is longer than 24 hours; cut it into parts")
        peak = _peak(y)
        if not peak <= _MAX_SAMPLE:  # true for NaN too
            bad = ~(np.abs(y) <= _MAX_SAMPLE)
            self._bad += int(np.count_nonzero(bad))
            y[bad] = 0.0
            peak = _peak(y)
        self._loudest = max(self._loudest, peak)

    def finish(self) -> list[str]:
        """Judge the whole signal.

        Returns
        -------
        list of str
            Warnings about what was mended.

        Raises
        ------
        DecodeError
            If there was not one sample.
        UnusableAudioError
            If the signal is shorter than a second, is silent, or more than 1 % of it are no samples.
        """
        if not self._frames:
            raise DecodeError(self._path, "there is not one sample of audio in it")
        if self._bad > _MAX_BAD_SHARE * self._values:
            share = 100 * self._bad / self._values
            raise UnusableAudioError(
                self._path, f"{share:.0f} % of its samples are NaN, infinite or beyond ±10⁶; render it again"
            )
        if self.read_s < MIN_DURATION_S:
            length_ms = int(self.read_s * 1000)  # rounded down: 0.9996 s is no second
            raise UnusableAudioError(self._path, f"it is {length_ms} ms long; at least 1 s is needed")
        if self._loudest <= SILENCE_PEAK:
            raise UnusableAudioError(self._path, "it is silent: no sample is above -84 dBFS")
        mended = f"{self._bad} samples were NaN, infinite or beyond ±10⁶; they were set to 0"
        return [mended] if self._bad else []


def _peak(y: FloatArray) -> float:
    return float(max(y.max(initial=0.0), -y.min(initial=0.0)))
