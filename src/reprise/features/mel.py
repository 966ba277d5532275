"""Log-mel spectrogram: what MusiCNN hears."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from reprise.features.spectrogram import N_FFT, SAMPLE_RATE_HZ
from reprise.records import FloatArray

__all__ = ["N_MELS", "LogMel", "mel_filterbank"]

N_MELS = 96

# Slaney's scale: linear up to 1 kHz (mel 15), then 27 steps for each factor of 6.4 in frequency.
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0

# The gain of MusiCNN's compression, log10(1 + 10000 S).
_GAIN = np.float32(10_000)


def _mel_of_hz(frequency_hz: float) -> float:
    if frequency_hz < _BREAK_HZ:
        return frequency_hz / _HZ_PER_MEL
    return _BREAK_MEL + float(np.log(frequency_hz / _BREAK_HZ)) / float(_LOG_STEP)


def _hz_of_mel(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, _HZ_PER_MEL * mel, logarithmic)


@cache
def mel_filterbank() -> FloatArray:
    """Build the 96 triangular filters over the bins of the shared spectrogram, 0 to 8 kHz, each of unit area.

    Returns
    -------
    ndarray of float32, shape (96, 257)
        Read-only; equal to ``librosa.filters.mel(sr=16000, n_fft=512, n_mels=96)``.

    References
    ----------
    .. [1] Slaney, M. "Auditory Toolbox, version 2." Interval Research Corporation, Technical Report 1998-010,
           1998.
    """
    bins_hz = np.arange(N_FFT // 2 + 1) * (SAMPLE_RATE_HZ / N_FFT)
    corners_hz = _hz_of_mel(np.linspace(0.0, _mel_of_hz(SAMPLE_RATE_HZ / 2), N_MELS + 2))
    low, centre, high = (corners_hz[i : i + N_MELS, None] for i in range(3))
    rising = (bins_hz - low) / (centre - low)
    falling = (high - bins_hz) / (high - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))
    filterbank = weights.astype(np.float32)
    filterbank.flags.writeable = False
    return filterbank


class LogMel:
    """Stream the shared spectrogram into MusiCNN's log-mel spectrogram, ``log10(1 + 10000 M S)``, at hop 256.

    The networks' own code rounds ``M S`` to half precision before the logarithm; that changes no tag by 0.001
    and is left out. Every second frame is used, the first one included, and the mean and the standard
    deviation over time of what went by are kept.
    """

    def __init__(self) -> None:
        self._n_in = 0
        self._n_out = 0
        self._sum = np.zeros(N_MELS)
        self._sum_of_squares = np.zeros(N_MELS)

    def push(self, S: FloatArray) -> FloatArray:
        """Take the next frames of the shared spectrogram and return those of the log-mel spectrogram.

        Parameters
        ----------
        S : ndarray of float32, shape (257, t)
            Power at hop 128, any number of frames.

        Returns
        -------
        ndarray of float32, shape (96, about t / 2)
            At hop 256, 0 and up.
        """
        even = S[:, self._n_in % 2 :: 2]
        self._n_in += S.shape[1]
        log_mel: FloatArray = np.log10(_GAIN * (mel_filterbank() @ even) + np.float32(1))
        self._n_out += log_mel.shape[1]
        self._sum += log_mel.sum(axis=1, dtype=np.float64)
        self._sum_of_squares += np.square(log_mel, dtype=np.float64).sum(axis=1)
        return log_mel

    def mean(self) -> FloatArray:
        """Return the mean over time of all frames so far, shape (96,); zeros before the first."""
        return (self._sum / max(1, self._n_out)).astype(np.float32)

    def std(self) -> FloatArray:
        """Return the deviation over time of all frames so far, shape (96,); zeros before the first."""
        n = max(1, self._n_out)
        variance = self._sum_of_squares / n - np.square(self._sum / n)
        return np.sqrt(np.maximum(0.0, variance)).astype(np.float32)
