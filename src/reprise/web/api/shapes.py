"""From rows to the API's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Track

__all__ = ["page", "summaries_in_order", "summaries_of", "summary", "track_key", "track_page", "with_names"]


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


_PLAIN = (
    "year", "duration_ms", "status", "origin", *SPOTIFY_FEATURES, "genre", "genre_probability", "mood_valence",
    "mood_arousal", "quadrant", "added_at",
)  # fmt: skip
_COLUMNS = (
    "pk", "public_id", "title", "missing_since", "cluster__number",
    "artist__public_id", "artist__name", "album__public_id", "album__title", *_PLAIN,
)  # fmt: skip


def summaries_of(keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the summaries of tracks by their primary keys, without those that are gone.

    Rows of plain values: making four objects of each row takes most of the time that a list takes.
    """
    found = {}
    rows = Track.objects.filter(pk__in=keys).values_list(*_COLUMNS)
    for key, public_id, title, missing, cluster, artist_id, artist, album_id, album, *values in rows:
        found[key] = {
            "id": public_id,
            "title": title,
            "artist": artist_id and {"id": artist_id, "name": artist},
            "album": album_id and {"id": album_id, "title": album},
            "is_missing": missing is not None,
            "cluster": cluster,
            **dict(zip(_PLAIN, values, strict=True)),
        }
    return found


def summaries_in_order(keys: Sequence[int]) -> list[dict[str, Any]]:
    """Return the summaries of tracks in the order of their primary keys, without those that are gone."""
    found = summaries_of(keys)
    return [found[key] for key in keys if key in found]


def track_page(tracks: QuerySet[Track], limit: int, offset: int) -> dict[str, Any]:
    """Return a part of an ordered query as `schemas.Page` of `schemas.TrackSummary` has it."""
    # Keys first: the database then sorts narrow rows.
    keys = list(tracks.values_list("pk", flat=True)[offset : offset + limit])
    return {"items": summaries_in_order(keys), "total": tracks.count(), "limit": limit, "offset": offset}


def track_key(track_id: str) -> int:
    """Return the primary key of a track; raises `Http404` if there is none of this name."""
    key = Track.objects.filter(public_id=track_id).values_list("pk", flat=True).first()
    if key is None:
        raise Http404
    return key


def page(rows: QuerySet[Any], limit: int, offset: int, shape: Any) -> dict[str, Any]:
    """Return a part of a query as `schemas.Page` has it."""
    return {
        "items": [shape(row) for row in rows[offset : offset + limit]],
        "total": rows.count(),
        "limit": limit,
        "offset": offset,
    }
