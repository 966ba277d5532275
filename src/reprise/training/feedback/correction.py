"""What one user corrects about one recording, checked and spelled in one way."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from reprise.errors import ParameterError, UnknownNameError
from reprise.targets import HEADS

__all__ = ["GENRE", "Correction", "HeardTrack", "Said", "check_changes", "check_name"]

GENRE = "genre"
MOST_LETTERS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What Reprise had said before it was corrected: the value or the genre as text, and by which model."""

    text: str
    model: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """One correction.

    Attributes
    ----------
    id : int
    at : str
        UTC, ISO 8601.
    who : str
    track : str
        Hash of what was heard; the same for the same audio.
    path : str
        Where it lay when it was first corrected.
    what : str
        One of `reprise.targets.HEADS`, or ``"genre"``.
    value : float or None
        0..1.
    genre : str or None
    said, model : str
        See `Said`.
    """

    id: int
    at: str
    who: str
    track: str
    path: str
    what: str
    value: float | None
    genre: str | None
    said: str
    model: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardTrack:
    """A recording that was corrected.

    Attributes
    ----------
    key : str
        `key_of` what was heard.
    path : str
        Where it lay when it was first corrected.
    inputs : bytes
        What the models were given, as an ``.npz``.
    corrections : tuple of Correction
        Those that count.
    """

    key: str
    path: str
    inputs: bytes
    corrections: tuple[Correction, ...]

    @staticmethod
    def key_of(inputs: bytes) -> str:
        """Return the hash by which what was heard is known."""
        return hashlib.sha256(inputs).hexdigest()


def check_name(who: str) -> str:
    """Bring a user's name into one spelling.

    Raises
    ------
    ParameterError
        If it is empty, long or not printable.
    """
    name = " ".join(unicodedata.normalize("NFKC", who).split())
    if not name or len(name) > MOST_LETTERS or not name.isprintable():
        raise ParameterError(f"a user's name has 1 to {MOST_LETTERS} printable letters")
    return name


def check_changes(changes: Mapping[str, float | str], genres: tuple[str, ...]) -> dict[str, float | str]:
    """Check corrections and bring them into one spelling.

    Parameters
    ----------
    changes : mapping of str to float or str
        From a feature to its value in 0..1, from ``"genre"`` to the genre's name in any case.
    genres : tuple of str
        The genres that there are.

    Raises
    ------
    ParameterError
        If there are none, or a value is not a number in 0..1.
    UnknownNameError
        If a feature or genre has another name than the known ones.
    """
    if not changes:
        raise ParameterError("nothing is corrected; say for instance energy=0.8 or genre=jazz")
    known = {genre.casefold(): genre for genre in genres}
    checked: dict[str, float | str] = {}
    for what, value in changes.items():
        if what == GENRE:
            if str(value).casefold() not in known:
                raise UnknownNameError("genre", str(value).casefold(), known)
            checked[what] = known[str(value).casefold()]
        elif what in HEADS:
            checked[what] = _fraction(what, value)
        else:
            raise UnknownNameError("feature", what, (*HEADS, GENRE))
    return checked


def _fraction(what: str, value: float | str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 1:  # which is false of NaN, too
        raise ParameterError(f"{what} is a number from 0 to 1, not {value!r}")
    return number
