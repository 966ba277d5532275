"""The one short-time Fourier transform that every spectral extractor shares."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from reprise.records import FloatArray

__all__ = ["HOP_LENGTH", "N_BINS", "N_FFT", "SAMPLE_RATE_HZ", "Spectrogram"]

SAMPLE_RATE_HZ = 16_000
N_FFT = 512
HOP_LENGTH = 128
N_BINS = N_FFT // 2 + 1

# Frames transformed at once: so few that the windowed frames and their spectrum stay in a core's second-level
# cache and are small enough for the allocator to hand out the same memory again; fresh pages cost more than
# the transform.
_BATCH_FRAMES = 64


class Spectrogram:
    """Stream mono audio into a power spectrogram.

    Frame ``t`` is centred on sample ``128 t``, the signal being zero before its start and after its end, so
    that a signal of ``n`` samples has ``1 + n // 128`` frames whatever the sizes of the blocks it comes in.
    The frames are those of ``np.abs(librosa.stft(y, n_fft=512, hop_length=128, pad_mode="constant")) ** 2``;
    those with an even index are the frames of ``hop_length=256``.

    Examples
    --------
    >>> spectrogram = Spectrogram()
    >>> S = np.hstack([spectrogram.push(np.zeros(16_000, np.float32)), spectrogram.flush()])
    >>> S.shape
    (257, 126)
    """

    def __init__(self) -> None:
        n = np.arange(N_FFT)
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT)).astype(np.float32)
        self._pending = np.zeros(N_FFT // 2, np.float32)

    def push(self, y: FloatArray) -> FloatArray:
        """Take the next samples and return the frames that they complete.

        Parameters
        ----------
        y : ndarray of float32, shape (n,)
            Mono audio at 16 kHz, any number of samples.

        Returns
        -------
        ndarray of float32, shape (257, t)
            Power of the complete frames, oldest first; ``t`` may be 0. Frames lie one after another in
            memory.
        """
        signal = np.concatenate([self._pending, y.astype(np.float32, copy=False)])
        n_frames = max(0, 1 + (signal.size - N_FFT) // HOP_LENGTH)
        # A copy, or a view of a few samples would keep the whole block alive.
        self._pending = signal[n_frames * HOP_LENGTH :].copy()
        S = np.empty((n_frames, N_BINS), np.float32)
        if n_frames:
            frames = sliding_window_view(signal, N_FFT)[::HOP_LENGTH]
            for start in range(0, n_frames, _BATCH_FRAMES):
                batch = slice(start, start + _BATCH_FRAMES)
                spectrum = scipy.fft.rfft(frames[batch] * self._window)
                np.square(spectrum.real, out=S[batch])
                S[batch] += np.square(spectrum.imag)
        return S.T

    def flush(self) -> FloatArray:
        """Return the last frames, those that reach past the end, and start over for another signal.

        Returns
        -------
        ndarray of float32, shape (257, t)
        """
        S = self.push(np.zeros(N_FFT // 2, np.float32))
        self._pending = np.zeros(N_FFT // 2, np.float32)
        return S
