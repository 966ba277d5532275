"""Everything that the page of one track shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from reprise.models.accuracy import published_accuracy
from reprise.targets import HEADS, target
from reprise.training.feedback.correction import GENRE
from reprise.web.library.models import Analysis, Track, TrackLabel
from reprise.web.library.paths import shown_path
from reprise.web.library.sentences import sentence

__all__ = ["feature_values", "track_detail", "waveform"]


def track_detail(track: Track, corrected: dict[str, Any], *, is_owner: bool) -> dict[str, Any]:
    """Return what `reprise.web.api.schemas.TrackDetail` has beyond the summary.

    Parameters
    ----------
    track : Track
    corrected : dict of str to float or str
        What the asking user has corrected.
    is_owner : bool
        Only the owner learns where files lie.
    """
    analysis = Analysis.objects.filter(track=track).defer("embedding", "vector", "waveform").first()
    record = analysis.record if analysis else {}
    mood, detail = record.get("mood"), record.get("detail")
    return {
        "path": shown_path(track.path) if is_owner else None,
        "isrc": track.isrc,
        "error": track.error_message or None,
        "features": feature_values(record, corrected),
        "confidence": record.get("confidence", {}),
        "tempo_candidates": record.get("tempo_candidates", []),
        "loudness_lufs": track.loudness_lufs,
        "loudness_range_lu": record.get("loudness_range_lu"),
        "true_peak_db": record.get("true_peak_db"),
        "genres": [{"name": g["name"], "score": g["probability"]} for g in record.get("genres", [])],
        "genre_corrected": corrected.get(GENRE),
        "mood": mood and {**mood, "emotions": _scored(mood["emotions"])},
        "tags": _strongest(record.get("tags", [])),
        "file_genres": list(
            track.labels.filter(kind=TrackLabel.Kind.FILE).order_by("name").values_list("name", flat=True)
        ),
        "model": analysis.model if analysis else None,
        "warnings": record.get("warnings", []),
        "events": detail and {name: detail.get(name, []) for name in ("beats_s", "bars_s", "sections")},
        "has_audio": track.missing_since is None,
    }


def feature_values(record: dict[str, Any], corrected: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the seven predicted features with what is known about each."""
    accuracy = published_accuracy()
    rows = []
    for name in HEADS:
        value, interval = record.get(name), record.get("intervals", {}).get(name)
        rows.append({
            "name": name,
            "value": value,
            "interval": interval and {"low": interval[0], "high": interval[1]},
            "definition": target(name).definition,
            "sentence": sentence(name, value, interval),
            "corrected": corrected.get(name),
            "r2": accuracy[name]["r2"],
            "mae": accuracy[name]["mae"],
        })  # fmt: skip
    return rows


def waveform(track: Track) -> dict[str, Any]:
    """Return the outline of a track's waveform; empty where none was kept."""
    row = Analysis.objects.filter(track=track).values_list("waveform", flat=True).first()
    low, high = np.frombuffer(bytes(row or b""), np.int8).reshape(2, -1).tolist()
    return {"low": low, "high": high, "duration_s": (track.duration_ms or 0) / 1000 or None}


def _scored(scores: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {"name": name, "score": score} for name, score in sorted(scores.items(), key=lambda each: -each[1])
    ]


def _strongest(tags: list[dict[str, Any]], count: int = 15) -> list[dict[str, Any]]:
    """Two vocabularies share tags: each is shown once, with its higher score."""
    best: dict[str, float] = {}
    for tag in tags:
        best[tag["name"]] = max(tag["score"], best.get(tag["name"], 0.0))
    return _scored(best)[:count]
