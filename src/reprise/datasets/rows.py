"""What a collector hands to the store: plain rows, cleaned of what no table should hold."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reprise.targets import SPOTIFY_FEATURES

__all__ = [
    "ArtistRow",
    "LabelRow",
    "Reject",
    "TrackRow",
    "clean_text",
    "clean_texts",
    "features_of",
    "name_key",
    "number",
    "whole",
]

MAX_TEXT = 2000
"""Characters of a title, a name or a URL that are kept."""

_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArtistRow:
    """An artist as one catalogue knows them; without a ``ref`` of its own, the folded name is it."""

    name: str | None
    catalogue: str = "name"
    ref: str | None = None
    popularity: int | None = None
    genres: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelRow:
    """A genre or a tag of a track, with the provider's weight where it gives one."""

    name: str
    kind: str = "genre"
    weight: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackRow:
    """A track as one provider tells of it.

    Attributes
    ----------
    catalogue, ref : str
        Whose id it is (``"spotify"``, ``"deezer"``, ``"msd"``, ``"folder"`` ...) and the id.
    title : str or None
        ``None`` where the provider only refers to the track: an account already stored then stays as it is.
    features : tuple of (float or None), optional
        The twelve audio features in the order of `reprise.targets.SPOTIFY_FEATURES`; see `features_of`.
    identifiers : tuple of (str, str)
        Scheme and value: ``("isrc", "GBAYE0601498")``.
    preview_url : str or None
        Where 30 seconds can be heard. Untrusted.
    preview_path : str or None
        A file that is here already.
    """

    catalogue: str
    ref: str
    title: str | None = None
    artists: tuple[ArtistRow, ...] = ()
    album: str | None = None
    duration_ms: int | None = None
    popularity: int | None = None
    explicit: bool | None = None
    year: int | None = None
    features: tuple[float | None, ...] | None = None
    labels: tuple[LabelRow, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    preview_url: str | None = None
    preview_path: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject:
    """A track that a provider cannot complete, so that it is not asked about again."""

    catalogue: str
    ref: str
    reason: str


def clean_text(value: Any, max_length: int = MAX_TEXT) -> str | None:
    """Return text without control characters and lone surrogates, or ``None`` if nothing is left."""
    if not isinstance(value, str):
        return None
    if not value.isprintable():
        value = _UNWANTED.sub(" ", value)
    return value[:max_length].strip() or None


def clean_texts(column: Sequence[Any]) -> list[str | None]:
    """Clean a column of texts: as `clean_text` does it, in one go where nothing is odd."""
    try:
        if "".join(column).isprintable() and max(map(len, column), default=0) <= MAX_TEXT:
            return [text.strip() or None for text in column]
    except TypeError:  # not all are texts
        pass
    return [clean_text(value) for value in column]


def name_key(name: str) -> str:
    """Fold a name, so that spellings that differ in case, spacing or encoding of accents meet."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def number(value: Any) -> float | None:
    """Return a finite float, or ``None`` for everything else, ``True`` and ``"nan"`` included."""
    if value.__class__ is float:  # nearly all of them
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        converted = float(value)
    except (ValueError, OverflowError):
        return None
    return converted if math.isfinite(converted) else None


def whole(value: Any, low: int, high: int) -> int | None:
    """Return a whole number within low..high, or ``None``."""
    converted = value if value.__class__ is int else number(value)
    if converted is None or not low <= converted <= high:
        return None
    return round(converted)


def features_of(values: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Pick the twelve audio features out of a mapping, ``None`` where one is missing or no number."""
    return tuple(number(values.get(name)) for name in SPOTIFY_FEATURES)
