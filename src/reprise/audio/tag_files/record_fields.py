"""What Reprise writes into a file's tags about one analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reprise.audio.tag_files.stored_record import RECORD_FIELD, packed_record
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["reprise_fields"]

MIN_GENRE_PROBABILITY = 0.2
MAX_GENRES = 3
MIN_EMOTION_SHARE = 0.4
MAX_EMOTIONS = 2

_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
"""The spelling with fewer accidentals, in the letters of ID3's frame TKEY."""

_QUADRANT_WORDS = {
    "Q1": ("Happy", "Lively"),
    "Q2": ("Tense", "Lively"),
    "Q3": ("Sad", "Calm"),
    "Q4": ("Content", "Calm"),
}


def reprise_fields(
    record: Mapping[str, Any], version: str, audio_hash: str
) -> dict[str, tuple[str, ...] | None]:
    """Say what to write about one analysis.

    Parameters
    ----------
    record : mapping
        What `TrackAnalysis.to_dict` returns; with its embedding, if that is to be found again too.
    version : str
        What made it, such as the record's ``model``.
    audio_hash : str
        Of the file's audio (`reprise.audio.audio_hash`), by which a later scan knows that the record is about it.

    Returns
    -------
    dict of str to tuple of str or None
        For `write_fields`. ``BPM``, ``INITIALKEY``, ``MOOD`` and ``GENRE`` are there only where the record has a
        value; of Reprise's own fields, those without a value are removed.

    Raises
    ------
    ParameterError
        If the record is not the one that an analysis gives.
    """
    packed = packed_record(record, version, audio_hash)
    for_all = {
        "BPM": _bpm(record),
        "INITIALKEY": _key(record),
        "MOOD": _mood(record),
        "GENRE": _genres(record),
    }
    fields: dict[str, tuple[str, ...] | None] = {name: values for name, values in for_all.items() if values}
    for name in SPOTIFY_FEATURES:
        value = record[name]
        fields[f"REPRISE_{name.upper()}"] = None if value is None else (f"{value:g}",)
    fields["REPRISE_VERSION"] = (version,)
    fields[RECORD_FIELD] = (packed,)
    return fields


def _bpm(record: Mapping[str, Any]) -> tuple[str, ...]:
    # An integer, as the standard of ID3 wants it, and as players sort by.
    tempo = record["tempo"]
    return () if tempo is None else (str(math.floor(tempo + 0.5)),)


def _key(record: Mapping[str, Any]) -> tuple[str, ...]:
    key, mode = record["key"], record["mode"]
    return () if key < 0 or mode is None else ((_MAJOR if mode else _MINOR)[key],)


def _mood(record: Mapping[str, Any]) -> tuple[str, ...]:
    mood = record["mood"]
    if mood is None:
        return ()
    felt = sorted(mood["emotions"].items(), key=lambda item: -item[1])[:MAX_EMOTIONS]
    words = [name.replace("_", " ").capitalize() for name, share in felt if share >= MIN_EMOTION_SHARE]
    return (*_QUADRANT_WORDS[mood["quadrant"]], *words)


def _genres(record: Mapping[str, Any]) -> tuple[str, ...]:
    likely = [genre["name"] for genre in record["genres"] if genre["probability"] >= MIN_GENRE_PROBABILITY]
    return tuple(likely[:MAX_GENRES])
