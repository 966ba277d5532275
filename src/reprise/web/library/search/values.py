"""The values of the query language: text, numbers and their ranges, durations, days, keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reprise.errors import ParameterError

__all__ = ["Choice", "Days", "Interval", "KeyValue", "Text", "Value", "days", "interval", "key_value"]

_NUMBER = r"[-+]?(?:\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})"
_CLOCK = r"\d{1,4}:\d{1,2}(?::\d{1,2})?"
_DATE = r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?"
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words as they are typed; in quotes, ``is_phrase``, they are wanted exactly and next to each other."""

    text: str
    is_phrase: bool = False

    def __str__(self) -> str:
        if self.is_phrase:
            return '"' + re.sub(r'([\\"])', r"\\\1", self.text) + '"'
        return self.text


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of the values that a field can have."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Numbers from ``low`` to ``high``, both included unless said otherwise; ``None`` is no bound.

    Both ends the same is that number as far as it was given: ``0.7`` is everything that is rounded to it. Durations
    are in seconds.
    """

    low: Decimal | None
    high: Decimal | None
    is_low_open: bool = False
    is_high_open: bool = False
    is_clock: bool = False

    def __str__(self) -> str:
        shown = _clock if self.is_clock else str
        if self.low is not None and self.low == self.high:
            return shown(self.low)
        if self.high is None and self.low is not None and self.is_low_open:
            return f">{shown(self.low)}"
        if self.low is None and self.high is not None and self.is_high_open:
            return f"<{shown(self.high)}"
        low, high = ("" if end is None else shown(end) for end in (self.low, self.high))
        return f"{low}..{high}"


@dataclass(frozen=True, kw_only=True)
class Days:
    """Days from ``first`` up to, and without, ``end``; ``None`` is no bound."""

    first: date | None
    end: date | None

    def __str__(self) -> str:
        if self.first is None:
            return f"<{self.end}"
        return (
            f">={self.first}"
            if self.end is None
            else f"{self.first}..{date.fromordinal(self.end.toordinal() - 1)}"
        )


@dataclass(frozen=True, kw_only=True)
class KeyValue:
    """A tonic, C = 0 to B = 11, and a mode, 1 major or 0 minor; ``None`` is either."""

    tonic: int
    mode: int | None = None

    def __str__(self) -> str:
        return TONICS[self.tonic] + {None: "", 0: "m", 1: "maj"}[self.mode]


Value = Text | Choice | Interval | Days | KeyValue


def interval(operator: str, text: str, *, is_clock: bool = False) -> Interval:
    """Read a number or a range of numbers.

    Parameters
    ----------
    operator : {":", "=", "<", "<=", ">", ">="}
        What stands before it.
    text : str
        ``0.7``, ``120..130``, ``120-130``, ``120..``, ``..130``, ``>0.7``; with `is_clock` also ``3:30``.
    is_clock : bool
        Whether it is a duration: ``3:30`` or seconds.

    Raises
    ------
    ParameterError
        If it is none, or ends before it begins.
    """
    sign = re.match(r"[<>]=?|=", text)
    if operator in (":", "=") and sign:
        operator, text = sign[0], text[sign.end() :]
    number = f"(?:{_CLOCK}|{_NUMBER})" if is_clock else f"(?:{_NUMBER})"
    what = "a duration such as 3:30 or 210" if is_clock else "a number"
    if operator in (":", "="):
        if re.fullmatch(number, text):
            exact = _number(text)
            return Interval(low=exact, high=exact, is_clock=is_clock)
        found = re.fullmatch(rf"({number})?\s*(?:\.\.|-|–)\s*({number})?", text)
        if not found or not any(found.groups()):
            raise ParameterError(
                f"{text!r} must be {what} or a range such as {'3:00..4:00' if is_clock else '1..2'}"
            )
        low, high = (None if end is None else _number(end) for end in found.groups())
        if low is not None and high is not None and low > high:
            raise ParameterError(f"the range {text!r} ends before it begins")
        return Interval(low=low, high=high, is_clock=is_clock)
    if not re.fullmatch(number, text):
        raise ParameterError(f"{text!r} must be {what}")
    end, is_open = _number(text), operator in ("<", ">")
    if operator[0] == ">":
        return Interval(low=end, high=None, is_low_open=is_open, is_clock=is_clock)
    return Interval(low=None, high=end, is_high_open=is_open, is_clock=is_clock)


def days(operator: str, text: str) -> Days:
    """Read a day, a month, a year or a range of them: ``2025-01-31``, ``2025-01``, ``2025``, ``2024..2025-03``.

    Raises
    ------
    ParameterError
        If it is none, there is no such day, or it ends before it begins.
    """
    sign = re.match(r"[<>]=?|=", text)
    if operator in (":", "=") and sign:
        operator, text = sign[0], text[sign.end() :]
    if operator in (":", "="):
        parts = text.split("..")
        if len(parts) > 2 or not any(parts):
            raise ParameterError(f"{text!r} must be a day such as 2025-01-31, or a range 2024..2025")
        first = _span(parts[0])[0] if parts[0] else None
        end = _span(parts[-1])[1] if parts[-1] else None
        if first is not None and end is not None and first >= end:
            raise ParameterError(f"the range {text!r} ends before it begins")
        return Days(first=first, end=end)
    first, end = _span(text)
    return {
        ">": Days(first=end, end=None),
        ">=": Days(first=first, end=None),
        "<": Days(first=None, end=first),
        "<=": Days(first=None, end=end),
    }[operator]


def key_value(text: str) -> KeyValue:
    """Read a key: ``C``, ``F#``, ``Bb``, ``Am``, ``C minor``; a tonic alone is either mode.

    Raises
    ------
    ParameterError
        If it is none.
    """
    # A small m is minor and a capital M is major, so the case of the rest counts.
    found = re.fullmatch(
        r"([A-Ha-h])\s*([#♯b♭]|is|es|-?sharp|-?flat)?\s*(m|M|[Mm]in|[Mm]inor|[Mm]aj|[Mm]ajor|MINOR|MAJOR)?",
        text.strip(),
    )
    if not found:
        raise ParameterError(f'{text!r} is no key; write C, F#, Bb, Am or "C minor"')
    letter, accidental, mode = found.groups()
    shift = 0 if not accidental else -1 if accidental.lstrip("-") in ("b", "♭", "es", "flat") else 1
    is_minor = None if mode is None else 0 if mode == "m" or mode.casefold().startswith("min") else 1
    return KeyValue(tonic=(_LETTERS[letter.casefold()] + shift) % 12, mode=is_minor)


def _number(text: str) -> Decimal:
    if ":" not in text:
        return Decimal(text.lstrip("+"))
    seconds = Decimal(0)
    for part in text.split(":"):
        seconds = 60 * seconds + int(part)
    return seconds


def _clock(seconds: Decimal) -> str:
    if seconds != int(seconds) or seconds < 60 or seconds >= 600_000:
        return str(seconds)
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _span(text: str) -> tuple[date, date]:
    """Return a period's first day and the day after its last."""
    if not re.fullmatch(_DATE, text):
        raise ParameterError(f"{text!r} must be a day such as 2025-01-31, a month or a year")
    year, *rest = (int(part) for part in text.split("-"))
    try:
        first = date(year, *(rest or (1,)), *(() if len(rest) > 1 else (1,)))
        if len(rest) == 2:
            return first, date.fromordinal(first.toordinal() + 1)
        if rest:
            return first, date(year + rest[0] // 12, rest[0] % 12 + 1, 1)
        return first, date(year + 1, 1, 1)
    except ValueError:
        raise ParameterError(f"there is no day {text!r}") from None
