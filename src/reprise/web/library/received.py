"""From the JSON that the sandbox answers back to records; raises where it is not what an analysis gives."""

from __future__ import annotations

import math
from typing import Any

from reprise.audio_analysis import AnalysedSection, AudioAnalysis, Segment, TimeInterval
from reprise.records import Mood, ScoredName, Tag, Tags, TempoCandidate, TrackAnalysis, Waveform

__all__ = ["analysis_from", "full_analysis_from", "tags_from"]

_EMBEDDING_LENGTH = 500


def tags_from(said: dict[str, Any]) -> Tags:
    """Return the tags that `dataclasses.asdict` made plain."""
    return Tags(**{**said, "genres": tuple(map(str, said["genres"]))})


def analysis_from(record: dict[str, Any], path: str) -> TrackAnalysis:
    """Return the analysis that `TrackAnalysis.to_dict` made plain.

    Parameters
    ----------
    record : dict
        With ``embedding`` and ``waveform``.
    path : str
        Of the file that was asked about, whatever the record says.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        If it is not that.
    """
    _require_finite(record)
    mood, waveform = record["mood"], record["waveform"]
    embedding = tuple(float(value) for value in record["embedding"])
    if len(embedding) != _EMBEDDING_LENGTH:
        raise ValueError(f"an embedding of {len(embedding)} numbers")
    return TrackAnalysis(
        **record
        | {
            "path": path,
            "intervals": {name: (low, high) for name, (low, high) in record["intervals"].items()},
            "tempo_candidates": tuple(TempoCandidate(**each) for each in record["tempo_candidates"]),
            "genres": tuple(
                ScoredName(name=str(each["name"]), score=float(each["probability"]))
                for each in record["genres"]
            ),
            "mood": Mood(**mood) if mood else None,
            "tags": tuple(Tag(**each) for each in record["tags"]),
            "warnings": tuple(map(str, record["warnings"])),
            "embedding": embedding,
            "waveform": Waveform(
                **waveform | {name: tuple(map(int, waveform[name])) for name in ("low", "high", "rms")}
            ),
        }
    )


def full_analysis_from(record: dict[str, Any]) -> AudioAnalysis:
    """Return the full analysis that `AudioAnalysis.to_dict` made plain.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        If it is not that.
    """
    _require_finite(record)
    return AudioAnalysis(
        **_numbers(record["track"]),
        bars=_intervals(record["bars"]),
        beats=_intervals(record["beats"]),
        tatums=_intervals(record["tatums"]),
        sections=tuple(
            AnalysedSection(**_numbers(each, but=("label",)), label=str(each["label"]))
            for each in record["sections"]
        ),
        segments=tuple(_segment(each) for each in record["segments"]),
    )


_MAY_BE_NONE = ("loudness_db", "tempo_bpm", "time_signature", "mode")


def _intervals(records: list[dict[str, Any]]) -> tuple[TimeInterval, ...]:
    return tuple(TimeInterval(**_numbers(each)) for each in records)


def _segment(each: dict[str, Any]) -> Segment:
    pitches, timbre = (tuple(float(value) for value in each[name]) for name in ("pitches", "timbre"))
    if len(pitches) != 12 or len(timbre) != 12:
        raise ValueError("a segment without twelve pitches and twelve numbers of timbre")
    return Segment(**_numbers(each, but=("pitches", "timbre")), pitches=pitches, timbre=timbre)


def _numbers(record: dict[str, Any], but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what is in it but for some names; refuse what is no number."""
    numbers = {name: value for name, value in record.items() if name not in but}
    for name, value in numbers.items():
        if type(value) not in (int, float) and not (value is None and name in _MAY_BE_NONE):
            raise TypeError(f"{name} is no number")
    return numbers


def _require_finite(value: Any) -> None:
    """Refuse numbers that no database stores; Python's JSON knows NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_finite(inner)
