"""What the rhythm is read from: a narrow log-frequency spectrogram and the onset envelopes that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from reprise.features.spectrogram import HOP_LENGTH, N_BINS, SAMPLE_RATE_HZ
from reprise.records import FloatArray

__all__ = [
    "COMPRESSION",
    "FRAME_RATE_HZ",
    "GROUPS",
    "N_BANDS",
    "OnsetEnvelope",
    "OnsetStrength",
    "band_edges",
    "band_flux",
    "band_rise",
]

FRAME_RATE_HZ = SAMPLE_RATE_HZ / HOP_LENGTH
"""Frames a second of every envelope: 125."""

# The lowest bands are one bin wide; above some 340 Hz they widen, to about a third of an octave.
_EDGES = (
    *(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 18),
    *(22, 27, 33, 41, 51, 63, 78, 97, 120, 149, 184, 228, 257),
)
N_BANDS = len(_EDGES) - 1

GROUPS: dict[str, slice] = {
    "bass": slice(0, 4),  # 31-140 Hz: bass drum, bass
    "low": slice(4, 11),  # 140-390 Hz: chords, low toms
    "middle": slice(11, 17),  # 0.4-1.6 kHz: voice, guitars, snare body
    "high": slice(17, 22),  # 1.6-4.6 kHz: snare, attacks
    "top": slice(22, 26),  # 4.6-8 kHz: hi-hat, cymbals
}
"""The bands of each envelope of `band_flux`."""

COMPRESSION = 100.0
"""Power is compressed as log10(1 + 100 S): a full-scale sine reaches 6.2, the knee lies at -62 dB."""
# The rise is taken over two frames (16 ms): no longer than an attack, longer than its jitter.
_LAG = 2
# Eight minutes: large enough that the system takes the memory back as soon as a page is let go.
_PAGE_FRAMES = 60_000


@dataclass(frozen=True, kw_only=True, slots=True)
class OnsetStrength:
    """Log-frequency spectrogram of a whole recording, small enough for hours of audio.

    Attributes
    ----------
    log_bands : float16 array, shape (26, t)
        ``log10(1 + 100 power)`` in each band, 125 frames a second, 6.5 kB for a second of audio.
    """

    log_bands: npt.NDArray[np.float16]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.log_bands.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_frames / FRAME_RATE_HZ


class OnsetEnvelope:
    """Stream the shared power spectrogram into the bands from which the rhythm is read.

    Examples
    --------
    >>> onset_envelope = OnsetEnvelope()
    >>> onset_envelope.push(np.ones((257, 125), np.float32))
    >>> onset_envelope.result().duration_s
    1.0
    """

    def __init__(self) -> None:
        self._filters = _filterbank()
        self._pages: list[npt.NDArray[np.float16]] = []
        self._room = 0

    def push(self, S: FloatArray) -> None:
        """Take the next frames.

        Parameters
        ----------
        S : ndarray of float32, shape (257, t)
            Power spectrogram at 125 frames a second (`reprise.features.spectrogram.Spectrogram`).
        """
        power = self._filters @ S
        bands = np.log10(1 + np.float32(COMPRESSION) * power).astype(np.float16)
        start, n = 0, bands.shape[1]
        while start < n:
            if not self._room:
                self._pages.append(np.empty((N_BANDS, _PAGE_FRAMES), np.float16))
                self._room = _PAGE_FRAMES
            stop = min(n, start + self._room)
            free = self._pages[-1][:, -self._room :]
            free[:, : stop - start] = bands[:, start:stop]
            self._room -= stop - start
            start = stop

    def result(self) -> OnsetStrength:
        """Return what was heard so far."""
        n_frames = sum(page.shape[1] for page in self._pages) - self._room
        whole = np.empty((N_BANDS, n_frames), np.float16)
        start = 0
        while self._pages:
            # Let go of one by one, so that hours are never in memory twice.
            page = self._pages.pop(0)
            stop = min(n_frames, start + page.shape[1])
            whole[:, start:stop] = page[:, : stop - start]
            start = stop
        self._pages, self._room = [whole], 0
        return OnsetStrength(log_bands=whole)


def band_rise(log_bands: npt.NDArray[np.float16] | FloatArray) -> FloatArray:
    """Compute by how much each band rises in 16 ms.

    Each band is compared with the loudest of itself and its two neighbours 16 ms earlier, so that a gliding
    or trembling voice makes no onsets.

    Parameters
    ----------
    log_bands : ndarray, shape (26, t)
        As `OnsetStrength` holds them; any stretch of them.

    Returns
    -------
    ndarray of float32, shape (26, t)
        Not negative; zero in the first two frames.

    References
    ----------
    S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
    """
    X = log_bands.astype(np.float32)
    rise = np.zeros_like(X)
    if X.shape[1] > _LAG:
        before = X[:, :-_LAG]
        earlier = before.copy()
        np.maximum(earlier[1:], before[:-1], out=earlier[1:])
        np.maximum(earlier[:-1], before[1:], out=earlier[:-1])
        np.maximum(X[:, _LAG:] - earlier, 0, out=rise[:, _LAG:])
    return rise


def band_flux(rise: FloatArray) -> FloatArray:
    """Average the rise of the bands in five frequency ranges: the onset envelopes.

    Parameters
    ----------
    rise : ndarray of float32, shape (26, t)
        From `band_rise`.

    Returns
    -------
    ndarray of float32, shape (5, t)
        One row for each of `GROUPS`.
    """
    return np.stack([rise[bands].mean(axis=0) for bands in GROUPS.values()])


def band_edges() -> tuple[tuple[int, int], ...]:
    """Return the first bin of each band and the first one above it, in bins of the shared spectrogram."""
    return tuple(pairwise(_EDGES))


def _filterbank() -> FloatArray:
    """Sum of the bins of each band, shape (26, 257)."""
    filters = np.zeros((N_BANDS, N_BINS), np.float32)
    for row, (low, high) in enumerate(pairwise(_EDGES)):
        filters[row, low:high] = 1
    return filters
