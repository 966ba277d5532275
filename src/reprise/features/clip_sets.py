"""The sets of features that a 30-second clip can be turned into: arrays of one shape for every clip."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.audio import Resampler, excerpt, open_audio
from reprise.errors import DecodeError
from reprise.features.fingerprint import fingerprint, fingerprint_length
from reprise.features.mel import N_MELS, LogMel
from reprise.features.mfcc import CLIP_S, N_FRAMES, N_MFCC, mfcc
from reprise.features.mfcc import SAMPLE_RATE_HZ as MFCC_RATE_HZ
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS, MusicnnNetworks, MusicnnOutput, PatchGrid
from reprise.features.short_term import FEATURE_NAMES, short_term_features
from reprise.features.spectrogram import HOP_LENGTH, SAMPLE_RATE_HZ, Spectrogram
from reprise.records import FloatArray
from reprise.registry import require_known

__all__ = ["CLIP_SETS", "Clip", "ClipFeatures", "ClipSet", "extract_clip"]

_MEL_FRAMES = 1 + int(CLIP_S * SAMPLE_RATE_HZ) // 256
_WORDS = fingerprint_length(1 + int(CLIP_S * SAMPLE_RATE_HZ) // HOP_LENGTH)
_PATCHES = 10
_IMAGE_SIZE = 256
_IMAGE_RANGE_DB = 80.0


class Clip:
    """The middle 30 seconds of a file, decoded once; shorter files as they are.

    Parameters
    ----------
    path : str or path-like
    networks : MusicnnNetworks
        Loaded once for many clips, and only if they are asked.
    """

    def __init__(self, path: str | PathLike[str], networks: MusicnnNetworks) -> None:
        with open_audio(path) as stream:
            duration_s, self._rate = stream.duration_s or 0.0, stream.sample_rate
            # Previews are a little longer than 30 s now and then; they are taken from their start.
            offset_s = (duration_s - CLIP_S) / 2 if duration_s > CLIP_S + 2 else 0.0
            start = round(offset_s * self._rate)
            # A second at a time, here and in the resampler: so much stays in the processor's cache.
            blocks = excerpt(stream.blocks(1.0), start, start + round(CLIP_S * self._rate))
            self._seconds = [y.mean(axis=0) if len(y) > 1 else y[0] for y in blocks]
        if not self._seconds:
            raise DecodeError(stream.path, f"it ends before its middle, {offset_s:g} s")
        self._networks = networks

    @property
    def duration_s(self) -> float:
        """How much there was, 30 at most."""
        return sum(len(y) for y in self._seconds) / self._rate

    def _at(self, rate: int) -> FloatArray:
        resampler = Resampler(self._rate, rate)
        return np.concatenate([*map(resampler.push, self._seconds), resampler.flush()])

    @cached_property
    def y44(self) -> FloatArray:
        """The signal at 44.1 kHz."""
        return self._at(MFCC_RATE_HZ)

    @cached_property
    def S(self) -> FloatArray:  # noqa: N802  # the field's name
        """The shared power spectrogram at 16 kHz, shape (257, t)."""
        spectrogram = Spectrogram()
        return np.hstack([spectrogram.push(self._at(SAMPLE_RATE_HZ)), spectrogram.flush()])

    @cached_property
    def log_mel(self) -> FloatArray:
        """What MusiCNN hears, shape (96, t)."""
        return LogMel().push(self.S)

    @cached_property
    def heard(self) -> MusicnnOutput:
        """What both networks say of ten patches."""
        grid = PatchGrid(_PATCHES)
        grid.push(self.log_mel)
        return self._networks.predict(grid.patches())

    def musicnn(self) -> FloatArray:
        """Both networks' penultimate layers, averaged over the clip."""
        layers = self.heard.msd_penultimate, self.heard.mtt_penultimate
        return np.concatenate([layer.mean(axis=0) for layer in layers])

    def tags(self) -> FloatArray:
        """The scores of both networks' tags, averaged over the clip."""
        return np.concatenate([scores.mean(axis=0) for scores in (self.heard.msd_tags, self.heard.mtt_tags)])

    def mel(self) -> FloatArray:
        """`log_mel`, cut or filled with silence to 30 s."""
        frames = self.log_mel[:, :_MEL_FRAMES]
        return np.pad(frames, ((0, 0), (0, _MEL_FRAMES - frames.shape[1])))

    def fingerprint(self) -> npt.NDArray[np.uint32]:
        """`reprise.features.fingerprint`, cut or filled with 0, its silence, to 30 s."""
        words = fingerprint(self.S)[:_WORDS]
        return np.pad(words, (0, _WORDS - words.size))

    def image(self) -> FloatArray:
        """The spectrogram as grey levels, edge to edge: high frequencies on top, 80 dB from black to white."""
        starts = np.linspace(0, self.S.shape[1], _IMAGE_SIZE, endpoint=False).astype(int)
        power = np.add.reduceat(self.S[:_IMAGE_SIZE], starts, axis=1)
        power /= np.diff(np.append(starts, self.S.shape[1])).clip(1)
        level_db = 10 * np.log10(np.maximum(power, 1e-10) / max(1e-10, float(power.max())))
        grey: FloatArray = np.rint(255 * np.maximum(0, 1 + level_db[::-1] / _IMAGE_RANGE_DB)).astype(
            np.float32
        )
        return grey


