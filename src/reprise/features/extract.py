"""From a stream of audio to everything that the models need, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reprise.audio import AudioStream, Resampler
from reprise.audio.loudness import LoudnessMeter
from reprise.features.chroma import Chroma, Chromagram
from reprise.features.mel import LogMel
from reprise.features.musicnn import MusicnnNetworks, MusicnnOutput, PatchGrid
from reprise.features.onset import OnsetEnvelope, OnsetStrength
from reprise.features.short_term import SAMPLE_RATE_HZ as SHORT_TERM_RATE_HZ
from reprise.features.short_term import ShortTermFeatures, short_term_features
from reprise.features.spectrogram import SAMPLE_RATE_HZ, Spectrogram
from reprise.features.waveform import WaveformOutline
from reprise.records import FloatArray, Loudness, Observer, Progress, Waveform

__all__ = ["EXCERPT_S", "Features", "MeasuredFeatures", "extract", "extract_measured"]

EXCERPT_S = 30.0
"""Length of the excerpt that the 69 short-term features describe: that of the previews they were defined on."""

# Blocks are shorter where somebody watches: the waveform is to draw itself, not to jump.
_BLOCK_S = 10.0
_WATCHED_BLOCK_S = 2.0


@dataclass(frozen=True, kw_only=True)
class MeasuredFeatures:
    """What rhythm, harmony, loudness and form are measured from; see the class of each part for shapes and units.

    Attributes
    ----------
    hop_powers : float32 array, shape (t,)
        From `LoudnessMeter.hop_powers`: for the loudness of parts.
    """

    duration_s: float
    loudness: Loudness
    hop_powers: FloatArray
    onset: OnsetStrength
    chroma: Chromagram


@dataclass(frozen=True, kw_only=True)
class Features(MeasuredFeatures):
    """What was extracted from one file: what is measured from, and what the trained models are given.

    Attributes
    ----------
    mel_mean, mel_std : float32 arrays, shape (96,)
        Mean and standard deviation over time of the log-mel spectrogram that MusiCNN hears.
    waveform : Waveform or None
        The outline of the waveform, where it was asked for or somebody watched.
    """

    mel_mean: FloatArray
    mel_std: FloatArray
    musicnn: MusicnnOutput
    short_term: ShortTermFeatures
    waveform: Waveform | None = None


class _Excerpt:
    """Keeps the 30 seconds around the middle of a stream, or its start where the declared length was wrong."""

    def __init__(self, sample_rate: int, declared_s: float | None) -> None:
        self._size = int(EXCERPT_S * sample_rate)
        middle_s = (declared_s or 0.0) / 2 - EXCERPT_S / 2
        self._start = max(0, int(middle_s * sample_rate))
        self._head: list[FloatArray] = []
        self._middle: list[FloatArray] = []
        self._seen = 0

    def push(self, y: FloatArray) -> None:
        for kept, start in ((self._head, 0), (self._middle, self._start)):
            lo, hi = max(0, start - self._seen), start + self._size - self._seen
            if hi > 0 and lo < y.size:
                kept.append(y[lo:hi].copy())
            if self._start == 0:
                break
        self._seen += y.size

    def result(self) -> FloatArray:
        return np.concatenate(max(self._middle, self._head, key=lambda kept: sum(part.size for part in kept)))


class _Measured:
    """Hears what is measured of a stream; shows each block of the spectrogram to whoever looks at it as well."""

    def __init__(self, stream: AudioStream, look: Callable[[FloatArray], None] = lambda S: None) -> None:
        self._rate, self._n_samples, self._look_too = stream.sample_rate, 0, look
        self._meter = LoudnessMeter(stream.sample_rate, stream.channels)
        self._resampler = Resampler(stream.sample_rate, SAMPLE_RATE_HZ)
        self._spectrogram, self._onset, self._chroma = Spectrogram(), OnsetEnvelope(), Chroma()

    def push(self, block: FloatArray) -> FloatArray:
        """Hear a block of all channels; return its mono mix."""
        self._n_samples += block.shape[-1]
        self._meter.push(block)
        mono: FloatArray = block[0] if block.shape[0] == 1 else block.mean(axis=0)
        self._listen(self._resampler.push(mono))
        return mono

    def flush(self) -> None:
        self._listen(self._resampler.flush())
        self._look(self._spectrogram.flush())

    def result(self) -> MeasuredFeatures:
        return MeasuredFeatures(
            duration_s=self._n_samples / self._rate,
            loudness=self._meter.result(),
            hop_powers=self._meter.hop_powers(),
            onset=self._onset.result(),
            chroma=self._chroma.result(),
        )

    def _listen(self, y: FloatArray) -> None:
        self._chroma.push(y)
        self._look(self._spectrogram.push(y))

    def _look(self, S: FloatArray) -> None:
        self._onset.push(S)
        self._look_too(S)


class _Watched:
    """Keeps the outline of the waveform and tells an observer of the stages; does nothing where none is needed."""

    def __init__(self, stream: AudioStream, *, waveform: bool, observer: Observer | None) -> None:
        self._observer, self._declared_s = observer, stream.duration_s
        self._outline = WaveformOutline(stream.sample_rate) if waveform or observer else None

    def push(self, block: FloatArray) -> None:
        if self._outline:
            self._outline.push(block)
        self.tell("listen")

    def tell(self, stage: str) -> None:
        if not self._observer or not (waveform := self.waveform()):
            return
        fraction = None if stage == "listen" else 1.0
        if stage == "listen" and self._declared_s:
            # What the header declares may be too little.
            fraction = min(1.0, waveform.duration_s / self._declared_s)
        self._observer(Progress(stage=stage, fraction=fraction, waveform=waveform))

    def waveform(self) -> Waveform | None:
        return self._outline.result() if self._outline else None


def extract_measured(stream: AudioStream) -> MeasuredFeatures:
    """Read a stream to its end for what is measured alone, without the trained networks.

    Parameters
    ----------
    stream : AudioStream
        An opened file of any sample rate and number of channels.

    Raises
    ------
    DecodeError, UnusableAudioError
        If the stream turns out to be unreadable, silent or shorter than one second.
    """
    measured = _Measured(stream)
    for block in stream.blocks(_BLOCK_S):
        measured.push(block)
    measured.flush()
    return measured.result()


def extract(
    stream: AudioStream,
    networks: MusicnnNetworks,
    *,
    max_patches: int,
    waveform: bool = False,
    observer: Observer | None = None,
) -> Features:
    """Read a stream to its end and extract everything once.

    Parameters
    ----------
    stream : AudioStream
        An opened file of any sample rate and number of channels.
    networks : MusicnnNetworks
        The two networks, loaded once for many files.
    max_patches : int
        How many 3-second patches, spread evenly over the file, the networks listen to.
    waveform : bool
        Also keep the outline of the waveform.
    observer : Observer, optional
        Is told of the stages ``"listen"``, ``"networks"`` and ``"features"``, of the first one every two seconds
        of audio; the outline is kept then too.

    Raises
    ------
    DecodeError, UnusableAudioError
        If the stream turns out to be unreadable, silent or shorter than one second.
    """
    rate, log_mel, patches = stream.sample_rate, LogMel(), PatchGrid(max_patches)
    excerpt = _Excerpt(rate, stream.duration_s)
    watched = _Watched(stream, waveform=waveform, observer=observer)
    measured = _Measured(stream, lambda S: patches.push(log_mel.push(S)))
    watched.tell("listen")
    for block in stream.blocks(_WATCHED_BLOCK_S if observer else _BLOCK_S):
        excerpt.push(measured.push(block))
        watched.push(block)
    measured.flush()

    watched.tell("networks")
    heard = networks.predict(patches.patches())
    watched.tell("features")
    to_short_term = Resampler(rate, SHORT_TERM_RATE_HZ)
    y = excerpt.result()
    return Features(
        **vars(measured.result()),
        mel_mean=log_mel.mean(),
        mel_std=log_mel.std(),
        musicnn=heard,
        short_term=short_term_features(np.concatenate([to_short_term.push(y), to_short_term.flush()])),
        waveform=watched.waveform(),
    )
