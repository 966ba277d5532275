"""File names as text that every database takes.

Names on Linux are bytes. What is no UTF-8 in one, Python spells with lone surrogates, which neither SQLite nor
PostgreSQL stores; here they move into a private area of Unicode and back.
"""

from __future__ import annotations

import os

__all__ = ["displaced_path", "real_path", "shown_path", "stored_path"]

_PRIVATE = 0x10F700
_TO_STORED = {0xDC00 + byte: _PRIVATE + byte for byte in range(0x80, 0x100)}
_TO_REAL = {private: surrogate for surrogate, private in _TO_STORED.items()}


def stored_path(path: str | os.PathLike[str]) -> str:
    """Return a path as the database has it."""
    return os.fspath(path).translate(_TO_STORED)


def real_path(stored: str) -> str:
    """Return the path that the operating system knows."""
    return stored.translate(_TO_REAL)


def shown_path(stored: str) -> str:
    """Return a path for people: bytes that are no text become U+FFFD."""
    return stored.translate(dict.fromkeys(_TO_REAL, "\ufffd"))


def displaced_path(stored: str, public_id: str) -> str:
    """Return the path of a track whose file is gone while another track's file has its path: paths are unique."""
    return f"{stored}#{public_id}"
