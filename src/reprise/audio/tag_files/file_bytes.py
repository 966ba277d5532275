"""An open file as the formats see it: exact reads, and the pieces that its changed copy is made of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from reprise.errors import TagError

__all__ = ["Edit", "Fields", "OpenFile", "Piece", "Span", "TagFile", "piece_bytes"]

Fields = Mapping[str, tuple[str, ...]]
"""Values under neutral names; a name that maps to ``()`` is to be removed, or was not there."""

_COPIED_AT_ONCE = 1 << 20


class Span(NamedTuple):
    """A stretch of the old file that is taken over as it is."""

    start: int
    length: int


Piece = bytes | Span


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenFile:
    """A regular file that is open for reading.

    Attributes
    ----------
    fd : int
        Its descriptor; only positioned reads are used.
    path : str
        Its name, for errors.
    size : int
        In bytes, when it was opened.
    """

    fd: int
    path: str
    size: int

    def read(self, start: int, length: int) -> bytes:
        """Return exactly these bytes.

        Raises
        ------
        TagError
            If the file ends before, or cannot be read.
        """
        data = self.peek(start, length)
        if len(data) != length:
            raise self.error("it is cut off, or a size in it is wrong; copy or download it again")
        return data

    def peek(self, start: int, length: int) -> bytes:
        """Return these bytes, or fewer where the file ends."""
        if length <= 0 or start >= self.size:
            return b""
        # Never more is asked for than there is: a size that lies costs no memory.
        left, parts = min(length, self.size - start), []
        while left:
            try:
                part = os.pread(self.fd, left, start)
            except OSError as error:
                raise self.error(f"reading failed: {error.strerror}") from error
            if not part:
                break
            parts.append(part)
            start, left = start + len(part), left - len(part)
        return b"".join(parts)

    def error(self, reason: str) -> TagError:
        """Return the error to raise about this file."""
        return TagError(self.path, reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A changed file that is not written yet.

    Attributes
    ----------
    pieces : iterable of bytes or Span
        The new file from start to end; may be gone through once.
    fields : mapping of str to tuple of str
        What can be read from it.
    """

    pieces: Iterable[Piece]
    fields: Fields


class TagFile(Protocol):
    """What each format gives: the fields that are there, and the file as it would be with others."""

    format: str
    fields: Fields

    def edited(self, updates: Fields) -> Edit:
        """Set fields, or remove those that map to ``()``; raise `TagError` where that cannot be done."""


def piece_bytes(file: OpenFile, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the content of a changed file, a megabyte at a time.

    Parameters
    ----------
    file : OpenFile
        The old file.
    pieces : iterable of bytes or Span
        What the new one is made of.
    """
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        start, left = piece
        while left:
            part = file.read(start, min(left, _COPIED_AT_ONCE))
            yield part
            start, left = start + len(part), left - len(part)
