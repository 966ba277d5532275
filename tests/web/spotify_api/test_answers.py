"""What answers have in common: tags and caches, HEAD, both forms of an address, pages that follow each other."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.web.spotify_api.callers import program
from tests.web.spotify_api.test_shapes import CASES, OPERATIONS, filled

from reprise.web.spotify_api import answering, audio_features, tracks
from reprise.web.spotify_api.urls import ROUTES

READ = [case for case in CASES if case.operation.startswith("GET") and case.status == 200]
FIRST = [
    next(case for case in READ if case.operation == each) for each in OPERATIONS if each.startswith("GET")
]


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.operation)
def test_an_answer_that_is_known_is_not_sent_again(case: Any, there: dict[str, str]) -> None:
    path, client = "/v1" + filled(case.path, there), program()
    first = client.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"].startswith("private")
    assert {"Authorization", "Cookie"} <= set(first.headers["Vary"].split(", "))
    assert first.headers["Content-Length"] == str(len(first.content))
    for known in (tag, f'"other", W/{tag}', "*"):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.operation)
def test_head_and_a_slash_at_the_end(case: Any, there: dict[str, str]) -> None:
    path, client = "/v1" + filled(case.path, there), program()
    at, _, query = path.partition("?")
    first = client.get(path)
    with_slash = client.get(f"{at}/?{query}")
    assert with_slash.status_code == 200
    head = client.head(path)
    assert head.status_code == 200
    assert head.headers["ETag"] == first.headers["ETag"]


def test_what_changes_changes_the_tag(there: dict[str, str]) -> None:
    client, path = program(), f"/v1/playlists/{there['playlist']}"
    tag = client.get(path).headers["ETag"]
    client.put(path, {"name": "another"}, content_type="application/json")
    assert client.get(path, headers={"if-none-match": tag}).json()["name"] == "another"


@pytest.mark.parametrize(
    ("takes", "is_zipped"),
    [("", False), ("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False)],
)
def test_an_analysis_is_sent_as_the_client_takes_it(
    takes: str, is_zipped: bool, there: dict[str, str]
) -> None:
    path = f"/v1/audio-analysis/{there['track']}"
    answer = program().get(path, headers={"accept-encoding": takes} if takes else {})
    assert answer.headers.get("Content-Encoding") == ("gzip" if is_zipped else None)
    assert "Accept-Encoding" in answer.headers["Vary"]
    body = json.loads(gzip.decompress(answer.content) if is_zipped else answer.content)
    assert body["track"]["duration"] > 1


def test_an_error_of_ours_tells_nothing(there: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(tracks, "find_tracks", broken)
    answer = program().get(f"/v1/tracks/{there['track']}")
    assert answer.status_code == 500
    assert answer.json()["error"]["status"] == 500
    assert b"secret" not in answer.content


def test_a_file_that_is_gone_is_not_named(there: dict[str, str]) -> None:
    answer = program().get(f"/v1/audio-analysis/{there['bare']}")
    assert answer.status_code == 404
    assert b"/music" not in answer.content


def _pages(client: Client, path: str, kind: str = "") -> list[Any]:
    """Go from page to page by their own addresses, then back again; return the items."""
    found, back = [], []
    page = client.get(path).json()
    page = page[kind] if kind else page
    while True:
        found += page["items"]
        assert page["href"].startswith("http://localhost/v1/")
        if page["next"] is None:
            break
        page = _get(client, page["next"], kind)
    while True:
        back = page["items"] + back
        if page["previous"] is None:
            break
        page = _get(client, page["previous"], kind)
    assert back == found
    assert len(found) == page["total"]
    return found


def _get(client: Client, address: str, kind: str) -> Any:
    parts = urlsplit(address)
    answer = client.get(f"{parts.path}?{parts.query}").json()
    return answer[kind] if kind else answer


def test_pages_lead_to_each_other(there: dict[str, str]) -> None:
    client = program()
    assert len(_pages(client, f"/v1/albums/{there['album']}/tracks?limit=1")) == 2
    assert len(_pages(client, f"/v1/playlists/{there['playlist']}/tracks?limit=1")) == 3
    assert len(_pages(client, f"/v1/playlists/{there['playlist']}/items?limit=2")) == 3
    assert len(_pages(client, "/v1/me/playlists?limit=1")) == 3
    assert len(_pages(client, f"/v1/artists/{there['artist']}/albums?limit=1")) == 1
    names = [each["name"] for each in _pages(client, "/v1/search?q=house&type=track,album&limit=1", "tracks")]
    assert sorted(names) == ["House", "Second House"]


def test_pages_within_an_object_lead_to_its_own_list(there: dict[str, str]) -> None:
    client = program()
    album = client.get(f"/v1/albums/{there['album']}").json()
    assert urlsplit(album["tracks"]["href"]).path == f"/v1/albums/{there['album']}/tracks"
    assert _get(client, album["tracks"]["href"], "")["items"] == album["tracks"]["items"]
    playlist = client.get(f"/v1/playlists/{there['playlist']}").json()
    assert _get(client, playlist["tracks"]["href"], "")["items"] == playlist["tracks"]["items"]


def test_features_of_a_hundred_take_two_queries(
    there: dict[str, str], django_assert_num_queries: Any
) -> None:
    ids = ",".join([there["track"], there["isrc"]] * 50)
    program().get("/v1/me")  # who the owner is, is remembered
    with django_assert_num_queries(2):
        answer = program().get(f"/v1/audio-features?ids={ids}")
    assert len(answer.json()["audio_features"]) == 100


def test_every_route_is_an_endpoint() -> None:
    assert all(isinstance(view, answering.Endpoint) for view in ROUTES.values())
    assert ROUTES["audio-features"].functions["GET"] is audio_features.of_several
