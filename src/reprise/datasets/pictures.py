"""Arrays of grey levels as PNG files, for eyes and for programs that want pictures."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.arrays import ArrayStore
from reprise.errors import DatasetError

__all__ = ["picture_name", "png", "write_pictures"]

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f"%*/:<>?\\|]')


def png(grey: npt.NDArray[np.uint8]) -> bytes:
    """Encode a picture.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)
        Black is 0.

    Returns
    -------
    bytes
        A PNG of 8 bits a pixel.

    References
    ----------
    .. [1] "Portable Network Graphics (PNG) Specification." W3C, 2003.
    """
    height, width = grey.shape
    # Each row begins with its filter: 1 stores differences from the pixel on the left, which pack better.
    differences = np.diff(grey, axis=1, prepend=np.uint8(0))
    rows = np.column_stack([np.ones(height, np.uint8), differences]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def picture_name(clip: str) -> str:
    """Name a clip's file: its id, percent-encoded where a file name cannot have it."""
    return _NOT_IN_NAMES.sub(lambda match: f"%{ord(match[0]):02X}", clip) + ".png"


def write_pictures(arrays: ArrayStore, folder: Path) -> int:
    """Write every array as a PNG named by its clip; those that are there already are left alone.

    Parameters
    ----------
    arrays : ArrayStore
        Of uint8 arrays of shape (height, width): the set ``image``.
    folder : Path
        Is made.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    DatasetError
        If the arrays are no pictures, or a file cannot be written.
    """
    n = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = {path.name for path in folder.glob("*.png")}
        for shard in arrays.shards():
            if shard.values.dtype != np.uint8 or shard.values.ndim != 3:
                raise DatasetError(f"{arrays.folder}: these arrays are no pictures")
            for clip, grey in zip(shard.ids, shard.values, strict=True):
                if (name := picture_name(clip)) not in present:
                    _write(folder / name, png(grey))
                    n += 1
    except OSError as error:
        raise DatasetError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return n


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
