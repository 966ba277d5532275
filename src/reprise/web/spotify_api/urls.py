"""Which address leads where below ``/v1/``; with and without a slash at the end, neither redirects."""

from __future__ import annotations

import re

from django.urls import re_path

from reprise.web.spotify_api import (
    albums,
    artists,
    audio_analysis,
    audio_features,
    me,
    playlist_items,
    playlists,
    recommendations,
    search,
    tracks,
)
from reprise.web.spotify_api.answering import Endpoint, endpoint, give_token, unknown

__all__ = ["ROUTES", "urlpatterns"]

_ITEMS = endpoint(
    GET=playlist_items.show,
    POST=playlist_items.add,
    PUT=playlist_items.put,
    DELETE=playlist_items.remove,
    cache_s=0,
)

ROUTES: dict[str, Endpoint] = {
    "albums": endpoint(GET=albums.of_several),
    "albums/{id}": endpoint(GET=albums.of_one),
    "albums/{id}/tracks": endpoint(GET=albums.tracks),
    "artists": endpoint(GET=artists.of_several),
    "artists/{id}": endpoint(GET=artists.of_one),
    "artists/{id}/albums": endpoint(GET=artists.albums),
    "artists/{id}/related-artists": endpoint(GET=artists.related),
    "artists/{id}/top-tracks": endpoint(GET=artists.top),
    "audio-analysis/{id}": endpoint(GET=audio_analysis.of_one),
    "audio-features": endpoint(GET=audio_features.of_several),
    "audio-features/{id}": endpoint(GET=audio_features.of_one),
    "me": endpoint(GET=me.of_me, cache_s=0),
    "me/playlists": endpoint(GET=playlists.mine, POST=playlists.create_mine, cache_s=0),
    "playlists/{playlist_id}": endpoint(GET=playlists.of_one, PUT=playlists.change, cache_s=0),
    "playlists/{playlist_id}/followers": endpoint(DELETE=playlists.remove),
    "playlists/{playlist_id}/items": _ITEMS,
    "playlists/{playlist_id}/tracks": _ITEMS,
    "recommendations": endpoint(GET=recommendations.recommended),
    "recommendations/available-genre-seeds": endpoint(GET=recommendations.genre_seeds),
    "search": endpoint(GET=search.search, cache_s=0),
    "tracks": endpoint(GET=tracks.of_several),
    "tracks/{id}": endpoint(GET=tracks.of_one),
    "users/{user_id}/playlists": endpoint(GET=playlists.of_user, POST=playlists.create_for, cache_s=0),
    "users/{user_id}": endpoint(GET=me.of_user, cache_s=0),
}
"""Every path below ``/v1/``, spelled as in Spotify's OpenAPI file."""


def _pattern(route: str) -> str:
    # A user's name may have a slash in it.
    named = re.sub(r"\{(\w+)\}", lambda at: f"(?P<{at[1]}>{'.+?' if at[1] == 'user_id' else '[^/]+'})", route)
    return f"^v1/{named}/?$"


urlpatterns = [
    re_path(r"^api/token/?$", give_token),
    *(re_path(_pattern(route), view) for route, view in ROUTES.items()),
    re_path(r"^v1/", unknown),
]
