"""The items of MP4's list of tags, as iTunes began it: which holds which field, and how values are written.

References
----------
QuickTime File Format Specification, metadata; the names are those that iTunes, foobar2000 and Picard write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reprise.audio.tag_files.file_bytes import OpenFile
from reprise.audio.tag_files.id3_names import genre_names
from reprise.audio.tag_files.mp4_boxes import Box, box, boxes, first
from reprise.audio.tag_files.names import text_of

__all__ = ["Item", "item_boxes", "parse_item"]

_TEXTS = {
    b"\xa9alb": "ALBUM", b"\xa9ART": "ARTIST", b"\xa9cmt": "COMMENT", b"\xa9day": "DATE", b"\xa9gen": "GENRE",
    b"\xa9grp": "GROUPING", b"\xa9lyr": "LYRICS", b"\xa9nam": "TITLE", b"\xa9too": "ENCODER",
    b"\xa9wrt": "COMPOSER", b"aART": "ALBUMARTIST", b"cprt": "COPYRIGHT", b"desc": "DESCRIPTION",
    b"soaa": "ALBUMARTISTSORT", b"soal": "ALBUMSORT", b"soar": "ARTISTSORT", b"soco": "COMPOSERSORT",
    b"sonm": "TITLESORT",
}  # fmt: skip
_PAIRS = {b"trkn": "TRACKNUMBER", b"disk": "DISCNUMBER"}
_KINDS = {name: kind for kind, name in {**_TEXTS, **_PAIRS, b"tmpo": "BPM"}.items()}

_MEAN = b"com.apple.iTunes"
_SPELLINGS = {"INITIALKEY": "initialkey"}
"""What others write in small letters."""

_UTF8, _UTF16, _INTEGER = 1, 2, 21
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_PAIR = re.compile(r"([1-9][0-9]{0,4})(?:/([1-9][0-9]{0,4}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item of the list.

    Attributes
    ----------
    raw : bytes
        The whole box.
    name : str or None
        The field, in capitals; ``None`` for pictures and whatever else is no text.
    values : tuple of str
        Its values.
    spelling : str
        The name as it stands in a freeform item.
    """

    raw: bytes
    name: str | None = None
    values: tuple[str, ...] = ()
    spelling: str = ""


def parse_item(data: bytes, place: Box, file: OpenFile) -> Item:
    """Read one item.

    Parameters
    ----------
    data : bytes
        What the list was read from.
    place : Box
        The item in it.
    file : OpenFile
        The file, for errors.
    """
    raw = data[place.start : place.end]
    known = place.kind in (b"----", b"tmpo", b"gnre") or place.kind in _TEXTS or place.kind in _PAIRS
    if not known:
        return Item(raw=raw)
    inner = boxes(data, place.content, place.end, file)
    values = [_value(place.kind, data[one.content : one.end]) for one in inner if one.kind == b"data"]
    if None in values:
        return Item(raw=raw)
    texts = tuple(value for value in values if value)
    if place.kind == b"----":
        mean, named = first(inner, b"mean"), first(inner, b"name")
        if not mean or not named or data[mean.content + 4 : mean.end] != _MEAN:
            return Item(raw=raw)
        spelling = text_of(data[named.content + 4 : named.end])
        return Item(raw=raw, name=spelling.upper() or None, values=texts, spelling=spelling)
    names = {**_TEXTS, **_PAIRS, b"tmpo": "BPM", b"gnre": "GENRE"}
    return Item(raw=raw, name=names[place.kind], values=texts)


def _value(kind: bytes, data: bytes) -> str | None:
    """Return a value as text, empty where there is none; ``None`` for a type that is no text."""
    encoding, payload = int.from_bytes(data[1:4], "big"), data[8:]
    if kind in _PAIRS:
        number, total = (int.from_bytes(payload[i : i + 2], "big") for i in (2, 4))
        return (f"{number}/{total}" if total else str(number)) if number or total else ""
    if kind == b"gnre":
        # ID3's number, plus one.
        number = int.from_bytes(payload, "big") - 1
        return genre_names(str(number))[0] if len(payload) <= 2 and 0 <= number < 1000 else ""
    if kind == b"tmpo":
        number = int.from_bytes(payload, "big") if 1 <= len(payload) <= 4 else 0
        return str(number) if number else ""
    if encoding == _UTF16:
        return payload.decode("utf-16-be", "replace").replace("\0", "")
    return text_of(payload) if encoding in (0, _UTF8) else None


def item_boxes(name: str, values: tuple[str, ...], spelling: str = "") -> bytes:
    """Make the item that holds a field.

    Parameters
    ----------
    name : str
        The field, in capitals.
    values : tuple of str
        Its values; none makes no item.
    spelling : str
        How a freeform item spelled the name before.

    Returns
    -------
    bytes
        A number where the format has one for it and the value is one, text otherwise.
    """
    if not values:
        return b""
    kind = _KINDS.get(name)
    if kind == b"tmpo" and (len(values) != 1 or not _is_number(values[0])):
        kind = None
    if kind in _PAIRS and (len(values) != 1 or not _pair(values[0])):
        kind = None
    if kind == b"tmpo":
        return box(kind, _data(_INTEGER, int(values[0]).to_bytes(2, "big")))
    if kind in _PAIRS:
        number, total = _pair(values[0]) or (0, 0)
        payload = bytes(2) + number.to_bytes(2, "big") + total.to_bytes(2, "big")
        return box(kind, _data(0, payload + (bytes(2) if kind == b"trkn" else b"")))
    content = b"".join(_data(_UTF8, value.encode()) for value in values)
    if kind:
        return box(kind, content)
    spelled = spelling or _SPELLINGS.get(name, name)
    return box(b"----", box(b"mean", bytes(4) + _MEAN) + box(b"name", bytes(4) + spelled.encode()) + content)


def _data(encoding: int, payload: bytes) -> bytes:
    return box(b"data", encoding.to_bytes(4, "big") + bytes(4) + payload)


def _is_number(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) and int(value) < 1 << 16


def _pair(value: str) -> tuple[int, int] | None:
    found = _PAIR.fullmatch(value)
    pair = (int(found[1]), int(found[2] or 0)) if found else (1 << 16, 0)
    return pair if max(pair) < 1 << 16 else None
