"""``tracks``: one, or up to fifty."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from reprise.web.library.identity import find_tracks
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.objects import track_objects
from reprise.web.spotify_api.reading import ids_of, track_id

__all__ = ["of_one", "of_several"]


def of_one(request: HttpRequest, *, id: str) -> dict[str, Any]:
    """Show a track."""
    ids = [track_id(id)]
    found: dict[str, Any] | None = track_objects(find_tracks(ids), Addresses(request), asked=ids)[0]
    if found is None:
        raise SpotifyError(404, "there is no track by this id")
    return found


def of_several(request: HttpRequest) -> dict[str, Any]:
    """Show tracks, null for those that are unknown."""
    ids = ids_of(request, 50, of_tracks=True)
    return {"tracks": track_objects(find_tracks(ids), Addresses(request), asked=ids)}
