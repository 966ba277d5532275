"""Guests do not see each other's playlists, whichever operation they ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.accounts import new_token
from reprise.web.library.models import Playlist

OPERATIONS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PUT", "", {"name": "mine now"}),
    ("GET", "/tracks", None),
    ("POST", "/tracks", {"uris": ["spotify:track:aaaaaaaaaaaaaaaaaaaaaa"]}),
    ("PUT", "/tracks", {"uris": []}),
    ("DELETE", "/tracks", {"tracks": [{"uri": "spotify:track:aaaaaaaaaaaaaaaaaaaaaa"}]}),
    ("DELETE", "/followers", None),
]


@pytest.fixture
def other(db: None) -> Playlist:
    """A playlist of another guest."""
    return Playlist.objects.create(
        name="theirs alone", user=User.objects.create_user("other", password="the other's long password")
    )


def client_of(user: User) -> Client:
    return Client(headers={"host": "localhost", "Authorization": f"Bearer {new_token(user, 'test')[1]}"})


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_it_is_not_there_for_a_guest(
    method: str, path: str, body: Any, other: Playlist, guest: User, public: Any
) -> None:
    answer = client_of(guest).generic(
        method,
        f"/v1/playlists/{other.public_id}{path}",
        "" if body is None else json.dumps(body),
        content_type="application/json",
    )
    assert answer.status_code == 404


def test_it_is_neither_listed_nor_found(other: Playlist, guest: User, public: Any) -> None:
    client = client_of(guest)
    assert client.get("/v1/users/other/playlists").status_code == 404  # guests learn of no other guests
    found = client.get("/v1/search", {"q": "theirs", "type": "playlist"}).json()
    assert found["playlists"]["items"] == []
    owner = client_of(User.objects.create(username="boss", is_superuser=True))
    assert len(owner.get("/v1/users/other/playlists").json()["items"]) == 1
    found = owner.get("/v1/search", {"q": "theirs", "type": "playlist"}).json()
    assert [each["name"] for each in found["playlists"]["items"]] == ["theirs alone"]
