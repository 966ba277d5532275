"""What the key is read from: how strongly each pitch class sounds, in three ranges of pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from reprise.records import FloatArray

__all__ = ["BINS_PER_OCTAVE", "FRAME_RATE_HZ", "RANGES", "Chroma", "Chromagram"]

SAMPLE_RATE_HZ = 16_000
N_FFT = 4096
HOP_LENGTH = 2048
FRAME_RATE_HZ = SAMPLE_RATE_HZ / HOP_LENGTH
"""Frames a second of a chromagram: 7.8."""

BINS_PER_OCTAVE = 60
"""Five bins a semitone: fine enough to correct the tuning after the whole file was heard."""

RANGES = ("bass", "middle", "high")
"""The bass states the roots, the middle the chords; what is high is as often an overtone as a note."""

_LOWEST_HZ, _HIGHEST_HZ = 32.0, 2140.0
# Each range fades into the next between these two frequencies.
_BASS_TO_MIDDLE_HZ = (150.0, 260.0)
_MIDDLE_TO_HIGH_HZ = (500.0, 900.0)
_C0_HZ = 440.0 * 2.0 ** (-57 / 12)
# A peak is measured against the mean level around it, half an octave each way.
_AROUND_OCTAVES = 0.5
# Among peaks that stand equally far out, the louder counts a little more: power to this exponent.
_LOUDNESS_EXPONENT = 0.15
_BATCH_FRAMES = 64
_CELLS = len(RANGES) * BINS_PER_OCTAVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Chromagram:
    """Strength of the pitch classes over time, not yet tuned.

    Attributes
    ----------
    salience : float16 array, shape (3, 60, t)
        Summed weight of the spectral peaks in each of `RANGES` and each pitch class, 20 cents a bin, bin 0 on
        the C of A4 = 440 Hz; 7.8 frames a second, 2.8 kB for a second of audio.
    level_db : float32 array, shape (t,)
        Power of each frame between 32 Hz and 2.1 kHz, in dB.
    tonalness : float32 array, shape (t,)
        Share of that power in peaks that stand out by 6 dB or more, 0..1.
    """

    salience: npt.NDArray[np.float16]
    level_db: FloatArray
    tonalness: FloatArray

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.level_db.size


@dataclass(frozen=True, kw_only=True, slots=True)
class _Chunk:
    """A stretch of a chromagram, time first."""

    salience: npt.NDArray[np.float16]
    level_db: FloatArray
    tonalness: FloatArray


class Chroma:
    """Stream 16 kHz mono audio into a chromagram.

    Spectral peaks are located between the bins by a parabola through the log spectrum. A peak counts by how
    far it stands above the level around it, so that the spectral envelope drops out, and with it most of what
    has no pitch, such as drums.

    Examples
    --------
    >>> chroma = Chroma()
    >>> chroma.push(np.zeros(16_000, np.float32))
    >>> chroma.result().n_frames
    8

    References
    ----------
    E. Gómez, "Tonal description of polyphonic audio for music content processing", INFORMS Journal on
    Computing 18(3), 2006.
    """

    def __init__(self) -> None:
        n = np.arange(N_FFT)
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT)).astype(np.float32)
        self._pending = np.zeros(N_FFT // 2, np.float32)
        self._chunks: list[_Chunk] = []
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
        # A copy, or a view of a few samples would keep the whole block alive.
        self._pending = signal[n_frames * HOP_LENGTH :].copy()
        self._chunks += self._transform(signal, n_frames)

    def result(self) -> Chromagram:
        """Return what was heard so far, the last frames filled up with silence."""
        signal = np.concatenate([self._pending, np.zeros(N_FFT // 2, np.float32)])
        n_frames = max(0, 1 + (signal.size - N_FFT) // HOP_LENGTH)
        chunks = self._chunks + self._transform(signal, n_frames)
        salience = np.concatenate([chunk.salience for chunk in chunks])
        return Chromagram(
            salience=salience.reshape(-1, len(RANGES), BINS_PER_OCTAVE).transpose(1, 2, 0),
            level_db=np.concatenate([chunk.level_db for chunk in chunks]),
            tonalness=np.concatenate([chunk.tonalness for chunk in chunks]),
        )

    def _transform(self, signal: FloatArray, n_frames: int) -> list[_Chunk]:
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
        self._first, stop = int(_LOWEST_HZ / bin_hz), int(_HIGHEST_HZ / bin_hz) + 1
        bins = np.arange(self._first, stop)
        reach = 2.0**_AROUND_OCTAVES
        # Columns count from one bin below the first, which a peak needs on its left.
        self._columns = slice(self._first - 1, stop + 1)
        self._around_from = np.maximum((bins / reach).astype(int), self._first - 1) - self._first + 1
        self._around_to = np.minimum(np.ceil(bins * reach).astype(int), stop) - self._first + 1
        self._around_size = (self._around_to - self._around_from).astype(np.float32)

    def __call__(self, X: npt.NDArray[np.complex64]) -> _Chunk:
        X = X[:, self._columns]
        S = X.real**2 + X.imag**2
        n_frames, middle = S.shape[0], S[:, 1:-1]
        power = middle.sum(axis=1) + np.float32(1e-20)
        # What lies 70 dB below the mean is the arithmetic's noise.
        floor = power / S.shape[1] * np.float32(1e-7)
        running = np.zeros((n_frames, S.shape[1] + 1), np.float32)
        np.cumsum(S, axis=1, out=running[:, 1:])
        around = (running[:, self._around_to] - running[:, self._around_from]) / self._around_size
        np.maximum(around, floor[:, None], out=around)
        frame, column = np.nonzero((middle > S[:, :-2]) & (middle >= S[:, 2:]) & (middle > around))
        beside = [S[frame, column + d] for d in range(3)]
        left, top, right = (np.log(lobe + floor[frame]) for lobe in beside)
        offset = 0.5 * (left - right) / np.minimum(left - 2 * top + right, np.float32(-1e-6))
        prominence = top - np.log(around[frame, column])
        weight = prominence * np.exp(_LOUDNESS_EXPONENT * (top - np.log(power[frame])))
        tonal = np.where(prominence > np.log(4), sum(beside), 0)
        return _Chunk(
            salience=self._fold(frame, column + offset, weight, n_frames),
            level_db=10 * np.log10(power),
            tonalness=np.minimum(np.bincount(frame, tonal, n_frames) / power, 1).astype(np.float32),
        )

    def _fold(
        self, frame: npt.NDArray[np.intp], column: FloatArray, weight: FloatArray, n_frames: int
    ) -> npt.NDArray[np.float16]:
        """Sum the peaks by frame, range and pitch class, shape (t, 180)."""
        f_hz = (column + self._first) * (SAMPLE_RATE_HZ / N_FFT)
        octaves = np.log2(f_hz / _C0_HZ)
        bins = np.floor(octaves * BINS_PER_OCTAVE + 0.5).astype(np.intp) % BINS_PER_OCTAVE
        above_bass, above_middle = (
            _fade(octaves, *ends) for ends in (_BASS_TO_MIDDLE_HZ, _MIDDLE_TO_HIGH_HZ)
        )
        cell, size = frame * _CELLS + bins, n_frames * _CELLS
        salience = np.bincount(cell, weight * (1 - above_bass), size)
        salience += np.bincount(cell + BINS_PER_OCTAVE, weight * (above_bass - above_middle), size)
        salience += np.bincount(cell + 2 * BINS_PER_OCTAVE, weight * above_middle, size)
        return salience.reshape(n_frames, _CELLS).astype(np.float16)


def _fade(octaves: FloatArray, from_hz: float, to_hz: float) -> FloatArray:
    """Rise from 0 to 1 between two frequencies."""
    start, end = np.log2(from_hz / _C0_HZ), np.log2(to_hz / _C0_HZ)
    return np.asarray(np.clip((octaves - start) / (end - start), 0, 1))
