"""Whatever is sent, the answer is Spotify's shape, and never a fault of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.web.spotify_api.callers import program, token_of

from reprise.web.spotify_api.urls import ROUTES

NAMES = (
    "ids",
    "q",
    "type",
    "limit",
    "offset",
    "fields",
    "market",
    "include_groups",
    "uris",
    "position",
    "additional_types",
)
ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "", "-1", "0", "1", "50", "1e3", "٣", "9" * 30, "null", "NaN", "track", "artist,album", "spotify:track:x",
        "4uLU6hMCjMI75M1A2tKUQC", "4uLU6hMCjMI75M1A2tKUQC,GBAYE0601498", "GBAYE0601498", "items(track", "a.b", "'; --",
        "year:0-9", "isrc:x", 'artist:"', "genre:a,b", "\ud800", "%", "_",
    ]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "description", "uris", "tracks", "items", "uri", "positions", "position",
                         "range_start", "insert_before", "range_length", "snapshot_id", "public"]),
        inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
REQUESTS = st.tuples(
    st.sampled_from(sorted(ROUTES)),
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
    ODD | st.just("{playlist}"),
    st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4),
    st.none() | JSON.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=20),
)


@given(asked=REQUESTS)
@example(asked=("search", "GET", "", {"q": "\ud800", "type": "track,artist,album,playlist"}, None))
@example(asked=("search", "GET", "", {"q": "%_\\", "type": "track,artist,album,playlist"}, None))
@example(asked=("me/playlists", "POST", "", {}, b'{"name": "\\ud800"}'))
@example(asked=("me/playlists", "POST", "", {}, b'{"name": "a", "description": "\\u0000"}'))
@example(asked=("me/playlists", "GET", "", {"offset": "9" * 11}, None))
@example(asked=("users/{user_id}", "GET", "a/b/", {}, None))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_anything(there: dict[str, str], asked: tuple[str, str, str, dict[str, str], Any]) -> None:
    route, method, name, query, body = asked
    name = name.replace("{playlist}", there["playlist"])
    named = quote(name.encode("utf-8", "replace"), safe="")
    for each in ("id", "playlist_id", "user_id"):
        route = route.replace("{" + each + "}", named or "x")
    said = "&".join(f"{k}={quote(v.encode('utf-8', 'surrogatepass'))}" for k, v in query.items())
    answer = program().generic(
        method, f"/v1/{route}?{said}", data=body or b"", content_type="application/json"
    )
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400 and method != "HEAD":
        error = json.loads(answer.content)["error"]
        assert error["status"] == answer.status_code
        assert error["message"]


@pytest.mark.parametrize("name", ["a/b", "ä b", "a%b", "100%", "tracks", "playlists", "..", "a?b#c"])
def test_names_of_users_are_found_as_they_are_linked(there: dict[str, str], name: str) -> None:
    user = User.objects.create(username=name, password="!")
    client = program(token_of(user))
    me = client.get("/v1/me").json()
    path = me["href"].removeprefix("http://localhost")
    if name == "..":
        return  # no client sends such a path as it stands
    assert client.get(path).json()["id"] == name
    made = client.post(f"{path}/playlists", {"name": "x"}, content_type="application/json")
    assert made.status_code == 201
    assert client.get(f"{path}/playlists").json()["total"] == 1
