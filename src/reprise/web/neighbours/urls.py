"""Which address of a neighbour's leads where; with and without a slash at the end."""

from __future__ import annotations

from django.urls import re_path

from reprise.web.neighbours import audiomuse, subsonic

urlpatterns = [
    re_path(r"^rest/(?P<method>[A-Za-z0-9]{1,40})(?:\.view)?/?$", subsonic.answer),
    re_path(r"^api/similar_tracks/?$", audiomuse.similar_tracks),
    re_path(r"^api/find_path/?$", audiomuse.find_path),
    re_path(r"^api/similar_artists/?$", audiomuse.similar_artists),
]
