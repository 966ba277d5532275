"""What the key is read from: how strongly each pitch class sounds, in the bass and above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from reprise.records import FloatArray

__all__ = ["BINS_PER_OCTAVE", "FRAME_RATE_HZ", "Chroma", "Chromagram"]

SAMPLE_RATE_HZ = 16_000
# Half a second: two bass notes a semitone apart at 65 Hz are just two bins apart.
N_FFT = 8192
HOP_LENGTH = 2048
FRAME_RATE_HZ = SAMPLE_RATE_HZ / HOP_LENGTH
"""Frames a second of a chromagram: 7.8."""

BINS_PER_OCTAVE = 60
"""Five bins a semitone: fine enough to correct the tuning after the whole file was heard."""

LOWEST_HZ, HIGHEST_HZ = 40.0, 2100.0
# Below is the bass, which states the roots; above, the chords and the melody. The two overlap by half an octave.
_BASS_HZ = (150.0, 260.0)
_C0_HZ = 440.0 * 2.0 ** (-57 / 12)
# A peak counts by how far it stands above the mean level of its surroundings, half an octave each way.
_SURROUNDINGS_OCTAVES = 0.5
_BATCH_FRAMES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Chromagram:
    """Strength of the pitch classes over time, untuned.

    Attributes
    ----------
    bass, treble : float16 arrays, shape (60, t)
        Salience of spectral peaks by pitch class, 20 cents a bin, bin 0 on C of A4 = 440 Hz; 7.8 frames a second.
    level_db : float32 array, shape (t,)
        Power of each frame in the range of the peaks, in dB.
    tonalness : float32 array, shape (t,)
        Share of that power which stands in peaks, 0..1.
    """

    bass: npt.NDArray[np.float16]
    treble: npt.NDArray[np.float16]
    level_db: FloatArray
    tonalness: FloatArray

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.level_db.size


class Chroma:
    """Stream 16 kHz mono audio into a chromagram.

    Spectral peaks are located between the bins by a parabola through the log spectrum and weighted by the logarithm
    of their height above the level around them: a loud instrument cannot mask a soft one and the spectral
    envelope drops out, as does all that has no peaks, such as drums.

    Examples
    --------
    >>> chroma = Chroma()
    >>> chroma.push(np.zeros(16_000, np.float32))
    >>> chroma.result().n_frames
    8

    References
    ----------
    E. Gómez, "Tonal description of polyphonic audio for music content processing", INFORMS J. Computing 18, 2006.
    M. Mauch and S. Dixon, "Approximate note transcription for the improved identification of difficult chords",
    ISMIR 2010.
    """

    def __init__(self) -> None:
        n = np.arange(N_FFT)
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT)).astype(np.float32)
        self._pending = np.zeros(N_FFT // 2, np.float32)
        self._chunks: list[tuple[npt.NDArray[np.float16], FloatArray]] = []
        self._peaks = _Peaks()

    def push(self, y: FloatArray) -> None:
        """Take the next samples.

        Parameters
        ----------
        y : ndarray of float32, shape (n,)
            Mono audio at 16 kHz, any number of samples.
        """
        signal = np.concatenate([self._pending, y.astype(np.float32, copy=False)])
        n_frames = max(0, 1 + (signal.size - N_FFT) // HOP_LENGTH)
        self._pending = signal[n_frames * HOP_LENGTH :].copy()
        self._chunks += self._frames(signal, n_frames)

    def result(self) -> Chromagram:
        """Return what was heard so far, the last frames filled up with silence."""
        signal = np.concatenate([self._pending, np.zeros(N_FFT // 2, np.float32)])
        n_frames = max(0, 1 + (signal.size - N_FFT) // HOP_LENGTH)
        chunks = self._chunks + self._frames(signal, n_frames)
        bands = np.concatenate([np.zeros((0, 2, BINS_PER_OCTAVE), np.float16), *(part[0] for part in chunks)])
        levels = np.concatenate([np.zeros((0, 2), np.float32), *(part[1] for part in chunks)])
        return Chromagram(
            bass=bands[:, 0].T,
            treble=bands[:, 1].T,
            level_db=levels[:, 0].copy(),
            tonalness=levels[:, 1].copy(),
        )

    def _frames(self, signal: FloatArray, n_frames: int) -> list[tuple[npt.NDArray[np.float16], FloatArray]]:
        if not n_frames:
            return []
        frames = sliding_window_view(signal, N_FFT)[::HOP_LENGTH][:n_frames]
        return [
            self._peaks(scipy.fft.rfft(frames[start : start + _BATCH_FRAMES] * self._window))
            for start in range(0, n_frames, _BATCH_FRAMES)
        ]


class _Peaks:
    """From a batch of spectra to the salience of the pitch classes."""

    def __init__(self) -> None:
        bin_hz = SAMPLE_RATE_HZ / N_FFT
        self._low, self._high = int(LOWEST_HZ / bin_hz), int(HIGHEST_HZ / bin_hz) + 1
        bins = np.arange(self._low, self._high)
        reach = 2.0**_SURROUNDINGS_OCTAVES
        self._from = np.maximum(bins / reach, self._low - 1).astype(int) - self._low + 1
        self._to = np.minimum(bins * reach, self._high).astype(int) - self._low + 1
        self._to = np.maximum(self._to, self._from + 1)

    def __call__(self, X: npt.NDArray[np.complex64]) -> tuple[npt.NDArray[np.float16], FloatArray]:
        """Return the two bands, shape (t, 2, 60), and level and tonalness, shape (t, 2)."""
        n_frames = X.shape[0]
        X = X[:, self._low - 1 : self._high + 1]
        S = X.real**2 + X.imag**2
        power = S[:, 1:-1].sum(axis=1)
        floor = (power / S.shape[1])[:, None] * np.float32(1e-7) + np.float32(1e-20)
        total = np.concatenate(
            [np.zeros((n_frames, 1), np.float32), np.cumsum(S, axis=1, dtype=np.float32)], axis=1
        )
        around = (total[:, self._to] - total[:, self._from]) / (self._to - self._from).astype(np.float32)
        middle = S[:, 1:-1]
        is_peak = (middle > S[:, :-2]) & (middle >= S[:, 2:]) & (middle > around) & (middle > floor)
        frame, column = np.nonzero(is_peak)
        left, top, right = (np.log(S[frame, column + d] + floor[frame, 0]) for d in range(3))
        offset = 0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-6)
        octaves = np.log2((column + self._low + offset) * (SAMPLE_RATE_HZ / N_FFT) / _C0_HZ)
        weight = top - np.log(around[frame, column] + floor[frame, 0])
        bins = np.floor(octaves * BINS_PER_OCTAVE + 0.5).astype(int) % BINS_PER_OCTAVE
        share = np.clip((octaves - np.log2(_BASS_HZ[0] / _C0_HZ)) / np.log2(_BASS_HZ[1] / _BASS_HZ[0]), 0, 1)
        size = n_frames * 2 * BINS_PER_OCTAVE
        cell = frame * (2 * BINS_PER_OCTAVE) + bins
        bands = np.bincount(cell, weight * (1 - share), size)
        bands += np.bincount(cell + BINS_PER_OCTAVE, weight * share, size)
        peaks = np.bincount(frame, top_power(S, frame, column), n_frames)
        level = np.stack([10 * np.log10(power + 1e-20), peaks / (power + 1e-20)], axis=1).astype(np.float32)
        return bands.reshape(n_frames, 2, BINS_PER_OCTAVE).astype(np.float16), level


def top_power(S: FloatArray, frame: npt.NDArray[np.intp], column: npt.NDArray[np.intp]) -> FloatArray:
    """Power of each peak's main lobe."""
    return S[frame, column] + S[frame, column + 1] + S[frame, column + 2]
