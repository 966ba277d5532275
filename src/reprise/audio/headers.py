"""What a file declares about its own length, where no library passes it on."""

from __future__ import annotations

import os
import struct

__all__ = ["ends_without_last_page", "wav_declared_s"]

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_MAX_OGG_PAGE_BYTES = 65307
_MAX_CHUNKS = 100


def wav_declared_s(fd: int) -> float | None:
    """Read the length that a WAV file's header declares; libsndfile and FFmpeg cut it to what is there.

    Parameters
    ----------
    fd : int
        The file, open for reading.

    Returns
    -------
    float or None
        Seconds; ``None`` where it is no uncompressed WAV, or was written to a pipe and states no length.
    """
    start = os.pread(fd, 12, 0)
    if start[:4] != b"RIFF" or start[8:] != b"WAVE":
        return None
    position, bytes_per_s = 12, 0
    for _ in range(_MAX_CHUNKS):
        chunk = os.pread(fd, 34, position)
        if len(chunk) < 8:
            return None
        size = int.from_bytes(chunk[4:8], "little")
        if chunk[:4] == b"data":
            return size / bytes_per_s if bytes_per_s and not _is_placeholder(size) else None
        if chunk[:4] == b"fmt " and len(chunk) == 34:
            codec, _, sample_rate, _, frame_bytes, _, _, _, _, extended = struct.unpack_from(
                "<HHIIHHHHIH", chunk, 8
            )
            codec = extended if codec == _EXTENSIBLE else codec
            bytes_per_s = sample_rate * frame_bytes if codec in (_PCM, _FLOAT) else 0
        position += 8 + size + size % 2
    return None


def _is_placeholder(size: int) -> bool:
    """Whether a writer that could not go back put in the largest number it knew: 2³¹ or 2³² less a header."""
    return size == 0 or any(-4096 <= size - limit < 0 for limit in (1 << 31, 1 << 32))


def ends_without_last_page(fd: int) -> bool:
    """Whether an Ogg file lacks the page marked as its last; its headers state no length to compare with.

    Parameters
    ----------
    fd : int
        The file, open for reading.
    """
    if os.pread(fd, 4, 0) != b"OggS":
        return False
    size = os.fstat(fd).st_size
    tail = os.pread(fd, 2 * _MAX_OGG_PAGE_BYTES, max(0, size - 2 * _MAX_OGG_PAGE_BYTES))
    page = tail.rfind(b"OggS")
    return page < 0 or len(tail) < page + 6 or not tail[page + 5] & 0x04
