"""A fingerprint of audio: words of 32 bits that survive codecs, levels and cuts, to find one recording again."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from reprise.features.spectrogram import HOP_LENGTH, N_BINS, N_FFT, SAMPLE_RATE_HZ
from reprise.records import FloatArray

__all__ = ["FRAME_S", "WINDOW_FRAMES", "fingerprint", "fingerprint_length"]

_BANDS = 33
_EDGES_HZ = (250.0, 4000.0)
WINDOW_FRAMES = 46
"""Frames of the spectrogram that one energy is averaged over: 0.37 s, as in the paper."""
_STEP_FRAMES = 2
_LAG_WORDS = 12

FRAME_S = _STEP_FRAMES * HOP_LENGTH / SAMPLE_RATE_HZ
"""From one word to the next: 16 ms."""


def fingerprint_length(n_frames: int) -> int:
    """Return how many words a power spectrogram of so many frames gives."""
    return max(0, 1 + (n_frames - WINDOW_FRAMES) // _STEP_FRAMES - _LAG_WORDS)


@cache
def _filterbank() -> FloatArray:
    """Triangles around frequencies evenly spaced on a logarithmic scale, none narrower than a bin."""
    corners = np.geomspace(*_EDGES_HZ, _BANDS + 2)
    widths = np.maximum(SAMPLE_RATE_HZ / N_FFT, (corners[2:] - corners[:-2]) / 2)
    bins = np.arange(N_BINS) * SAMPLE_RATE_HZ / N_FFT
    distance = np.abs(bins - corners[1:-1, None]) / widths[:, None]
    return np.maximum(0, 1 - distance).astype(np.float32)


def fingerprint(S: FloatArray) -> npt.NDArray[np.uint32]:
    """Turn the shared power spectrogram into sub-fingerprints, one word of 32 bits every 16 ms.

    A bit says whether the difference between two neighbouring bands has grown over the last 0.19 s. Bits are
    signs: the level does not count, and what a codec or an equaliser changes slowly over frequency hardly does.

    Parameters
    ----------
    S : float array, shape (257, t)
        Of `reprise.features.spectrogram.Spectrogram`.

    Returns
    -------
    uint32 array, shape (fingerprint_length(t),)
        The lowest band's bit is the highest. Digital silence is 0.

    Notes
    -----
    Three things differ from the paper, each because it measured better (docs/explanation/fingerprints.md): the
    energies come from the shared short spectrogram, averaged over the paper's 0.37 s, which costs a fifth; the
    bands reach from 250 to 4000 Hz instead of 300 to 2000; and a frame is compared with the one half a window
    before, not with its neighbour, with which it shares nearly everything.

    References
    ----------
    .. [1] J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", Proc. ISMIR, 2002.
    """
    if fingerprint_length(S.shape[1]) == 0:
        return np.zeros(0, np.uint32)
    window = np.hanning(WINDOW_FRAMES + 2)[1:-1].astype(np.float32)
    bands = np.asarray(_filterbank() @ S, np.float32)
    energies = sliding_window_view(bands, WINDOW_FRAMES, axis=1)[:, ::_STEP_FRAMES] @ window
    differences = np.diff(energies, axis=0)
    bits = differences[:, _LAG_WORDS:] > differences[:, :-_LAG_WORDS]
    packed = np.ascontiguousarray(np.packbits(bits, axis=0).T)
    return packed.view(">u4").ravel().astype(np.uint32)
