"""The fields of the query language: what each is called, what it takes, and the column it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from reprise.targets import HEADS, target

__all__ = ["FIELDS", "NAMES", "Field", "Kind", "known_field"]

Kind = Literal["text", "label", "choice", "key", "number", "duration", "date", "cluster", "exact"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the language.

    Attributes
    ----------
    name : str
    kind : Kind
        What its values are.
    column : str
        Where the database has it, as Django spells it.
    aliases : tuple of str
        Other names of it.
    choices : mapping of str to str or int
        For a choice: every value that is understood, and what the database has for it.
    example : str
        What follows the name in a suggestion.
    """

    name: str
    kind: Kind
    column: str
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))
    example: str = ":"


_MOODS = {"q1": "Q1", "q2": "Q2", "q3": "Q3", "q4": "Q4"} | {
    "happy": "Q1",
    "tense": "Q2",
    "sad": "Q3",
    "calm": "Q4",
}
_STATUS = {name: name for name in ("queued", "analysed", "failed", "missing")} | {"analyzed": "analysed"}

_ALL = (
    Field(name="title", kind="text", column="title_key"),
    Field(name="artist", kind="text", column="artist__key"),
    Field(name="album", kind="text", column="album__key"),
    Field(name="genre", kind="label", column="labels"),
    Field(name="tag", kind="label", column="labels"),
    Field(name="mood", kind="choice", column="quadrant", choices=_MOODS),
    Field(name="key", kind="key", column="key"),
    Field(name="mode", kind="choice", column="mode", choices={"major": 1, "minor": 0}),
    Field(name="year", kind="number", column="year", example=":2000..2009"),
    Field(name="tempo", kind="number", column="tempo", aliases=("bpm",), example=":120..130"),
    *(Field(name=name, kind="number", column=name, example=">0.7") for name in HEADS),
    Field(name="loudness", kind="number", column="loudness", example=":-12..-6"),
    Field(name="lufs", kind="number", column="loudness_lufs", aliases=("loudness_lufs",), example=">-14"),
    Field(name="duration", kind="duration", column="duration_ms", aliases=("length",), example=">3:30"),
    Field(name="meter", kind="number", column="time_signature", aliases=("time_signature",), example=":4"),
    Field(name="arousal", kind="number", column="mood_arousal", aliases=("mood_arousal",), example=">0.5"),
    Field(name="pleasantness", kind="number", column="mood_valence", aliases=("mood_valence",), example=">0.5"),
    Field(name="cluster", kind="cluster", column="cluster__number"),
    Field(name="status", kind="choice", column="status", choices=_STATUS),
    Field(name="origin", kind="choice", column="origin",
          choices={name: name for name in ("folder", "upload", "url", "demo")}),
    Field(name="added", kind="date", column="added_at", example=">2025-01-31"),
    Field(name="isrc", kind="exact", column="isrc"),
    Field(name="id", kind="exact", column="public_id"),
)  # fmt: skip

FIELDS: Mapping[str, Field] = MappingProxyType({each.name: each for each in _ALL})
"""Every field by its name."""

NAMES: Mapping[str, Field] = MappingProxyType(
    {name: each for each in _ALL for name in (each.name, *each.aliases)}
)
"""Every field by each of its names."""


def known_field(name: str) -> Field | None:
    """Return the field of a name in any case; ``None`` if there is none."""
    return NAMES.get(name.casefold())


def definition(name: str) -> str:
    """Return one sentence on a field that the table of targets has, or nothing."""
    return target(name).definition if name in (*HEADS, "loudness", "tempo", "key", "mode") else ""
