"""Frames of ID3v2: taken apart, their texts read and written.

References
----------
ID3 tag version 2.3.0, https://id3.org/id3v2.3.0; version 2.4.0, https://id3.org/id3v2.4.0-structure and
https://id3.org/id3v2.4.0-frames; version 2.2.0, https://id3.org/id3v2-00.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reprise.audio.tag_files.names import text_of

__all__ = [
    "Frame",
    "resynchronised",
    "split_frames",
    "syncsafe",
    "syncsafe_bytes",
    "text_frame",
    "unsynchronised",
]

MAX_FRAMES = 10_000
MAX_TEXTS = 10_000

_FRAME_ID = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]")
_OLD_FRAME_ID = re.compile(rb"[A-Z][A-Z0-9]{2}")

# Bits of a frame's second byte of flags, in version 2.3 and in 2.4.
_COMPRESSED, _ENCRYPTED, _GROUPED = {3: 0x80, 4: 0x08}, {3: 0x40, 4: 0x04}, {3: 0x20, 4: 0x40}
_UNSYNCHRONISED, _HAS_LENGTH = 0x02, 0x01


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame as it stands in the tag.

    Attributes
    ----------
    id : str
        Four characters, three in version 2.2.
    flags : int
        Two bytes.
    body : bytes
        Everything after the frame's header.
    version : int
        2, 3 or 4.
    """

    id: str
    flags: int
    body: bytes
    version: int

    def packed(self) -> bytes:
        """Return header and body for a tag of the same version."""
        size = syncsafe_bytes(len(self.body)) if self.version == 4 else len(self.body).to_bytes(4, "big")
        return self.id.encode("latin-1") + size + self.flags.to_bytes(2, "big") + self.body

    def texts(self, is_unsynchronised: bool) -> list[str]:
        """Return the strings of a text frame; none where it is encrypted or compressed.

        Parameters
        ----------
        is_unsynchronised : bool
            What the tag's header says of all frames of version 2.4.
        """
        body = self._content(is_unsynchronised)
        return _decoded(body[0], body[1:]) if body else []

    def _content(self, is_unsynchronised: bool) -> bytes:
        if self.version == 2:
            return self.body
        low = self.flags & 0xFF
        # Next to nobody compresses text, and what unpacks without end would have to be bounded over all frames.
        if low & (_ENCRYPTED[self.version] | _COMPRESSED[self.version]):
            return b""
        skipped = 4 if self.version == 4 and low & _HAS_LENGTH else 0
        skipped += 1 if low & _GROUPED[self.version] else 0
        if self.version == 4 and (low & _UNSYNCHRONISED or is_unsynchronised):
            return resynchronised(self.body)[skipped:]
        return self.body[skipped:]


def split_frames(data: bytes, version: int) -> tuple[tuple[Frame, ...], bool]:
    """Take the frames of a tag apart.

    Parameters
    ----------
    data : bytes
        The tag after its headers; for versions 2.2 and 2.3 resynchronised.
    version : int
        2, 3 or 4.

    Returns
    -------
    tuple of Frame
        All until the padding, or until something is no frame.
    bool
        Whether nothing but frames and padding was found.
    """
    frames, is_whole = _split(data, version, is_syncsafe=version == 4)
    if version == 4 and not is_whole:
        # Old versions of iTunes wrote the sizes of large frames as plain integers.
        plain, is_plain_whole = _split(data, version, is_syncsafe=False)
        if is_plain_whole:
            return plain, True
    return frames, is_whole


