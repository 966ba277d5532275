"""From the JSON that the sandbox answers back to records; raises where it is not what an analysis gives."""

from __future__ import annotations

import math
from typing import Any

from reprise.records import Mood, ScoredName, Tag, Tags, TempoCandidate, TrackAnalysis, Waveform

__all__ = ["analysis_from", "tags_from"]

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


def _require_finite(value: Any) -> None:
    """Refuse numbers that no database stores; Python's JSON knows NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_finite(inner)