@dataclass(frozen=True, kw_only=True)
class ClipSet:
    """One set of features.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Of every clip's array.
    dtype : str
        How it is stored: so coarse that a model cannot tell.
    definition : str
        What it is, in one line; arrays of another definition are never mixed with it.
    compute : callable
        From a `Clip` to the array.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    definition: str
    compute: Callable[[Clip], npt.NDArray[Any]]


CLIP_SETS: dict[str, ClipSet] = {
    row.name: row
    for row in (
        ClipSet(
            name="mfcc", shape=(N_MFCC, N_FRAMES), dtype="float32", compute=lambda clip: mfcc(clip.y44),
            definition="20 MFCC at 160 frames of 30 s: 44.1 kHz, n_fft 4096, hop 8192, 256 HTK mels, dB, ortho",
        ),
        ClipSet(
            name="mel", shape=(N_MELS, _MEL_FRAMES), dtype="float16", compute=Clip.mel,
            definition="log10(1 + 10000 S) of 96 Slaney mels of 30 s: 16 kHz, n_fft 512, hop 256",
        ),
        ClipSet(
            name="image", shape=(_IMAGE_SIZE, _IMAGE_SIZE), dtype="uint8", compute=Clip.image,
            definition="grey spectrogram, 8 kHz at the top, whole clip wide, 80 dB from black to white",
        ),
        ClipSet(
            name="short_term", shape=(len(FEATURE_NAMES),), dtype="float32",
            compute=lambda clip: short_term_features(clip.y44).values,
            definition="34 means, 34 deviations of pyAudioAnalysis' short-term features at 1 s, and its bpm",
        ),
        ClipSet(
            name="musicnn", shape=(400,), dtype="float32", compute=Clip.musicnn,
            definition="penultimate layers of MusiCNN's MSD (200) and MTT (200) networks, mean of 3-s patches",
        ),
        ClipSet(
            name="tags", shape=(len(MSD_TAGS) + len(MTT_TAGS),), dtype="float32", compute=Clip.tags,
            definition="scores of MusiCNN's MSD (50) and MTT (50) tags, mean of 3-s patches",
        ),
        ClipSet(
            name="fingerprint", shape=(_WORDS,), dtype="uint32", compute=Clip.fingerprint,
            definition="32 bits every 16 ms: 33 bands of 250-4000 Hz over 0.37 s, lag 0.19 s; 0 is silence",
        ),
    )
}  # fmt: skip
"""Every set by its name."""


@dataclass(frozen=True, kw_only=True)
class ClipFeatures:
    """The arrays of one clip by the names of their sets, and how many seconds there were."""

    duration_s: float
    values: dict[str, npt.NDArray[Any]]


def extract_clip(path: str | PathLike[str], sets: Collection[str], networks: MusicnnNetworks) -> ClipFeatures:
    """Turn one file into feature sets; it is decoded once for all of them.

    Raises
    ------
    DecodeError, UnusableAudioError
        If the file cannot be read, is silent or shorter than one second.
    UnknownNameError
        If there is no set of a name.
    """
    require_known("feature set", sets, CLIP_SETS)
    clip = Clip(path, networks)
    rows = [CLIP_SETS[name] for name in sets]
    return ClipFeatures(
        duration_s=clip.duration_s, values={row.name: row.compute(clip).astype(row.dtype) for row in rows}
    )
