"""A record as one row of a table, and back: the columns of CSV and Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reprise.targets import HEADS

__all__ = ["COLUMNS", "OPTIONAL", "Column", "record_of", "row_of"]

Kind = Literal["text", "integer", "number", "texts", "numbers", "candidates", "genres", "tags", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its cells hold and which key of the record they come from."""

    name: str
    kind: Kind
    key: tuple[str, ...]

    @property
    def is_nested(self) -> bool:
        """Whether a cell holds more than one value: JSON in CSV, a list in Parquet."""
        return self.kind not in ("text", "integer", "number")


def _plain(kind: Kind, *names: str) -> list[Column]:
    return [Column(name, kind, (name,)) for name in names]


_CONFIDENT = ("tempo", "key", "mode", "time_signature")

COLUMNS: tuple[Column, ...] = (
    *_plain("text", "path", "title", "artist"),
    *_plain("integer", "duration_ms"),
    *_plain("number", "danceability", "energy"),
    *_plain("integer", "key"),
    *_plain("number", "loudness"),
    *_plain("integer", "mode"),
    *_plain("number", "speechiness", "acousticness", "instrumentalness", "liveness", "valence", "tempo"),
    *_plain("integer", "time_signature"),
    *(
        Column(f"{head}_{end}", "number", ("intervals", head, end))
        for head in HEADS
        for end in ("low", "high")
    ),
    *(Column(f"{name}_confidence", "number", ("confidence", name)) for name in _CONFIDENT),
    *_plain("candidates", "tempo_candidates"),
    *_plain("number", "loudness_lufs", "loudness_range_lu", "true_peak_db"),
    Column("genre", "text", ()),
    Column("genre_probability", "number", ()),
    *_plain("genres", "genres"),
    Column("mood_valence", "number", ("mood", "valence")),
    Column("mood_arousal", "number", ("mood", "arousal")),
    Column("mood_quadrant", "text", ("mood", "quadrant")),
    Column("mood_emotions", "json", ("mood", "emotions")),
    *_plain("tags", "tags"),
    *_plain("text", "model"),
    *_plain("texts", "warnings"),
    *_plain("json", "detail"),
    *_plain("numbers", "embedding"),
    *_plain("json", "waveform"),
    Column("error_type", "text", ("error", "type")),
    Column("error_message", "text", ("error", "message")),
)
"""All columns in their order. ``genre`` and ``genre_probability`` repeat the first of ``genres``."""

OPTIONAL = frozenset({"detail", "embedding", "waveform"})
"""Columns that are left out where no record has them."""

_FIELDS = tuple(dict.fromkeys(column.key[0] for column in COLUMNS if column.key))


def row_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten a record (the shape of `TrackAnalysis.to_dict`) to one value or ``None`` a column."""
    flat = {
        **record,
        "intervals": {
            name: dict(zip(("low", "high"), ends, strict=True))
            for name, ends in record.get("intervals", {}).items()
        },
    }
    row = {column.name: _dig(flat, column.key) for column in COLUMNS if column.key}
    best: Mapping[str, Any] = next(iter(record.get("genres", ())), {})
    row["genre"], row["genre_probability"] = best.get("name"), best.get("probability")
    return {column.name: row[column.name] for column in COLUMNS}


def record_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Build the record again that `row_of` has flattened."""
    if row.get("error_type") is not None:
        return {
            "path": row["path"],
            "error": {"type": row["error_type"], "message": row["error_message"] or ""},
        }
    record: dict[str, Any] = {}
    for column in COLUMNS:
        if column.key:
            _bury(record, column.key, row.get(column.name))
    record["intervals"] = {
        name: [ends["low"], ends["high"]]
        for name, ends in record["intervals"].items()
        if ends["low"] is not None
    }
    record["confidence"] = {name: value for name, value in record["confidence"].items() if value is not None}
    if record["mood"]["quadrant"] is None:
        record["mood"] = None
    for name in ("tempo_candidates", "genres", "tags", "warnings"):
        record[name] = record[name] or []
    return {
        name: record[name]
        for name in _FIELDS
        if name != "error" and not (name in OPTIONAL and not record[name])
    }


def _dig(record: Mapping[str, Any], key: tuple[str, ...]) -> Any:
    value: Any = record
    for part in key:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _bury(record: dict[str, Any], key: tuple[str, ...], value: Any) -> None:
    *parents, last = key
    for part in parents:
        record = record.setdefault(part, {})
    record[last] = value
