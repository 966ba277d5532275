"""``audio-features``: of one track, and of up to a hundred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from reprise.spotify import audio_features
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.identity import find_track_values
from reprise.web.library.models import Track
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.reading import ids_of, track_id

__all__ = ["of_one", "of_several"]

_COLUMNS = ("public_id", "status", "duration_ms", *SPOTIFY_FEATURES)


def of_one(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """Give the audio features of a track."""
    (found,) = _features(request, [track_id(id)])
    if found is None:
        raise SpotifyError(404, "there is no analysed track by this id")
    return found


def of_several(request: HttpRequest) -> dict[str, Any]:
    """Give the audio features of tracks, null for those that are unknown or not analysed."""
    return {"audio_features": _features(request, ids_of(request, 100, of_tracks=True))}


def _features(request: HttpRequest, ids: Sequence[str]) -> list[dict[str, Any] | None]:
    base = Addresses(request).api
    return [
        None
        if row is None or row[1] != Track.Status.ANALYSED
        else audio_features(
            id=row[0],
            values=dict(zip(SPOTIFY_FEATURES, row[3:], strict=True)),
            duration_ms=row[2],
            base=base,
        )
        for row in find_track_values(ids, *_COLUMNS)
    ]
