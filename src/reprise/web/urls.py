"""Which address leads where: the APIs, the built pages, and for every other path the page that routes itself."""

from __future__ import annotations

from django.urls import include, path, re_path

from reprise.web.api import api
from reprise.web.pages import page

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("reprise.web.spotify_api.urls")),
    path("", include("reprise.web.neighbours.urls")),
    re_path(r"^(?!api/|static/|v1/|rest/).*$", page),
]

handler400 = "reprise.web.error_pages.bad_request"
handler403 = "reprise.web.error_pages.forbidden"
handler404 = "reprise.web.error_pages.not_found"
handler500 = "reprise.web.error_pages.server_error"
