"""Decoding and reading metadata through FFmpeg (PyAV).

FFmpeg reads every compressed format here. It is as fast as libsndfile or faster, passes over damaged parts
where libsndfile stops, and reads a variable-rate MP3 without a header to its true end;
docs/reference/formats.md has the figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from reprise.errors import DecodeError

__all__ = ["FfmpegDecoder", "Header", "open_container", "read_header"]

_INTEGER_SCALES = {"u8": 2.0**-7, "s16": 2.0**-15, "s32": 2.0**-31}

_DIRECT_FORMATS = frozenset({*_INTEGER_SCALES, "flt", "dbl"})

_CHUNK_VALUES = 1 << 17
"""Samples of all channels that become an array at once."""

_GUESSED = frozenset({"aac", "ac3", "eac3", "dts", "dtshd", "truehd", "mlp", "amr", "loas", "mpeg", "mpegts"})
"""Formats whose duration FFmpeg guesses from the bit rate: no header declares one."""

_SIZED_BY_PCM = frozenset({"aiff", "au", "avi", "w64", "wav"})
"""Formats whose duration follows from the size of their data if all samples take the same number of bits."""

_PATIENCE_S = 10.0
"""What one opening or reading may take; only a file made to stall FFmpeg comes near it."""

_MAX_DAMAGED_RUN = 5000
"""So many packets without a sample are some two minutes of music: the rest is not audio."""

_PLANES_THAT_PYAV_COUNTS = 7
"""PyAV counts planes up to a null pointer, which FFmpeg does not set from 8 on: reading those would crash."""


def open_container(fd: int, path: str, **options: str) -> Any:
    """Open a file with FFmpeg, which sees this descriptor and nothing else.

    Parameters
    ----------
    fd : int
        The file, open for reading; it stays the caller's to close.
    path : str
        Its name, for errors.
    **options : str
        Options of FFmpeg's demuxers.

    Returns
    -------
    av.container.InputContainer
        To be closed by the caller.

    Raises
    ------
    DecodeError
        If FFmpeg does not know the format.
    """
    os.lseek(fd, 0, os.SEEK_SET)
    try:
        return av.open(
            "fd:",
            # Only this descriptor: a playlist in disguise can name neither another file nor an address.
            options={"fd": str(fd), "protocol_whitelist": "fd", **options},
            # What is not UTF-8 stays recognisable, and `reprise.audio.tags` reads it another way.
            metadata_errors="surrogateescape",
            timeout=_PATIENCE_S,
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise DecodeError(path, "no known audio format, or a file cut off before its index") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What a container says before a sample is decoded.

    Attributes
    ----------
    metadata : mapping of str to str
        All that the container and its first audio stream say about themselves, the container first.
    declared_s : float or None
        The length that it declares, in seconds; ``None`` where FFmpeg could only guess from the bit rate.
    """

    metadata: Mapping[str, str]
    declared_s: float | None


def read_header(fd: int, path: str) -> Header:
    """Read a file's header, without decoding anything.

    Parameters
    ----------
    fd : int
        The file, open for reading; it stays the caller's to close.
    path : str
        Its name, for errors.

    Raises
    ------
    DecodeError
        If FFmpeg does not know the format.
    """
    # A small probe: FFmpeg else searches half a second of PCM for a hidden DTS stream, 17 ms for every WAV.
    position = os.lseek(fd, 0, os.SEEK_CUR)
    try:
        with open_container(fd, path, probesize="5000", analyzeduration="0") as container:
            return _header(container)
    finally:
        # FFmpeg's copy of the descriptor shares its position, and libsndfile may be about to read on.
        os.lseek(fd, position, os.SEEK_SET)


def _header(container: Any) -> Header:
    metadata, guessed = container.metadata, container.format.name in _GUESSED
    for stream in container.streams.audio[:1]:
        # Ogg keeps a track's title with the stream; in Matroska a stream's own title is "Surround 5.1".
        metadata = stream.metadata | metadata
        guessed |= _is_guessed(container.format.name, stream)
    declared_s = None if guessed or not container.duration else float(container.duration / av.time_base)
    return Header(metadata=metadata, declared_s=declared_s)


def _is_guessed(container_name: str, stream: Any) -> bool:
    if container_name == "mp3":
        # Only a Xing header, which states the length too, gives the encoder's delay and so a start time.
        return not stream.start_time
    codec = stream.codec_context.name if stream.codec_context else ""
    return container_name in _SIZED_BY_PCM and not codec.startswith("pcm_")


