"""Names that never change: 22 characters of base62, as Spotify's are."""

from __future__ import annotations

import secrets

__all__ = ["ALPHABET", "ID_LENGTH", "new_id"]

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ID_LENGTH = 22


def new_id() -> str:
    """Draw an identifier of 128 random bits."""
    number, digits = secrets.randbits(128), []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
