"""Lists of tracks, and one of them."""

from __future__ import annotations

from django.test import Client


def test_an_empty_library_is_an_empty_page(owner_client: Client) -> None:
    answer = owner_client.get("/api/v1/tracks")
    assert answer.json() == {"items": [], "total": 0, "limit": 50, "offset": 0}


def test_an_unknown_track_is_a_problem(owner_client: Client) -> None:
    answer = owner_client.get("/api/v1/tracks/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
