"""What identifies the audio in a file whatever its tags say: a hash over its encoded packets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from os import PathLike
from typing import Any

import av

from reprise.audio.ffmpeg import open_container
from reprise.audio.source import open_regular_file
from reprise.errors import DecodeError

__all__ = ["audio_end", "audio_hash"]

_DIGEST_BYTES = 16

_GROWTH = 4
"""No honest file unpacks to more than so many times its size; an index may list the same bytes again and again."""

_MIN_BOUND_BYTES = 1 << 24

_TAIL_BYTES = 128
_MAX_TAGS_AT_END = 4

_UNFRAMED = frozenset({"aac", "flac", "mp3"})
"""Formats whose audio goes on to the file's end for FFmpeg, with the tags that others put there."""


def audio_hash(path: str | PathLike[str]) -> str:
    """Hash the encoded audio of a file, without decoding it.

    Parameters
    ----------
    path : str or path-like
        Any file of audio that FFmpeg can read. Its first audio stream counts, the one that is analysed.

    Returns
    -------
    str
        BLAKE2b over the codec's name and the bytes of all packets, 32 hexadecimal digits. Tags, pictures and
        padding do not count, nor does how packets are arranged in pages or chunks. Another encoding of the same
        recording has another hash.

    Raises
    ------
    DecodeError
        If there is no such file, it is not audio, not one packet of audio can be read, or reading it takes so
        long that it must have been made for that.
    """
    name = os.fsdecode(path)
    fd = open_regular_file(name)
    try:
        # A small probe suffices for most, and spares FFmpeg half a second of decoding; see `ffmpeg.read_header`.
        digest = _hashed(fd, name, probesize="5000", analyzeduration="0") or _hashed(fd, name)
    finally:
        os.close(fd)
    if digest is None:
        raise DecodeError(name, "there is no audio in it")
    return digest


def _hashed(fd: int, path: str, **options: str) -> str | None:
    """Return the hash; ``None`` where no stream of audio was found."""
    with open_container(fd, path, **options) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        for other in container.streams:
            if other.index != stream.index:
                other.discard = av.stream.Discard.all
        codec = stream.codec_context.name if stream.codec_context else "unknown"
        size = os.fstat(fd).st_size
        end = audio_end(fd, size) if container.format.name in _UNFRAMED else size
        return _digest(container.demux(stream), codec, path, (size, end))


def _digest(packets: Iterable[Any], codec: str, path: str, extent: tuple[int, int]) -> str:
    """Hash the packets of a file of some size whose audio ends at some place."""
    size, end = extent
    hasher = hashlib.blake2b(codec.encode() + b"\0", digest_size=_DIGEST_BYTES)
    total, bound = 0, _MIN_BOUND_BYTES + _GROWTH * size
    try:
        for packet in packets:
            length = packet.size
            if packet.pos is not None and packet.pos + length > end:
                length = max(0, end - packet.pos)
            if length:
                hasher.update(memoryview(packet)[:length])
                total += length
            if total > bound:
                raise DecodeError(path, "its index lists more audio than the file can hold")
    except av.ExitError as error:  # it took too long: how far it came depends on the machine
        raise DecodeError(path, "reading it takes too long; it may have been made for that") from error
    except (av.FFmpegError, OSError):
        pass  # damage ends the audio here, every time at the same packet
    if not total:
        raise DecodeError(path, "not one packet of audio can be read from it")
    return hasher.hexdigest()


def audio_end(fd: int, size: int) -> int:
    """Find where the tags begin that stand at the end of a file: ID3v1, APEv2 and Lyrics3.

    Parameters
    ----------
    fd : int
        The file, open for reading.
    size : int
        Its size in bytes.

    Returns
    -------
    int
        The file's size, where there are none.
    """
    end = size
    for _ in range(_MAX_TAGS_AT_END):
        length = _tag_length(os.pread(fd, min(end, _TAIL_BYTES), max(0, end - _TAIL_BYTES)))
        if not 0 < length < end:
            break
        end -= length
    return end


def _tag_length(tail: bytes) -> int:
    """Return the length of the tag that ends here, 0 where none does."""
    if tail[-_TAIL_BYTES:-125] == b"TAG":  # ID3v1
        return _TAIL_BYTES
    if tail[-32:-24] == b"APETAGEX":
        header = 32 if tail[-9] & 0x80 else 0
        return int.from_bytes(tail[-20:-16], "little") + header
    if tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
        return int(tail[-15:-9]) + 15
    return 0
