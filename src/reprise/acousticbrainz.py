"""AcousticBrainz's documents: a record of Reprise under the names that AcousticBrainz gave what Reprise also knows.

AcousticBrainz was fed by essentia, and most of what stands in its documents is a number of one algorithm of essentia's.
Only what means the same here is filled in, everything else is absent. ``metadata.version`` names Reprise, so that
nobody takes these numbers for essentia's.

References
----------
.. [1] A. Porter, D. Bogdanov, R. Kaye, R. Tsukanov and X. Serra, "AcousticBrainz: a community platform for gathering
   music information obtained from audio", ISMIR 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from reprise._version import __version__
from reprise.records import Tags

__all__ = ["file_tags", "high_level", "low_level"]

_KEYS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""As essentia spells them."""

_BINARY = {
    "danceability": ("danceability", "danceable", "not_danceable"),
    "mood_acoustic": ("acousticness", "acoustic", "not_acoustic"),
    "voice_instrumental": ("instrumentalness", "instrumental", "voice"),
}
"""Models of AcousticBrainz: the feature of ours that says the same, and the names of its two classes."""

_DIGITS = 6


def low_level(record: Mapping[str, Any], tags: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Return the low-level document of a record.

    Parameters
    ----------
    record : mapping
        As `reprise.records.TrackAnalysis.to_dict` returns it. With its ``detail`` the document has beats and onsets.
    tags : mapping of str to sequence of str, optional
        What stands in ``metadata.tags`` beside the file's name, title and artist; see `file_tags`.

    Returns
    -------
    dict
        ``metadata``, ``lowlevel``, ``rhythm`` and ``tonal``; what was not found is absent.
    """
    detail = record.get("detail") or {}
    length = record["duration_ms"] / 1000
    rhythm: dict[str, Any] = {"bpm": record.get("tempo")}
    if "beats_s" in detail:
        rhythm |= {"beats_count": len(detail["beats_s"]), "beats_position": list(detail["beats_s"])}
    if "onsets_s" in detail and length:
        rhythm["onset_rate"] = round(len(detail["onsets_s"]) / length, _DIGITS)
    loudness = {"integrated": record.get("loudness_lufs"), "loudness_range": record.get("loudness_range_lu")}
    return {
        "metadata": _metadata(record, tags, {"lowlevel": _version(record)}),
        "lowlevel": {"loudness_ebu128": known} if (known := _known(loudness)) else {},
        "rhythm": _known(rhythm),
        "tonal": _tonal(record),
    }


def high_level(record: Mapping[str, Any], tags: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Return the high-level document of a record.

    Parameters
    ----------
    record : mapping
        As `reprise.records.TrackAnalysis.to_dict` returns it.
    tags : mapping of str to sequence of str, optional
        What stands in ``metadata.tags`` beside the file's name, title and artist; see `file_tags`.

    Returns
    -------
    dict
        ``metadata`` and ``highlevel``: a model's ``all`` are numbers in 0..1 that sum to 1, its ``value`` the class
        with the highest, its ``probability`` that number.
    """
    models = {}
    for name, (feature, one, other) in _BINARY.items():
        if (value := record.get(feature)) is not None:
            models[name] = _model({one: value, other: 1 - value}, record)
    if genres := {genre["name"]: genre["probability"] for genre in record.get("genres") or ()}:
        models["genre_reprise"] = _model(genres, record)
    version = {"highlevel": _version(record), "lowlevel": _version(record)}
    return {"metadata": _metadata(record, tags, version), "highlevel": models}


def file_tags(tags: Tags) -> dict[str, list[str]]:
    """Return a file's tags under the names that ``metadata.tags`` has for them; what is not there is absent."""
    said = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "albumartist": tags.album_artist,
        "tracknumber": tags.track_number and str(tags.track_number),
        "date": tags.year and str(tags.year),
        "isrc": tags.isrc,
        "musicbrainz_recordingid": tags.musicbrainz_recording_id,
        "musicbrainz_albumid": tags.musicbrainz_release_id,
        "musicbrainz_artistid": tags.musicbrainz_artist_id,
    }
    found = {name: [value] for name, value in said.items() if value}
    return found | ({"genre": list(tags.genres)} if tags.genres else {})


def _metadata(
    record: Mapping[str, Any], tags: Mapping[str, Sequence[str]] | None, version: Mapping[str, Any]
) -> dict[str, Any]:
    said = {name: [record[name]] for name in ("title", "artist") if record.get(name)}
    named = {"file_name": PurePath(record["path"]).name}
    return {
        "audio_properties": {"length": record["duration_ms"] / 1000},
        "tags": said | {name: list(values) for name, values in (tags or {}).items()} | named,
        "version": dict(version),
    }


def _version(record: Mapping[str, Any]) -> dict[str, str]:
    return {"extractor": f"reprise {__version__}", "reprise": __version__, "model": record.get("model") or ""}


def _tonal(record: Mapping[str, Any]) -> dict[str, Any]:
    key, mode = record.get("key"), record.get("mode")
    if key is None or key < 0 or mode is None:
        return {}
    strength = (record.get("confidence") or {}).get("key")
    return _known({"key_key": _KEYS[key], "key_scale": ("minor", "major")[mode], "key_strength": strength})


def _model(classes: Mapping[str, float], record: Mapping[str, Any]) -> dict[str, Any]:
    # Shares of a model's own that do not sum to 1 exactly, as genres that were rounded, are made to.
    total = sum(classes.values()) or 1.0
    shares = {name: round(value / total, _DIGITS) for name, value in classes.items()}
    value = max(shares, key=shares.__getitem__)
    return {"all": shares, "value": value, "probability": shares[value], "version": _version(record)}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
