"""Text that strangers wrote, made safe to show: tags and file names may hold anything."""

from __future__ import annotations

import unicodedata

__all__ = ["encodable", "printable"]

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that steer a terminal, reorder text or cannot be printed."""


def printable(text: str) -> str:
    """Return text on one line without control characters.

    Escape sequences, line breaks, changes of writing direction and undecodable bytes become ``�``, so that a
    tag can neither colour, move nor forge anything on a terminal.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _UNSAFE else c for c in text)


def encodable(text: str) -> str:
    """Return text that UTF-8 can hold: undecodable bytes of file names become ``\\udcXX``, as in JSON."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
