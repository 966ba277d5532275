"""What a stored record may look like: types, ranges and lengths, checked before anything is believed.

Every check takes what a stranger's JSON holds and returns it, or raises `ValueError`.
"""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from reprise.audio.tags import clean_text
from reprise.targets import EMOTIONS, HEADS, QUADRANTS, TARGETS

__all__ = ["EMBEDDING_LENGTH", "EVENTS", "checked_record", "exact_object", "integer", "text"]

Check = Callable[[Any], Any]

EMBEDDING_LENGTH = 500
MAX_DURATION_MS = 24 * 3600 * 1000
MAX_BINS = 2000
EVENTS = ("onsets_s", "tatums_s", "beats_s", "bars_s")
"""Lists of times in `detail`, which are packed as steps in milliseconds."""

_MAX_EVENTS = 200_000
_MAX_SECTIONS = 1000
_LARGEST = 10_000.0


def number(low: float, high: float) -> Check:
    """Make a check for a finite number within a range."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError("a number is out of its range")
        return float(value)

    return check


def integer(low: float, high: float) -> Check:
    """Make a check for an integer within a range."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError("an integer is out of its range")
        return value

    return check


def text(longest: int) -> Check:
    """Make a check for words without control characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or clean_text(value) != value:
            raise ValueError("a text is too long, or not printable")
        return value

    return check


def one_of(*known: str) -> Check:
    """Make a check for one of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError("a word is not one of those known")
        return value

    return check


def or_none(inner: Check) -> Check:
    """Let a value be null."""
    return lambda value: None if value is None else inner(value)


def list_of(inner: Check, most: int) -> Check:
    """Make a check for a list."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError("a list is too long, or none")
        return [inner(item) for item in value]

    return check


def exact_object(inner: dict[str, Check], optional: frozenset[str] = frozenset()) -> Check:
    """Make a check for an object with these keys and no others."""

    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not inner.keys() - optional <= value.keys() <= inner.keys():
            raise ValueError("an object has other keys than it should have")
        return {name: one(value[name]) for name, one in inner.items() if name in value}

    return check


def ranked(name: str, score: str, inner: Check) -> Check:
    """Make a check for a list that is sorted by its scores, best first."""

    def check(value: Any) -> list[Any]:
        items: list[Any] = list_of(inner, 500)(value)
        scores = [item[score] for item in items]
        if scores != sorted(scores, reverse=True):
            raise ValueError(f"a list of {name} is not sorted")
        return items

    return check


def _interval(value: Any) -> list[float]:
    ends: list[float] = list_of(number(0, 1), 2)(value)
    if len(ends) != 2 or ends[0] > ends[1]:
        raise ValueError("an interval has no order")
    return ends


def _bytes(value: Any, most: int) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * most:
        raise ValueError("packed numbers are too long, or none")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("packed numbers are not base64") from error


def _embedding(value: Any) -> list[float]:
    raw = _bytes(value, 2 * EMBEDDING_LENGTH)
    if len(raw) != 2 * EMBEDDING_LENGTH:
        raise ValueError("the embedding has another length")
    numbers: list[float] = np.frombuffer(raw, "<f2").astype(float).tolist()
    return [number(-_LARGEST, _LARGEST)(one) for one in numbers]


def _times(value: Any) -> list[float]:
    """Unpack times that are stored as steps in milliseconds."""
    steps: list[int] = list_of(integer(0, MAX_DURATION_MS), _MAX_EVENTS)(value)
    times = list(itertools.accumulate(steps))
    if times and times[-1] > MAX_DURATION_MS:
        raise ValueError("an event lies beyond 24 hours")
    return [time / 1000 for time in times]


def _sections(value: Any) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = list_of(_SECTION, _MAX_SECTIONS)(value)
    for one, following in itertools.pairwise(sections):
        if abs(one["start_s"] + one["duration_s"] - following["start_s"]) > 0.01:
            raise ValueError("the sections do not follow each other")
    return sections


def _waveform(value: Any) -> dict[str, Any]:
    packed = exact_object(
        {
            "duration_s": number(0, MAX_DURATION_MS / 1000),
            "bin_s": number(0, MAX_DURATION_MS / 1000),
            **{name: lambda value: _bytes(value, MAX_BINS) for name in ("low", "high", "rms")},
        }
    )(value)
    low, high, rms = (np.frombuffer(packed[name], np.int8) for name in ("low", "high", "rms"))
    if not len(low) == len(high) == len(rms) <= MAX_BINS:
        raise ValueError("the rows of the waveform have different lengths")
    if (low > high).any() or (low < -127).any() or (rms < 0).any():
        raise ValueError("the waveform is none")
    return {**packed, "low": low.tolist(), "high": high.tolist(), "rms": rms.tolist()}


def _targets() -> dict[str, Check]:
    nullable = {target.name for target in TARGETS} - {"key"}
    checks: dict[str, Check] = {}
    for target in TARGETS:
        is_whole = isinstance(target.low, int)
        check = (integer if is_whole else number)(target.low, target.high)
        checks[target.name] = or_none(check) if target.name in nullable else check
    return checks


_SHARE = number(0, 1)
_TEMPO = next(target for target in TARGETS if target.name == "tempo")

_SECTION = exact_object(
    {
        "start_s": number(0, MAX_DURATION_MS / 1000),
        "duration_s": number(0, MAX_DURATION_MS / 1000),
        "confidence": _SHARE,
        "label": text(4),
        "loudness_db": or_none(number(-60, 0)),
    }
)

_FIELDS: dict[str, Check] = {
    "duration_ms": integer(1000, MAX_DURATION_MS),
    **_targets(),
    "intervals": exact_object(dict.fromkeys(HEADS, _interval), frozenset(HEADS)),
    "confidence": exact_object(dict.fromkeys(("tempo", "key", "mode", "time_signature"), _SHARE)),
    "tempo_candidates": list_of(
        exact_object({"bpm": number(_TEMPO.low, _TEMPO.high), "confidence": _SHARE}), 50
    ),
    "loudness_lufs": or_none(number(-100, 150)),
    "loudness_range_lu": or_none(number(0, 250)),
    "true_peak_db": or_none(number(-1000, 150)),
    "genres": ranked("genres", "probability", exact_object({"name": text(60), "probability": _SHARE})),
    "mood": or_none(
        exact_object(
            {
                "valence": _SHARE,
                "arousal": _SHARE,
                "quadrant": one_of(*QUADRANTS),
                "emotions": exact_object(dict.fromkeys(EMOTIONS, _SHARE)),
            }
        )
    ),
    "tags": ranked(
        "tags", "score", exact_object({"name": text(60), "score": _SHARE, "source": one_of("msd", "mtt")})
    ),
    "model": text(300),
    "warnings": list_of(text(500), 50),
    # Records of earlier versions have no sections.
    "detail": exact_object({**dict.fromkeys(EVENTS, _times), "sections": _sections}, frozenset({"sections"})),
    "embedding": _embedding,
    "waveform": _waveform,
}


def checked_record(value: Any) -> dict[str, Any]:
    """Check a whole record, and unpack what is packed in it.

    Parameters
    ----------
    value : object
        What a stranger's JSON holds.

    Returns
    -------
    dict
        The shape of `TrackAnalysis.to_dict` without path, title and artist.

    Raises
    ------
    ValueError
        If anything in it is out of range, missing or more than expected.
    """
    record: dict[str, Any] = exact_object(_FIELDS, frozenset({"detail", "embedding", "waveform"}))(value)
    if (record["key"] == -1) != (record["mode"] is None):
        raise ValueError("key and mode do not go together")
    return record
