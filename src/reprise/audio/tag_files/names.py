"""What names and values of fields may be, the same for every format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reprise.audio.tag_files.file_bytes import Fields
from reprise.errors import ParameterError

__all__ = ["PICTURES", "checked_updates", "gathered", "text_of"]

PICTURES = frozenset({"METADATA_BLOCK_PICTURE", "COVERART", "COVERARTMIME"})
"""Vorbis comments that hold pictures: they are no text, and nothing here reads or writes them."""

MAX_NAME_LENGTH = 100
MAX_VALUES = 1000
MAX_CHARACTERS = 1 << 22

_NAME = re.compile(r"[ -<>-}]+")
"""What a Vorbis comment's name may be, the narrowest rule of all formats: ASCII without ``=`` and ``~``."""


def checked_updates(fields: Mapping[str, tuple[str, ...] | None]) -> Fields:
    """Check what a caller wants to write, and bring it into one shape.

    Parameters
    ----------
    fields : mapping of str to tuple of str or None
        New values under neutral names; ``None`` or nothing at all removes a field.

    Returns
    -------
    mapping of str to tuple of str
        Names in capitals, ``()`` for what is to be removed.

    Raises
    ------
    ParameterError
        If a name or a value cannot be held by every format.
    """
    updates: dict[str, tuple[str, ...]] = {}
    for name, values in fields.items():
        key = name.upper()
        if not _NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH or name != name.strip():
            raise ParameterError(
                f"the tag's name {name[:MAX_NAME_LENGTH]!r} must be 1 to {MAX_NAME_LENGTH} ASCII characters without '='"
            )
        if key in PICTURES:
            raise ParameterError(f"the tag {key} holds a picture; only text is written")
        if key in updates:
            raise ParameterError(f"the tag {key} is named twice")
        if isinstance(values, str):
            raise ParameterError(f"the values of the tag {key} must be a tuple of texts, not one text")
        updates[key] = tuple(_checked_value(key, value) for value in values or ())
        if len(updates[key]) > MAX_VALUES:
            raise ParameterError(f"the tag {key} has more than {MAX_VALUES} values")
    if sum(len(value) for values in updates.values() for value in values) > MAX_CHARACTERS:
        raise ParameterError(f"the tags are longer than {MAX_CHARACTERS} characters together")
    return updates


def _checked_value(name: str, value: str) -> str:
    if not value or "\0" in value:
        raise ParameterError(f"a value of the tag {name} must be text of at least one character, without NUL")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"a value of the tag {name} has a lone surrogate in it") from error
    return value


def text_of(raw: bytes) -> str:
    """Read a stranger's text: UTF-8, or Windows-1252 as old taggers wrote; NUL, which no format allows, goes."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return text.replace("\0", "")


def gathered(pairs: Iterable[tuple[str, Iterable[str]]]) -> Fields:
    """Collect values under their names, in order; empty values are none.

    Parameters
    ----------
    pairs : iterable of (str, iterable of str)
        Names, which may come repeatedly, in any case.
    """
    fields: dict[str, list[str]] = {}
    for name, values in pairs:
        there = [value for value in values if value]
        if there:
            fields.setdefault(name.upper(), []).extend(there)
    return {name: tuple(values) for name, values in fields.items()}
