"""From terms of the query language to conditions of the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import Q

from reprise.web.library.models import TrackLabel
from reprise.web.library.search.fields import FIELDS, Field
from reprise.web.library.search.query import Term
from reprise.web.library.search.values import Choice, Days, Interval, KeyValue, Text, Value

__all__ = ["HEARD", "condition"]

HEARD = 0.2
"""A genre is a track's if it was heard with at least this probability, or the file's own tags say so."""

_WHOLE = frozenset({"year", "time_signature", "cluster__number", "duration_ms"})


def condition(term: Term) -> Q:
    """Return the condition of a term that is no text: tracks that fit one of its values, or none if it is negated."""
    field = FIELDS[term.field]
    found = Q()
    for value in term.values:
        found |= _KINDS[field.kind](field, value)
    return ~found if term.is_negated else found


def _number(field: Field, value: Value) -> Q:
    if isinstance(value, Text):
        return Q(cluster__name__icontains=value.text)
    assert isinstance(value, Interval)
    scale = 1000 if field.kind == "duration" else 1
    low, high, is_high_open = value.low, value.high, value.is_high_open
    if low is not None and low == high and field.column not in (_WHOLE - {"duration_ms"}):
        half = Decimal((0, (1,), int(low.as_tuple().exponent))) / 2
        low, high, is_high_open = low - half, low + half, True
    found = Q(**{f"{field.column}__isnull": False})
    if low is not None:
        found &= _bound(field.column, "gt" if value.is_low_open else "gte", low * scale)
    if high is not None:
        found &= _bound(field.column, "lt" if is_high_open else "lte", high * scale)
    return found


def _bound(column: str, compared: str, end: Decimal) -> Q:
    """Return one side of an interval; columns of whole numbers are compared with whole numbers."""
    if column not in _WHOLE:
        return Q(**{f"{column}__{compared}": float(end)})
    if compared in ("gte", "lt"):
        return Q(**{f"{column}__{compared}": int(end.to_integral_value(ROUND_CEILING))})
    return Q(**{f"{column}__{compared}": int(end.to_integral_value(ROUND_FLOOR))})


def _date(field: Field, value: Value) -> Q:
    assert isinstance(value, Days)
    found = Q()
    if value.first is not None:
        found &= Q(**{f"{field.column}__gte": _midnight(value.first)})
    if value.end is not None:
        found &= Q(**{f"{field.column}__lt": _midnight(value.end)})
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _label(field: Field, value: Value) -> Q:
    assert isinstance(value, Text)
    named = TrackLabel.objects.filter(name=value.text.strip().casefold())
    if field.name == "genre":
        # What the file's tags say has the score 1.
        kinds = Q(kind__in=[TrackLabel.Kind.GENRE, TrackLabel.Kind.FILE], score__gte=HEARD)
    else:
        kinds = Q(kind=TrackLabel.Kind.TAG)
    return Q(pk__in=named.filter(kinds).values("track"))


def _choice(field: Field, value: Value) -> Q:
    assert isinstance(value, Choice)
    if field.name == "status" and value.name == "missing":
        return Q(missing_since__isnull=False)
    return Q(**{field.column: field.choices[value.name]})


def _key(field: Field, value: Value) -> Q:
    assert isinstance(value, KeyValue)
    return Q(key=value.tonic) if value.mode is None else Q(key=value.tonic, mode=value.mode)


def _exact(field: Field, value: Value) -> Q:
    assert isinstance(value, Text)
    text = value.text.strip()
    return Q(**{field.column: text.replace("-", "").upper() if field.name == "isrc" else text})


_KINDS: dict[str, Callable[[Field, Any], Q]] = {
    "number": _number,
    "duration": _number,
    "cluster": _number,
    "date": _date,
    "label": _label,
    "choice": _choice,
    "key": _key,
    "exact": _exact,
}
