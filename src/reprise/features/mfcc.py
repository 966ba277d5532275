"""Mel-frequency cepstral coefficients of a 30-second clip: the 20 x 160 picture that genre networks were fed."""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.fft
import scipy.sparse
from numpy.lib.stride_tricks import sliding_window_view

from reprise.errors import ParameterError
from reprise.records import FloatArray

__all__ = [
    "CLIP_S",
    "HOP_LENGTH",
    "N_FFT",
    "N_FRAMES",
    "N_MELS",
    "N_MFCC",
    "SAMPLE_RATE_HZ",
    "htk_filterbank",
    "mfcc",
]

SAMPLE_RATE_HZ = 44_100
CLIP_S = 30.0
N_FFT = 4096
HOP_LENGTH = 8192
N_MELS = 256
N_MFCC = 20
N_FRAMES = 160

_TOP_DB = 80.0
_FLOOR = np.float32(1e-10)


@cache
def htk_filterbank() -> FloatArray:
    """Build 256 triangular filters over 0 to 22.05 kHz, evenly spaced on HTK's mel scale, each of height 1.

    Returns
    -------
    ndarray of float32, shape (256, 2049)
        Read-only; equal to ``librosa.filters.mel(sr=44100, n_fft=4096, n_mels=256, htk=True, norm=None)``.

    References
    ----------
    .. [1] Young, S. et al. "The HTK book (for HTK version 3.4)." Cambridge University, 2006. Section 5.4.
    """
    top_mel = 2595.0 * np.log10(1.0 + SAMPLE_RATE_HZ / 2 / 700.0)
    corners_hz = 700.0 * (10.0 ** (np.linspace(0.0, top_mel, N_MELS + 2) / 2595.0) - 1.0)
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE_HZ)
    low, centre, high = (corners_hz[i : i + N_MELS, None] for i in range(3))
    rising, falling = (bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)
    filterbank: FloatArray = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    filterbank.flags.writeable = False
    return filterbank


@cache
def _sparse_filterbank() -> scipy.sparse.csr_array:
    # One value in 130 is not 0, and a sparse product needs no BLAS, so no threads of it.
    return scipy.sparse.csr_array(htk_filterbank())


@cache
def _window() -> FloatArray:
    window: FloatArray = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    return window


def mfcc(y: FloatArray) -> FloatArray:
    """Describe a clip by 20 coefficients at each of 160 places.

    Parameters
    ----------
    y : float32 array, shape (n,)
        Mono signal at 44.1 kHz, -1..1. What is beyond 30 s is not used; silence follows what is shorter.

    Returns
    -------
    ndarray of float32, shape (20, 160)
        The orthonormal cosine transform of 256 mel bands in dB, cut off 80 dB below the loudest. Frames are
        centred, mirrored at the ends, 186 ms apart; only every other half of the signal is looked at.

    Raises
    ------
    ParameterError
        If ``y`` is not mono or empty.

    References
    ----------
    .. [1] Davis, S. and Mermelstein, P. "Comparison of parametric representations for monosyllabic word
           recognition in continuously spoken sentences." IEEE Transactions on Acoustics, Speech, and Signal
           Processing 28(4), 1980.
    """
    if y.ndim != 1 or not y.size:
        raise ParameterError("y must be mono and not empty")
    half = N_FFT // 2
    padded = np.zeros(int(CLIP_S * SAMPLE_RATE_HZ) + N_FFT, np.float32)
    clip = padded[half:-half]
    clip[: y.size] = y[: clip.size]
    padded[:half], padded[-half:] = clip[half:0:-1], clip[-2 : -half - 2 : -1]
    frames = sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    spectrum = scipy.fft.rfft(frames * _window(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel_db = 10.0 * np.log10(np.maximum(_FLOOR, _sparse_filterbank() @ np.ascontiguousarray(power.T)))
    mel_db = np.maximum(mel_db, mel_db.max() - _TOP_DB)
    coefficients: FloatArray = scipy.fft.dct(mel_db, axis=0, norm="ortho")[:N_MFCC, :N_FRAMES].astype(
        np.float32
    )
    return coefficients
