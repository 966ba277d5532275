"""The fields of a line of an export, each checked when it is read; what is wrong is a `ValueError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reprise.audio.tags import clean_text
from reprise.web.library.ids import ALPHABET, ID_LENGTH

__all__ = ["checked_id", "path_of", "text_of", "whole_of", "words_of"]


def checked_id(line: Mapping[str, Any]) -> str:
    """Return the public identifier ``id``."""
    found = text_of(line, "id", ID_LENGTH)
    if len(found) != ID_LENGTH or not set(found) <= set(ALPHABET):
        raise ValueError("an identifier is none")
    return found


def path_of(line: Mapping[str, Any]) -> str:
    """Return the absolute ``path``."""
    path = text_of(line, "path", 1 << 16)
    if not path.startswith("/"):
        raise ValueError("a path is not absolute")
    return path


def text_of(line: Mapping[str, Any], name: str, longest: int) -> str:
    """Return a text that every database can store."""
    value = line[name]
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise ValueError(f"{name} is no text of at most {longest} characters")
    value.encode()  # a lone surrogate is stored by no database
    return value


def words_of(line: Mapping[str, Any], name: str) -> str | None:
    """Return a name as those from tags are spelled, or ``None``."""
    return None if line[name] is None else clean_text(text_of(line, name, 500))


def whole_of(line: Mapping[str, Any], name: str, high: int, *, low: int = 0) -> int:
    """Return a whole number, which ``True`` is not."""
    value = line[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is no whole number in its range")
    return value
