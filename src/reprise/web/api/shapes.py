"""From rows to the API's shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Track

__all__ = ["page", "summaries", "summary", "with_names"]


def with_names(tracks: QuerySet[Track]) -> QuerySet[Track]:
    """Fetch what `summary` needs in one query."""
    return tracks.select_related("artist", "album", "cluster")


def summary(track: Track) -> dict[str, Any]:
    """Return a track as `schemas.TrackSummary` has it."""
    return {
        "id": track.public_id,
        "title": track.title,
        "artist": track.artist and {"id": track.artist.public_id, "name": track.artist.name},
        "album": track.album and {"id": track.album.public_id, "title": track.album.title},
        "year": track.year,
        "duration_ms": track.duration_ms,
        "status": track.status,
        "is_missing": track.missing_since is not None,
        "origin": track.origin,
        **{name: getattr(track, name) for name in SPOTIFY_FEATURES},
        "genre": track.genre,
        "genre_probability": track.genre_probability,
        "mood_valence": track.mood_valence,
        "mood_arousal": track.mood_arousal,
        "quadrant": track.quadrant,
        "cluster": track.cluster and track.cluster.number,
        "added_at": track.added_at,
    }


def summaries(tracks: Iterable[Track]) -> list[dict[str, Any]]:
    """Return several."""
    return [summary(track) for track in tracks]


def page(rows: QuerySet[Any], limit: int, offset: int, shape: Any) -> dict[str, Any]:
    """Return a part of a query as `schemas.Page` has it."""
    return {
        "items": [shape(row) for row in rows[offset : offset + limit]],
        "total": rows.count(),
        "limit": limit,
        "offset": offset,
    }