def _split(data: bytes, version: int, is_syncsafe: bool) -> tuple[tuple[Frame, ...], bool]:
    frames: list[Frame] = []
    position, width = 0, 6 if version == 2 else 10
    pattern = _OLD_FRAME_ID if version == 2 else _FRAME_ID
    while position + width <= len(data) and data[position]:
        found = pattern.match(data, position)
        if not found or len(frames) == MAX_FRAMES:
            return tuple(frames), False
        digits = data[found.end() : found.end() + (3 if version == 2 else 4)]
        if is_syncsafe and max(digits) > 0x7F:
            return tuple(frames), False
        size = syncsafe(digits) if is_syncsafe else int.from_bytes(digits, "big")
        flags = 0 if version == 2 else int.from_bytes(data[position + 8 : position + 10], "big")
        position += width
        if size > len(data) - position:
            return tuple(frames), False
        body = data[position : position + size]
        frames.append(Frame(id=found[0].decode("latin-1"), flags=flags, body=body, version=version))
        position += size
    return tuple(frames), not any(data[position:])


def text_frame(frame_id: str, texts: list[str], version: int, is_unsynchronised: bool) -> Frame:
    """Make a text frame of version 2.3 or 2.4.

    Parameters
    ----------
    frame_id : str
        Such as ``"TBPM"``; ``"TXXX"`` has its description as the first text.
    texts : list of str
        The strings, which NUL separates.
    version : int
        3 gives ASCII or UTF-16, 4 gives ASCII or UTF-8.
    is_unsynchronised : bool
        What the tag's header says of all frames; no bytes of these texts differ for it in version 2.4.
    """
    joined = "\0".join(texts)
    if joined.isascii():
        body = b"\0" + joined.encode("ascii")
    elif version == 4:
        body = b"\x03" + joined.encode()
    else:
        # Every string has its own mark of byte order.
        body = b"\x01" + b"\0\0".join(b"\xff\xfe" + text.encode("utf-16-le") for text in texts)
    flags = _UNSYNCHRONISED if version == 4 and is_unsynchronised else 0
    return Frame(id=frame_id, flags=flags, body=body, version=version)


def _decoded(encoding: int, raw: bytes) -> list[str]:
    if encoding in (1, 2):
        return _decoded_utf16(raw, "utf-16-be" if encoding == 2 else "utf-16-le")
    if encoding == 0:
        return raw.decode("latin-1").split("\0", MAX_TEXTS)[:MAX_TEXTS]
    return [text_of(part) for part in raw.split(b"\0", MAX_TEXTS)[:MAX_TEXTS]] if encoding == 3 else []


def _decoded_utf16(raw: bytes, order: str) -> list[str]:
    texts, start = [], 0
    for end in [*_utf16_ends(raw), len(raw) - len(raw) % 2]:
        part = raw[start:end]
        if part[:2] in (b"\xff\xfe", b"\xfe\xff"):
            order = "utf-16-le" if part[0] == 0xFF else "utf-16-be"
            part = part[2:]
        texts.append(part.decode(order, "replace"))
        start = end + 2
    return texts


def _utf16_ends(raw: bytes) -> list[int]:
    """Return where NULs of two bytes stand, counted in whole characters."""
    ends: list[int] = []
    at = raw.find(b"\0\0")
    while at >= 0 and len(ends) < MAX_TEXTS:
        if at % 2:
            at = raw.find(b"\0\0", at + 1)
            continue
        ends.append(at)
        at = raw.find(b"\0\0", at + 2)
    return ends


def unsynchronised(data: bytes) -> bytes:
    """Put a zero byte wherever a decoder could take two bytes for the start of audio."""
    return re.sub(rb"\xff(?=[\xe0-\xff\x00]|\Z)", b"\xff\x00", data)


def resynchronised(data: bytes) -> bytes:
    """Take the zero bytes out again that `unsynchronised` put in."""
    return data.replace(b"\xff\x00", b"\xff")


def syncsafe(digits: bytes) -> int:
    """Decode an integer of seven bits a byte."""
    value = 0
    for digit in digits:
        value = value << 7 | digit & 0x7F
    return value


def syncsafe_bytes(value: int) -> bytes:
    """Encode an integer below 2²⁸ in four bytes of seven bits."""
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))