class FfmpegDecoder:
    """Decode the first audio stream of one file with FFmpeg.

    Parameters
    ----------
    fd : int
        The file, open for reading; it stays the caller's to close.
    path : str
        Its name, for errors.

    Raises
    ------
    DecodeError
        If FFmpeg does not know the format, there is no audio stream, or not one frame of it can be decoded.
    """

    def __init__(self, fd: int, path: str) -> None:
        self.warnings: list[str] = []
        self._damaged = 0
        self._resampler: Any = None
        self._changes = False
        self._resampled_from: tuple[int, str, str] | None = None
        self._container = open_container(fd, path)
        try:
            self._select_stream(path)
        except BaseException:
            self._container.close()
            raise

    def _select_stream(self, path: str) -> None:
        streams = self._container.streams
        if not streams.audio:
            raise DecodeError(path, "there is no audio in it" + (", only pictures" if streams.video else ""))
        self._stream = streams.audio[0]
        for other in streams:
            if other.index != self._stream.index:
                other.discard = av.stream.Discard.all
        if self._stream.codec_context is None:
            raise DecodeError(path, "FFmpeg has no decoder for its audio; convert it to FLAC or WAV")
        # Workers are the way to use more cores; threads under each of them would only contend.
        self._stream.codec_context.thread_count = 1
        self._frames = self._decoded()
        # The header of some streams (HE-AAC) tells half the rate that the samples come in.
        self._first = next(self._frames, None)
        if self._first is None:
            raise DecodeError(path, "its audio is damaged: not one frame of it can be decoded")
        self.sample_rate: int = self._first.sample_rate
        self._layout, self._time_base = self._first.layout, self._first.time_base
        self.channels: int = self._layout.nb_channels
        sample_format = self._first.format
        is_direct = sample_format.name.rstrip("p") in _DIRECT_FORMATS
        if not is_direct or (sample_format.is_planar and self.channels > _PLANES_THAT_PYAV_COUNTS):
            self._target = ("flt", self._layout.name, self.sample_rate)
        else:
            self._target = (sample_format.name, self._layout.name, self.sample_rate)
        self.header = _header(self._container)

    def _decoded(self) -> Iterator[Any]:
        run = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = packet.decode()
                except av.InvalidDataError:
                    self._damaged, run = self._damaged + 1, run + 1
                    if run > _MAX_DAMAGED_RUN:
                        return
                    continue
                run = 0
                yield from frames
        except av.EOFError:
            pass
        except (av.FFmpegError, OSError) as error:
            self.warnings.append(f"reading stopped early: {error.strerror}")

    def chunks(self) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the samples in order as arrays of shape (channels, n), -1..1."""
        # Frames are short (26 ms of MP3): joining them before they become arrays saves a fifth of the time.
        size = max(1, _CHUNK_VALUES // self.channels)
        joined = av.AudioFifo()
        for frame in chain((self._first,), self._frames):
            for like_first in self._uniform(frame):
                like_first.pts = None
                joined.write(like_first)
            if joined.samples >= size:
                yield self._samples(joined.read())
        if joined.samples:
            yield self._samples(joined.read())
        if self._damaged:
            self.warnings.append(f"damaged in {self._damaged} places, which were passed over")

    def _samples(self, frame: Any) -> npt.NDArray[np.float32]:
        y = frame.to_ndarray()
        if not frame.format.is_planar:
            y = y.reshape(-1, self.channels).T
        return _as_float(y, frame.format.name.rstrip("p"))

    def _uniform(self, frame: Any) -> list[Any]:
        """Convert a frame that is unlike the first one, or of a kind that PyAV cannot hand over."""
        origin = (frame.format.name, frame.layout.name, frame.sample_rate)
        if origin == self._target:
            return [frame]
        rate_or_channels = (frame.sample_rate, frame.layout.nb_channels)
        if rate_or_channels != (self.sample_rate, self.channels) and not self._changes:
            self._changes = True
            self.warnings.append(
                "its rate or number of channels changes on the way; "
                f"all of it was converted to {self.sample_rate} Hz and {self.channels} channels"
            )
        try:
            if self._resampled_from != origin:
                sample_format, _, rate = self._target
                self._resampler = av.AudioResampler(format=sample_format, layout=self._layout, rate=rate)
                self._resampled_from = origin
            converted = list(self._resampler.resample(frame))
        except (av.FFmpegError, ValueError):  # a damaged frame may claim a layout that there is not
            self._damaged, self._resampled_from = self._damaged + 1, None
            return []
        for like_first in converted:
            like_first.time_base = self._time_base  # AudioFifo joins no others
        return converted

    def close(self) -> None:
        """Free what FFmpeg holds."""
        self._container.close()


def _as_float(y: npt.NDArray[Any], sample_format: str) -> npt.NDArray[np.float32]:
    scale = _INTEGER_SCALES.get(sample_format)
    if scale is None:
        return y.astype(np.float32, copy=False)
    y = y.astype(np.float32)
    if sample_format == "u8":
        y -= 128.0
    y *= np.float32(scale)
    return y
