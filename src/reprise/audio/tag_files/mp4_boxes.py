"""The boxes that MP4 is made of: found, followed by a path, and replaced within their parents.

References
----------
ISO/IEC 14496-12, ISO base media file format, sections 4.2, 8.7.5 and 8.10.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reprise.audio.tag_files.file_bytes import OpenFile

__all__ = ["Box", "box", "boxes", "first", "moved_chunks", "spliced", "top_boxes", "whole"]

_MAX_TOP_BOXES = 10_000
_MAX_BOXES = 100_000
_DAMAGED = "its MP4 boxes are damaged: one claims to be larger than what it is in"


class Box(NamedTuple):
    """Where a box lies, in the file or in a part of it."""

    kind: bytes
    start: int
    header: int
    size: int

    @property
    def content(self) -> int:
        """Where its content begins."""
        return self.start + self.header

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + self.size


def box(kind: bytes, content: bytes) -> bytes:
    """Make a box."""
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def top_boxes(file: OpenFile) -> list[Box]:
    """Find the boxes of a whole file.

    Raises
    ------
    TagError
        If their sizes do not fit the file.
    """
    found: list[Box] = []
    position = 0
    while position < file.size:
        found.append(_box(file.peek(position, 16), position, file.size, file, False))
        position = found[-1].end
        if len(found) > _MAX_TOP_BOXES:
            raise file.error(f"it has more than {_MAX_TOP_BOXES} MP4 boxes one after another")
    return found


def boxes(data: bytes, start: int, end: int, file: OpenFile) -> list[Box]:
    """Find the boxes in a part of the file that was read.

    Parameters
    ----------
    data : bytes
        The part.
    start, end : int
        Where the boxes begin and end in it; fewer than 8 bytes at the end are QuickTime's terminator.
    file : OpenFile
        The file, for errors.
    """
    found: list[Box] = []
    while end - start >= 8:
        found.append(_box(data[start : start + 16], start, end, file, True))
        start = found[-1].end
        if len(found) > _MAX_BOXES:
            raise file.error(f"it has more than {_MAX_BOXES} MP4 boxes in another")
    return found


def _box(header: bytes, start: int, end: int, file: OpenFile, is_inner: bool) -> Box:
    size, length = int.from_bytes(header[:4], "big"), 8
    if size == 1:
        size, length = int.from_bytes(header[8:16], "big"), 16
    elif size == 0 and not is_inner:  # to the file's end
        size = end - start
    if len(header) < length or not length <= size <= end - start:
        raise file.error(_DAMAGED)
    return Box(header[4:8], start, length, size)


def whole(data: bytes) -> Box:
    """Return the box that something read is, also where its size only says that it goes on to the file's end."""
    return Box(data[4:8], 0, 16 if data[:4] == b"\0\0\0\1" else 8, len(data))


def first(found: list[Box], kind: bytes) -> Box | None:
    """Return the first box of a kind."""
    return next((one for one in found if one.kind == kind), None)


def spliced(data: bytes, parents: list[Box], start: int, end: int, new: bytes) -> bytearray:
    """Replace a part of a box, and correct the sizes of all that it lies in.

    Parameters
    ----------
    data : bytes
        The outermost box.
    parents : list of Box
        It and all boxes around the part.
    start, end : int
        The part.
    new : bytes
        What takes its place.

    Raises
    ------
    OverflowError
        If a parent grows beyond 4 GiB.
    """
    changed = bytearray(data)
    growth = len(new) - (end - start)
    for parent in parents:
        size = parent.size + growth
        if parent.header == 16:
            changed[parent.start + 8 : parent.start + 16] = size.to_bytes(8, "big")
        else:
            changed[parent.start : parent.start + 4] = size.to_bytes(4, "big")
    changed[start:end] = new
    return changed


def moved_chunks(moov: bytearray, after: int, shift: int, file: OpenFile) -> int:
    """Move the places of chunks of audio that lie behind a place in the file.

    Parameters
    ----------
    moov : bytearray
        The box ``moov``, which is changed.
    after : int
        The place.
    shift : int
        By how many bytes; 0 counts only.
    file : OpenFile
        The file, for errors.

    Returns
    -------
    int
        How many chunks lie behind the place.

    Raises
    ------
    TagError
        If there are places that are not known here, or a chunk would lie beyond 4 GiB in a table of 32 bits.
    """
    count = 0
    for table in _tables(moov, file):
        is_wide = table.kind == b"co64"
        width = 8 if is_wide else 4
        entries = int.from_bytes(moov[table.content + 4 : table.content + 8], "big")
        if table.content + 8 + entries * width > table.end:
            raise file.error(_DAMAGED)
        places = np.frombuffer(moov, ">u8" if is_wide else ">u4", entries, table.content + 8).copy()
        behind = places >= after
        count += int(np.count_nonzero(behind))
        if not shift or not behind.any():
            continue
        # The places cannot overflow 64 bits: they are compared with the size of a real file first.
        if int(places.max()) > file.size:
            raise file.error("its MP4 index points beyond the file's end; it is cut off")
        if not is_wide and int(places[behind].max()) + shift >= 1 << 32:
            raise file.error("it is close to 4 GiB, and its MP4 index has no room for larger places")
        places[behind] = (places[behind].astype(np.int64) + shift).astype(places.dtype)
        moov[table.content + 8 : table.content + 8 + entries * width] = places.tobytes()
    return count


def _tables(moov: bytearray, file: OpenFile) -> list[Box]:
    """Return the tables of chunks of all tracks."""
    data, tables = bytes(moov), []
    root = whole(data)
    for trak in (one for one in boxes(data, root.content, root.end, file) if one.kind == b"trak"):
        inner: Box | None = trak
        for kind in (b"mdia", b"minf", b"stbl"):
            inner = inner and first(boxes(data, inner.content, inner.end, file), kind)
        if inner is None:
            continue
        stbl = boxes(data, inner.content, inner.end, file)
        if first(stbl, b"saio"):
            raise file.error("it is encrypted; its tags are not written")
        tables += [one for one in stbl if one.kind in (b"stco", b"co64") and one.size >= one.header + 8]
    return tables
