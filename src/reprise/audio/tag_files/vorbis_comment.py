"""The comment packet that FLAC, Ogg Vorbis and Opus share.

References
----------
Ogg Vorbis I format specification: comment field and header specification,
https://xiph.org/vorbis/doc/v-comment.html; RFC 7845, section 5.2; RFC 9639, section 8.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reprise.audio.tag_files.file_bytes import Fields, OpenFile
from reprise.audio.tag_files.names import PICTURES, gathered, text_of

__all__ = ["OUR_VENDOR", "Comments", "parse_comments"]

OUR_VENDOR = b"Reprise"
"""The vendor string of comments in a file that had none."""

MAX_COMMENTS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Comments:
    """The content of a comment packet, comments as they stand in it.

    Attributes
    ----------
    vendor : bytes
        The encoder's name.
    comments : tuple of bytes
        ``NAME=value`` each, or whatever a bad tagger wrote.
    tail : bytes
        What follows in the packet: Vorbis' framing bit, Opus' padding.
    """

    vendor: bytes
    comments: tuple[bytes, ...]
    tail: bytes

    def fields(self) -> Fields:
        """Return the text fields under upper-case names."""
        named = ((_name(comment), comment) for comment in self.comments)
        return gathered(
            (name, (text_of(comment.partition(b"=")[2]),))
            for name, comment in named
            if name and name not in PICTURES
        )

    def edited(self, updates: Fields) -> Comments:
        """Return the comments with some fields set or removed; all others stay, byte for byte, where they are.

        Parameters
        ----------
        updates : mapping of str to tuple of str
            New values; ``()`` removes.
        """
        left, comments = dict(updates), []
        for comment in self.comments:
            name = _name(comment)
            if name not in updates:
                comments.append(comment)
            elif name in left:  # the first of its name: here the new ones go, spelled as it was
                comments += _lines(comment.partition(b"=")[0], left.pop(name))
        for name, values in left.items():
            comments += _lines(name.encode(), values)
        return replace(self, comments=tuple(comments))

    def packed(self) -> bytes:
        """Return the packet without what a codec puts before it."""
        parts = [_sized(self.vendor), len(self.comments).to_bytes(4, "little")]
        return b"".join([*parts, *map(_sized, self.comments), self.tail])


def parse_comments(data: bytes, file: OpenFile) -> Comments:
    """Take a comment packet apart.

    Parameters
    ----------
    data : bytes
        The packet without what a codec puts before it.
    file : OpenFile
        The file, for errors.

    Raises
    ------
    TagError
        If a length in it points beyond its end, or there are more than 100 000 comments.
    """
    position = 0

    def taken(length: int) -> bytes:
        nonlocal position
        if length > len(data) - position:
            raise file.error("its Vorbis comment is damaged: a length points beyond its end")
        position += length
        return data[position - length : position]

    def number() -> int:
        return int.from_bytes(taken(4), "little")

    vendor = taken(number())
    count = number()
    if count > MAX_COMMENTS:
        raise file.error(f"its Vorbis comment claims {count} fields, more than {MAX_COMMENTS}")
    comments = tuple(taken(number()) for _ in range(count))
    return Comments(vendor=vendor, comments=comments, tail=data[position:])


def _name(comment: bytes) -> str:
    name, equals, _ = comment.partition(b"=")
    return text_of(name).upper() if equals else ""


def _lines(name: bytes, values: tuple[str, ...]) -> list[bytes]:
    return [name + b"=" + value.encode() for value in values]


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data
