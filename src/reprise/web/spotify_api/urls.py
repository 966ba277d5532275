"""Which address leads where below ``/v1/``; with and without a slash at the end, neither redirects."""

from __future__ import annotations

import re

from django.urls import re_path

from reprise.web.spotify_api import audio_features
from reprise.web.spotify_api.answering import Endpoint, endpoint, give_token, unknown

__all__ = ["ROUTES", "urlpatterns"]

ROUTES: dict[str, Endpoint] = {
    "audio-features": endpoint(GET=audio_features.of_several),
    "audio-features/{id}": endpoint(GET=audio_features.of_one),
}
"""Every path below ``/v1/``, spelled as in Spotify's OpenAPI file."""


def _pattern(route: str) -> str:
    # A user's name may have a slash in it.
    named = re.sub(r"\{(\w+)\}", lambda at: f"(?P<{at[1]}>{'.+' if at[1] == 'user_id' else '[^/]+'})", route)
    return f"^v1/{named}/?$"


urlpatterns = [
    re_path(r"^api/token/?$", give_token),
    *(re_path(_pattern(route), view) for route, view in ROUTES.items()),
    re_path(r"^v1/", unknown),
]
