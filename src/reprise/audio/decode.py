"""One way to read any file of audio: `open_audio` streams it in blocks, `load_audio` returns it whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import numpy as np

from reprise.audio.headers import ends_without_last_page, wav_declared_s
from reprise.audio.resample import Resampler
from reprise.audio.source import open_regular_file
from reprise.audio.tags import read_tags
from reprise.audio.usability import SignalCheck
from reprise.errors import DecodeError, ParameterError, UnusableAudioError
from reprise.records import FloatArray, Tags

if TYPE_CHECKING:
    from reprise.audio.ffmpeg import Header

__all__ = ["Audio", "AudioStream", "excerpt", "load_audio", "open_audio"]

MIN_SAMPLE_RATE_HZ = 4000
MAX_SAMPLE_RATE_HZ = 768_000
MAX_CHANNELS = 1024

_MAX_BLOCK_VALUES = 1 << 23
"""32 MiB of float32: files of many channels come in shorter blocks."""

_MAX_LOADED_VALUES = 1 << 30
"""4 GiB of float32: what `load_audio` will hold before it says that streaming is the way."""

_UNCOMPRESSED = (b"RIFF", b"RIFX", b"RF64", b"FORM", b".snd", b"dns.", b"caff", b"riff")
"""How WAV, RF64, AIFF, AU, CAF and W64 begin: the formats that libsndfile reads faster."""

_MPEG = (b"ID3", b"\xff")
"""How MP3 begins: libsndfile would stop at damage, and its decoder writes notes to stderr."""


class Decoder(Protocol):
    """What a library's stream of samples looks like here."""

    sample_rate: int
    channels: int
    warnings: list[str]

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the samples in order as arrays of shape (channels, n), -1..1."""

    def close(self) -> None:
        """Free what the library holds."""


class AudioStream:
    """An open file of audio; made by `open_audio`, closed by leaving the ``with`` block.

    Attributes
    ----------
    path : str
        The file.
    sample_rate : int
        In Hz, 4000..768000.
    channels : int
        1..1024; front left, front right, centre, LFE, then the surrounds where the file says so.
    duration_s : float or None
        What the header declares; ``None`` where it says nothing. Only reading tells the truth.
    tags : Tags
        Cleaned, but still the words of whoever wrote the file.
    warnings : list of str
        What was odd about the file; grows while it is read.
    """

    def __init__(self, path: str, fd: int) -> None:
        self.path, self._fd = path, fd
        self._decoder = _choose_decoder(fd, path)
        self.sample_rate, self.channels = self._decoder.sample_rate, self._decoder.channels
        self.warnings = self._decoder.warnings
        self._started = False
        try:
            _require_usual(path, self.sample_rate, self.channels)
            header = _read_header(self._decoder, fd, path)
            self.duration_s = wav_declared_s(fd) or header.declared_s
            self.tags = read_tags(fd, header.metadata)
        except BaseException:
            self._decoder.close()
            raise

    def blocks(self, block_s: float = 10.0) -> Iterator[FloatArray]:
        """Read the file from its start to its end, once, in bounded memory.

        Parameters
        ----------
        block_s : float
            Length of a block in seconds; the last one, and those of files with many channels, are shorter.

        Yields
        ------
        float32 array, shape (channels, n)
            Samples at the file's own rate, -1..1; a float format's samples beyond that are kept.

        Raises
        ------
        DecodeError
            At the end, if there was not one sample.
        UnusableAudioError
            At the end, if the whole was silent (peak under -84 dBFS), shorter than 1 s or more than 1 % of it
            were no finite samples; on the way, if it is longer than 24 hours.
        """
        if self._started:
            raise ParameterError("an AudioStream can be read once; open the file again")
        if not block_s > 0:
            raise ParameterError(f"block_s must be above 0, not {block_s}")
        self._started = True
        size = max(1, min(round(block_s * self.sample_rate), _MAX_BLOCK_VALUES // self.channels))
        check = SignalCheck(self.path, self.sample_rate)
        for y in _reblock(self._decoder.chunks(), self.channels, size):
            check.push(y)
            yield y
        self.warnings += check.finish()
        self._compare_with_header(check.read_s)

    def _compare_with_header(self, read_s: float) -> None:
        declared_s = self.duration_s
        if declared_s is not None and declared_s - read_s > max(0.5, 0.01 * declared_s):
            self.warnings.append(
                f"truncated: {read_s:.1f} s of the {declared_s:.1f} s that the header declares could be read"
            )
        elif ends_without_last_page(self._fd):
            self.warnings.append(f"truncated: its last page is missing; {read_s:.1f} s could be read")

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        if self._fd >= 0:
            self._decoder.close()
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> AudioStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_audio(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> AudioStream:
    """Open any file of audio for reading.

    Parameters
    ----------
    path : str, bytes or path-like
        The file. Its content decides how it is read, not its extension.

    Returns
    -------
    AudioStream
        To be used in a ``with`` block.

    Raises
    ------
    DecodeError
        If there is no such file, it may not be read, or it is not audio.
    UnusableAudioError
        If its sample rate is outside 4..768 kHz or it has more than 1024 channels.

    Examples
    --------
    >>> with open_audio("song.mp3") as stream:  # doctest: +SKIP
    ...     for y in stream.blocks():
    ...         print(y.shape)
    """
    name = os.fsdecode(path)
    fd = open_regular_file(name)
    try:
        return AudioStream(name, fd)
    except BaseException:
        os.close(fd)
        raise


@dataclass(frozen=True, kw_only=True, slots=True)
class Audio:
    """A signal in memory.

    Attributes
    ----------
    y : float32 array, shape (channels, n) or (n,)
        Samples, -1..1.
    sample_rate : int
        In Hz.
    tags : Tags
        What the file says about itself.
    warnings : tuple of str
        What was odd about the file.
    """

    y: FloatArray
    sample_rate: int
    tags: Tags
    warnings: tuple[str, ...]


def load_audio(
    path: str | bytes | os.PathLike[str] | os.PathLike[bytes],
    *,
    sr: int | None = None,
    mono: bool = False,
    offset_s: float = 0.0,
    duration_s: float | None = None,
) -> Audio:
    """Read a file, or an excerpt of it, into memory.

    Parameters
    ----------
    path : str, bytes or path-like
        The file.
    sr : int, optional
        Resample to this rate, in Hz; the file's own by default.
    mono : bool
        Return the mean of the channels, of shape (n,).
    offset_s : float
        Where the excerpt starts, in seconds; the file is decoded up to there, which is exact in every format.
    duration_s : float, optional
        How long it is at most, in seconds; to the end by default.

    Returns
    -------
    Audio
        The samples, their rate, the tags and the warnings.

    Raises
    ------
    ParameterError
        If ``offset_s`` is negative, or ``sr`` or ``duration_s`` are not above 0.
    DecodeError
        If the file cannot be read as audio, or ends before the excerpt starts.
    UnusableAudioError
        If it was read to its end and is silent or shorter than a second, or if it would fill more than 4 GiB.
    """
    if offset_s < 0 or (duration_s is not None and not duration_s > 0) or (sr is not None and not sr > 0):
        raise ParameterError("offset_s must not be negative, duration_s and sr must be above 0")
    with open_audio(path) as stream:
        start = round(offset_s * stream.sample_rate)
        stop = None if duration_s is None else start + round(duration_s * stream.sample_rate)
        resampler = Resampler(stream.sample_rate, sr or stream.sample_rate, 1 if mono else stream.channels)
        parts: list[FloatArray] = []
        for y in excerpt(stream.blocks(), start, stop):
            parts.append(resampler.push(y.mean(axis=0, keepdims=True) if mono else y))
            if sum(part.size for part in parts) > _MAX_LOADED_VALUES:
                raise UnusableAudioError(
                    stream.path, "too long for memory; use open_audio or give duration_s"
                )
        if not parts:
            raise DecodeError(stream.path, f"it ends before offset_s = {offset_s:g} s")
        y = np.concatenate([*parts, resampler.flush()], axis=-1)
        return Audio(
            y=y[0] if mono else y,
            sample_rate=sr or stream.sample_rate,
            tags=stream.tags,
            warnings=tuple(stream.warnings),
        )


def _choose_decoder(fd: int, path: str) -> Decoder:
    start = os.pread(fd, 4, 0)
    if start in _UNCOMPRESSED and (decoder := _open_with_libsndfile(fd, path)):
        return decoder
    # Imported here: `import reprise.audio` must stay cheap.
    from reprise.audio.ffmpeg import FfmpegDecoder

    try:
        return FfmpegDecoder(fd, path)
    except DecodeError:
        if not start.startswith(_MPEG) and (decoder := _open_with_libsndfile(fd, path)):
            return decoder
        raise


def _open_with_libsndfile(fd: int, path: str) -> Decoder | None:
    # Imported here: libsndfile takes 50 ms to load, and most files of music do without it.
    from reprise.audio.sndfile import SndfileDecoder

    with suppress(DecodeError):
        decoder = SndfileDecoder(fd, path)
        if not decoder.is_mpeg:
            return decoder
        decoder.close()
    return None


def _read_header(decoder: Decoder, fd: int, path: str) -> Header:
    from reprise.audio import ffmpeg

    if isinstance(decoder, ffmpeg.FfmpegDecoder):
        return decoder.header
    try:
        return ffmpeg.read_header(fd, path)
    except DecodeError:  # libsndfile knows some formats that FFmpeg does not
        return ffmpeg.Header(metadata={}, declared_s=None)


def _require_usual(path: str, sample_rate: int, channels: int) -> None:
    if not MIN_SAMPLE_RATE_HZ <= sample_rate <= MAX_SAMPLE_RATE_HZ:
        raise UnusableAudioError(path, f"a sample rate of {sample_rate} Hz; 4 kHz to 768 kHz can be analysed")
    if not 1 <= channels <= MAX_CHANNELS:
        raise UnusableAudioError(path, f"it has {channels} channels; 1 to {MAX_CHANNELS} can be analysed")


def _reblock(chunks: Iterator[FloatArray], channels: int, size: int) -> Iterator[FloatArray]:
    """Cut and join chunks of any length into blocks of `size` samples, the last one shorter."""
    block, filled = np.empty((channels, size), dtype=np.float32), 0
    for chunk in chunks:
        used = 0
        while used < chunk.shape[-1]:
            n = min(size - filled, chunk.shape[-1] - used)
            block[:, filled : filled + n] = chunk[:, used : used + n]
            used, filled = used + n, filled + n
            if filled == size:
                yield block
                block, filled = np.empty((channels, size), dtype=np.float32), 0
    if filled:
        yield block[:, :filled].copy()


def excerpt(blocks: Iterator[FloatArray], start: int, stop: int | None) -> Iterator[FloatArray]:
    """Cut a stream of blocks to a range of samples, reading no further.

    Parameters
    ----------
    blocks : iterator of float32 arrays, shape (channels, n)
        The stream, from its start.
    start : int
        The first sample.
    stop : int or None
        The one after the last; ``None`` for all there are.

    Yields
    ------
    float32 array, shape (channels, n)
        Never empty.
    """
    position = 0
    for y in blocks:
        first, last = max(0, start - position), y.shape[-1] if stop is None else stop - position
        if y[:, first:last].size:
            yield y[:, first:last]
        position += y.shape[-1]
        if stop is not None and position >= stop:
            return
