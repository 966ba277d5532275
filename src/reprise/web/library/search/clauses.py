"""What the index of words is asked for, in words of no database."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "Clause", "Phrase", "Texts"]

COLUMNS = ("title", "artist", "album")

Texts = tuple[int, str, str, str]
"""A track's primary key, and the words of its title, artist and album, with single spaces."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words next to each other, in order; of the last one only the beginning if ``is_prefix``."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One of ``options`` must be in one of ``columns``."""

    options: tuple[Phrase, ...]
    columns: tuple[str, ...] = COLUMNS
