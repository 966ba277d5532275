"""What identifies the audio in a file whatever its tags say: a hash over its encoded packets."""

from __future__ import annotations

import hashlib
import os
from os import PathLike
from typing import Any

import av

from reprise.audio.ffmpeg import open_container
from reprise.audio.source import open_regular_file
from reprise.errors import DecodeError

__all__ = ["audio_hash"]

_DIGEST_BYTES = 16

_GROWTH = 4
"""No honest file unpacks to more than so many times its size; an index may list the same bytes again and again."""

_MIN_BOUND_BYTES = 1 << 24


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
        return _digest(container, stream, codec, path, os.fstat(fd).st_size)


def _digest(container: Any, stream: Any, codec: str, path: str, size: int) -> str:
    hasher = hashlib.blake2b(codec.encode() + b"\0", digest_size=_DIGEST_BYTES)
    total, bound = 0, _MIN_BOUND_BYTES + _GROWTH * size
    try:
        for packet in container.demux(stream):
            if packet.size:
                hasher.update(packet)
                total += packet.size
            if total > bound:
                raise DecodeError(path, "its index lists more audio than the file can hold")
    except av.ExitError as error:  # it took too long: how far it came depends on the machine
        raise DecodeError(path, "reading it takes too long; it may have been made for that") from error
    except (av.FFmpegError, OSError):
        pass  # damage ends the audio here, every time at the same packet
    if not total:
        raise DecodeError(path, "not one packet of audio can be read from it")
    return hasher.hexdigest()
