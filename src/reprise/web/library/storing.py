"""From a `TrackAnalysis` to rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from reprise.records import FailedAnalysis, Tags, TrackAnalysis
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.describing import describe_all, label_all
from reprise.web.library.models import Analysis, Artist, Track, TrackLabel, name_key
from reprise.web.library.pgvector import store_place

__all__ = ["artist_of", "describe", "outline_bytes", "store_analysis", "store_failure"]

_LEAST_GENRE, _LEAST_TAG = 0.1, 0.1


def artist_of(name: str | None) -> Artist | None:
    """Return the row of an artist, made if there is none; ``None`` for no name."""
    if not name or not name_key(name):
        return None
    return Artist.objects.get_or_create(key=name_key(name), defaults={"name": name[:500]})[0]


def describe(track: Track, tags: Tags) -> None:
    """Set a track's title, artist and album from its tags, or its file name; not saved yet, but for its genres."""
    describe_all([(track, tags)])
    if track.pk:
        label_all([(track, tags)])


def store_analysis(track: Track, analysis: TrackAnalysis) -> None:
    """Store what was heard, whole or not at all."""
    # PostgreSQL takes no path into JSON that is no text.
    record = analysis.to_dict() | {"path": track.path}
    embedding = np.asarray(record.pop("embedding"), "<f2")
    waveform = record.pop("waveform", None)
    with transaction.atomic():
        for name in SPOTIFY_FEATURES:
            setattr(track, name, getattr(analysis, name))
        track.duration_ms, track.loudness_lufs = analysis.duration_ms, analysis.loudness_lufs
        best = analysis.genres[0] if analysis.genres else None
        track.genre, track.genre_probability = (best.name, best.score) if best else ("", None)
        mood = analysis.mood
        track.mood_valence, track.mood_arousal = (mood.valence, mood.arousal) if mood else (None, None)
        track.quadrant = mood.quadrant if mood else ""
        track.status, track.error_type, track.error_message = Track.Status.ANALYSED, "", ""
        track.analysed_at = timezone.now()
        track.save()
        vector = _vector(embedding)
        Analysis.objects.update_or_create(
            track=track,
            defaults={
                "record": record,
                "model": analysis.model,
                "embedding": embedding.tobytes(),
                "vector": vector.tobytes(),
                "waveform": outline_bytes(waveform),
            },
        )
        store_place(track.pk, vector)
        track.labels.exclude(kind=TrackLabel.Kind.FILE).delete()
        TrackLabel.objects.bulk_create(_labels(track, analysis))


def store_failure(track: Track, failure: FailedAnalysis) -> None:
    """Record that a file could not be analysed, and why."""
    track.status = Track.Status.FAILED
    track.error_type, track.error_message = failure.error_type, failure.message[:2000]
    track.save(update_fields=["status", "error_type", "error_message"])


def _vector(embedding: Any) -> Any:
    from reprise.similarity.space import to_space

    return np.asarray(to_space(np.asarray(embedding, np.float32)[None])[0], "<f4")


def outline_bytes(waveform: Any) -> bytes:
    """Return the outline of a waveform, as a record has it, in the form of `Analysis.waveform`: all lows, all highs."""
    return np.array([waveform["low"], waveform["high"]], np.int8).tobytes() if waveform else b""


def _labels(track: Track, analysis: TrackAnalysis) -> list[TrackLabel]:
    genres = {g.name: g.score for g in analysis.genres if g.score >= _LEAST_GENRE}
    tags: dict[str, float] = {}
    for tag in analysis.tags:
        if tag.score >= _LEAST_TAG:
            tags[tag.name] = max(tag.score, tags.get(tag.name, 0.0))
    kinds = ((TrackLabel.Kind.GENRE, genres), (TrackLabel.Kind.TAG, tags))
    return [
        TrackLabel(track=track, kind=kind, name=name[:100].casefold(), score=score)
        for kind, scores in kinds
        for name, score in scores.items()
    ]
