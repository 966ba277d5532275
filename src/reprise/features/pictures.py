"""Pictures of one song: spectrogram, mel spectrogram, chroma, tempogram and MFCC, as the models see it.

A file is read once. Spectra are averaged in power over as many frames as make at most `MAX_FRAMES` columns, at any
length; the decibels, mel bands and cepstral coefficients are taken of the averages.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from os import PathLike

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import uniform_filter1d

from reprise.audio import Resampler, open_audio
from reprise.features.chroma import Chroma, Chromagram
from reprise.features.mel import N_MELS, mel_filterbank
from reprise.features.onset import FRAME_RATE_HZ, OnsetEnvelope, OnsetStrength, band_flux, band_rise
from reprise.features.spectrogram import N_BINS, N_FFT, SAMPLE_RATE_HZ, Spectrogram
from reprise.records import FloatArray

__all__ = ["AXES_FILE", "KINDS", "MAX_FRAMES", "Picture", "Tick", "draw_pictures", "picture_files", "to_png"]

KINDS = ("spectrogram", "mel", "chroma", "tempogram", "mfcc")
AXES_FILE = "axes.json"
"""Where `picture_files` says what the axes are."""

MAX_FRAMES = 1200
"""The most columns a picture has."""

_FLOOR_DB, _FLOOR = 80.0, 1e-10
_LOWEST_HZ, _ROWS = 50.0, 128
_SLOWEST_BPM, _FASTEST_BPM = 40.0, 240.0
_WINDOW_S = 8.0
_PART_FRAMES = 60_000
_N_MFCC = 13
_PITCHES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark on the vertical axis; ``position`` is 0 at the bottom and 1 at the top."""

    position: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture and its axes.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    title, unit : str
    values : uint8 array, shape (bins, frames)
        The lowest bin first; 0 stands for ``low``, 255 for ``high``.
    low, high : float
        In ``unit``.
    ticks : tuple of Tick
    duration_s : float
        What the horizontal axis spans, from 0.
    """

    kind: str
    title: str
    unit: str
    values: npt.NDArray[np.uint8]
    low: float
    high: float
    ticks: tuple[Tick, ...]
    duration_s: float


class _Averages:
    """Columns of averaged power; when they are full, each two become one."""

    def __init__(self) -> None:
        self._sums = np.zeros((N_BINS, 2 * MAX_FRAMES), np.float32)
        self._step, self._seen = 1, 0

    def push(self, S: FloatArray) -> None:
        room = self._step * 2 * MAX_FRAMES - self._seen
        while S.shape[1] > room:
            self._add(S[:, :room])
            S = S[:, room:]
            pairs = self._sums.reshape(N_BINS, MAX_FRAMES, 2).sum(axis=2)
            self._sums = np.concatenate([pairs, np.zeros_like(pairs)], axis=1)
            self._step *= 2
            room = self._step * 2 * MAX_FRAMES - self._seen
        self._add(S)

    def _add(self, S: FloatArray) -> None:
        if not S.shape[1]:
            return
        columns = (self._seen + np.arange(S.shape[1])) // self._step
        first = np.flatnonzero(np.r_[True, np.diff(columns) > 0])
        self._sums[:, columns[first]] += np.add.reduceat(S, first, axis=1)
        self._seen += S.shape[1]

    def result(self) -> FloatArray:
        n = -(-self._seen // self._step)
        counts = np.full(n, self._step, np.float32)
        if n:
            counts[-1] = self._seen - (n - 1) * self._step
        means = self._sums[:, :n] / np.maximum(counts, 1)
        if n > MAX_FRAMES:
            even = means[:, : n // 2 * 2].reshape(N_BINS, -1, 2).mean(axis=2)
            means = np.concatenate([even, means[:, n // 2 * 2 :]], axis=1)
        return np.asarray(means, np.float32)


def draw_pictures(path: str | PathLike[str]) -> dict[str, Picture]:
    """Draw all pictures of one file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to Picture
        By `KINDS`.

    Raises
    ------
    DecodeError, UnusableAudioError
        As `reprise.analyze`.

    References
    ----------
    .. [1] Grosche, P., Müller, M. and Kurth, F. "Cyclic tempogram: a mid-level tempo representation for music
           signals." ICASSP, 2010. The tempogram here is the one by autocorrelation, not folded.
    .. [2] Davis, S. and Mermelstein, P. "Comparison of parametric representations for monosyllabic word recognition."
           IEEE Transactions on Acoustics, Speech, and Signal Processing 28(4), 1980.
    """
    averages, spectrogram, chroma, onset = _Averages(), Spectrogram(), Chroma(), OnsetEnvelope()
    n_samples = 0
    with open_audio(path) as stream:
        resampler = Resampler(stream.sample_rate, SAMPLE_RATE_HZ)

        def look(S: FloatArray) -> None:
            averages.push(S)
            onset.push(S)

        def listen(y: FloatArray) -> None:
            chroma.push(y)
            look(spectrogram.push(y))

        for block in stream.blocks():
            n_samples += block.shape[-1]
            listen(resampler.push(block.mean(axis=0)))
        listen(resampler.flush())
        look(spectrogram.flush())
        duration_s = n_samples / stream.sample_rate
    S = averages.result()
    return {
        "spectrogram": _spectrogram(S, duration_s),
        "mel": _mel(S, duration_s),
        "chroma": _chroma(chroma.result(), duration_s),
        "tempogram": _tempogram(onset.result(), duration_s),
        "mfcc": _mfcc(S, duration_s),
    }


def _spectrogram(S: FloatArray, duration_s: float) -> Picture:
    edges_hz = np.geomspace(_LOWEST_HZ, SAMPLE_RATE_HZ / 2, _ROWS)
    at = np.clip(edges_hz * N_FFT / SAMPLE_RATE_HZ, 0, N_BINS - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, N_BINS - 1)
    weight = (at - low)[:, None].astype(np.float32)
    rows = (1 - weight) * S[low] + weight * S[high]
    return _in_db(
        "spectrogram", "Spectrogram", rows, duration_s, _hz_ticks(lambda hz: _log_place(hz, _LOWEST_HZ))
    )


def _mel(S: FloatArray, duration_s: float) -> Picture:
    filters = mel_filterbank()
    centres = filters.argmax(axis=1) * SAMPLE_RATE_HZ / N_FFT

    def place(hz: float) -> float:
        return float(np.interp(hz, centres, (np.arange(N_MELS) + 0.5) / N_MELS))

    return _in_db("mel", "Mel spectrogram", filters @ S, duration_s, _hz_ticks(place))


def _mfcc(S: FloatArray, duration_s: float) -> Picture:
    mel_db = 10 * np.log10(np.maximum(mel_filterbank() @ S, _FLOOR))
    coefficients = scipy.fft.dct(mel_db, axis=0, norm="ortho")[1 : _N_MFCC + 1]
    # Each by its own scale: the first are many times larger than the last.
    spread = np.maximum(np.abs(coefficients).max(axis=1, keepdims=True), 1e-6)
    ticks = tuple(Tick(position=(i + 0.5) / _N_MFCC, label=str(i + 1)) for i in range(0, _N_MFCC, 3))
    return _scaled(
        "mfcc", "MFCC 1–13", "of each one's largest", coefficients / spread, (-1, 1), ticks, duration_s
    )


def _chroma(heard: Chromagram, duration_s: float) -> Picture:
    bins = np.asarray(heard.salience, np.float32).sum(axis=0)
    # Five bins a semitone, the first on C: two of them belong to the semitone below.
    classes = np.roll(bins, 2, axis=0).reshape(12, 5, -1).sum(axis=1)
    classes = _fewer(classes)
    classes = classes / np.maximum(classes.max(axis=0, keepdims=True), 1e-6)
    ticks = tuple(Tick(position=(i + 0.5) / 12, label=name) for i, name in enumerate(_PITCHES))
    return _scaled("chroma", "Chroma", "of the strongest", classes, (0, 1), ticks, duration_s)


def _tempogram(heard: OnsetStrength, duration_s: float) -> Picture:
    rows_bpm = np.geomspace(_SLOWEST_BPM, _FASTEST_BPM, _ROWS)
    envelope = _onsets(heard)
    size = int(_WINDOW_S * FRAME_RATE_HZ)
    hop = max(1, -(-envelope.size // MAX_FRAMES))
    padded = np.pad(envelope, (size // 2, size // 2 + 1))
    starts = np.arange(0, max(1, envelope.size), hop)
    lags = 60 * FRAME_RATE_HZ / rows_bpm
    window = np.hanning(size)
    values = np.zeros((_ROWS, starts.size), np.float32)
    for begin in range(0, starts.size, 256):
        part = starts[begin : begin + 256]
        frames = padded[part[:, None] + np.arange(size)] * window
        spectra = scipy.fft.rfft(frames, 2 * size, axis=1)
        correlation = scipy.fft.irfft(np.abs(spectra) ** 2, axis=1)[:, :size]
        correlation /= np.maximum(correlation[:, :1], 1e-9)
        for i, row in enumerate(correlation):
            values[:, begin + i] = np.interp(lags, np.arange(size), row)
    ticks = tuple(
        Tick(position=_log_place(bpm, _SLOWEST_BPM, _FASTEST_BPM), label=f"{bpm:.0f} bpm")
        for bpm in (60, 90, 120, 180)
    )
    # Few pulses are so regular that they reach 1, and most pictures would be dark.
    highest = float(np.clip(np.quantile(values, 0.995), 0.1, 1)) if values.size else 1.0
    return _scaled("tempogram", "Tempogram", "autocorrelation", values, (0, highest), ticks, duration_s)


def _onsets(heard: OnsetStrength) -> npt.NDArray[np.float64]:
    """Return how much the spectrum rises in each frame, less what is usual around it; hours come in parts."""
    parts = [np.zeros(0, np.float32)]
    for start in range(0, heard.n_frames, _PART_FRAMES):
        # A rise is seen from two frames before.
        before = min(start, 2)
        part = heard.log_bands[:, start - before : start + _PART_FRAMES]
        parts.append(band_flux(band_rise(part)).mean(axis=0)[before:])
    envelope = np.concatenate(parts).astype(np.float64)
    return np.asarray(envelope - uniform_filter1d(envelope, int(_WINDOW_S * FRAME_RATE_HZ)), np.float64)


def _in_db(kind: str, title: str, power: FloatArray, duration_s: float, ticks: tuple[Tick, ...]) -> Picture:
    db = 10 * np.log10(np.maximum(power, _FLOOR))
    top = float(db.max()) if db.size else 0.0
    return _scaled(kind, title, "dB under the loudest", db - top, (-_FLOOR_DB, 0), ticks, duration_s)


def _scaled(  # noqa: PLR0913
    kind: str,
    title: str,
    unit: str,
    values: npt.NDArray[np.floating],
    span: tuple[float, float],
    ticks: tuple[Tick, ...],
    duration_s: float,
) -> Picture:
    low, high = span
    levels = np.clip(np.nan_to_num((values - low) / (high - low)), 0, 1)
    return Picture(
        kind=kind,
        title=title,
        unit=unit,
        values=np.round(255 * levels).astype(np.uint8),
        low=low,
        high=high,
        ticks=ticks,
        duration_s=duration_s,
    )


def _fewer(values: FloatArray) -> FloatArray:
    """Average columns until there are at most `MAX_FRAMES`."""
    step = -(-values.shape[1] // MAX_FRAMES) if values.shape[1] else 1
    starts = np.arange(0, values.shape[1], max(1, step))
    return np.asarray(np.add.reduceat(values, starts, axis=1) if starts.size else values, np.float32)


def _log_place(value: float, low: float, high: float = SAMPLE_RATE_HZ / 2) -> float:
    return float(np.log(value / low) / np.log(high / low))


def _hz_ticks(place: Callable[[float], float]) -> tuple[Tick, ...]:
    shown = {100: "100 Hz", 250: "250 Hz", 500: "500 Hz", 1000: "1 kHz", 2000: "2 kHz", 4000: "4 kHz"}
    return tuple(Tick(position=place(hz), label=label) for hz, label in shown.items())


_COLOURS: Mapping[float, tuple[int, int, int]] = {
    0.0: (0, 0, 4), 0.13: (28, 16, 68), 0.25: (79, 18, 123), 0.38: (129, 37, 129), 0.5: (181, 54, 122),
    0.63: (229, 80, 100), 0.75: (251, 135, 97), 0.88: (254, 194, 135), 1.0: (252, 253, 191),
}  # fmt: skip
"""Stops of the colour map magma (Smith and van der Walt, CC0): its lightness rises evenly."""


def to_png(picture: Picture) -> bytes:
    """Encode a picture with a palette of 256 colours.

    References
    ----------
    .. [1] Portable Network Graphics (PNG) Specification, third edition. W3C, 2025.
    """
    values = picture.values[::-1]
    height, width = values.shape
    stops = np.array(list(_COLOURS))
    colours = np.array(list(_COLOURS.values()), np.float64)
    palette = np.stack([np.interp(np.linspace(0, 1, 256), stops, colours[:, i]) for i in range(3)], axis=1)
    # A byte before each row says how it was filtered: not at all.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), values], axis=1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"".join((
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        chunk(b"PLTE", np.round(palette).astype(np.uint8).tobytes()),
        chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
        chunk(b"IEND", b""),
    ))  # fmt: skip


def picture_files(path: str) -> dict[str, bytes]:
    """Draw all pictures of one file, as files: ``KIND.png`` for each, and `AXES_FILE`, which comes last.

    Raises
    ------
    DecodeError, UnusableAudioError
        As `draw_pictures`.
    """
    pictures = draw_pictures(path)
    axes = [
        {name: value for name, value in asdict(picture).items() if name != "values"}
        for picture in pictures.values()
    ]
    files = {f"{kind}.png": to_png(picture) for kind, picture in pictures.items()}
    return files | {AXES_FILE: json.dumps(axes).encode()}
