"""Every answer of every endpoint is as Spotify's OpenAPI file has it.

**Who adds an endpoint to `ROUTES` adds its lines to `CASES`**: what is found, the ends of lists, what is empty, and
what is wrong with it in particular. What can be wrong with all of them is tried without.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client
from tests.web.spotify_api.callers import program
from tests.web.spotify_api.openapi import complaints

from reprise.web.spotify_api.urls import ROUTES


@dataclass(frozen=True)
class Case:
    """A request and its status; ``{track}`` and the like stand for identifiers of the fixture ``there``."""

    operation: str
    path: str
    status: int = 200
    body: Any = None


URI = "spotify:track:{track}"
IDS = "ids={track},{unknown},{bare}"
LIST = "/playlists/{playlist}"

CASES = [
    Case("GET /albums", "/albums?ids={album},{unknown},{hollow}"),
    Case("GET /albums", "/albums?ids={unknown}"),
    Case("GET /albums", "/albums?ids=" + ",".join(["{album}"] * 21), 400),
    Case("GET /albums/{id}", "/albums/{album}"),
    Case("GET /albums/{id}", "/albums/{hollow}"),
    Case("GET /albums/{id}/tracks", "/albums/{album}/tracks"),
    Case("GET /albums/{id}/tracks", "/albums/{album}/tracks?limit=1&offset=1"),
    Case("GET /albums/{id}/tracks", "/albums/{album}/tracks?offset=100"),
    Case("GET /albums/{id}/tracks", "/albums/{hollow}/tracks"),
    Case("GET /albums/{id}/tracks", "/albums/{album}/tracks?limit=51", 400),
    Case("GET /artists", "/artists?ids={artist},{unknown},{silent}"),
    Case("GET /artists", "/artists?ids=" + ",".join(["{artist}"] * 51), 400),
    Case("GET /artists/{id}", "/artists/{artist}"),
    Case("GET /artists/{id}", "/artists/{silent}"),
    Case("GET /artists/{id}/albums", "/artists/{artist}/albums?limit=1"),
    Case("GET /artists/{id}/albums", "/artists/{artist}/albums?include_groups=single,appears_on"),
    Case("GET /artists/{id}/albums", "/artists/{artist}/albums?include_groups=cassette", 400),
    Case("GET /artists/{id}/related-artists", "/artists/{artist}/related-artists"),
    Case("GET /artists/{id}/related-artists", "/artists/{silent}/related-artists"),
    Case("GET /artists/{id}/top-tracks", "/artists/{artist}/top-tracks?market=DE"),
    Case("GET /artists/{id}/top-tracks", "/artists/{silent}/top-tracks"),
    Case("GET /audio-analysis/{id}", "/audio-analysis/{track}"),
    Case("GET /audio-analysis/{id}", "/audio-analysis/{isrc}"),
    Case("GET /audio-analysis/{id}", "/audio-analysis/{bare}", 404),
    Case("GET /audio-features", f"/audio-features?{IDS}"),
    Case("GET /audio-features", "/audio-features?ids={isrc},{spotify_id}"),
    Case("GET /audio-features", "/audio-features", 400),
    Case("GET /audio-features", "/audio-features?ids=" + ",".join(["{track}"] * 101), 400),
    Case("GET /audio-features/{id}", "/audio-features/{track}"),
    Case("GET /audio-features/{id}", "/audio-features/{second}"),
    Case("GET /audio-features/{id}", "/audio-features/{bare}", 404),
    Case("GET /me", "/me"),
    Case("GET /me/playlists", "/me/playlists"),
    Case("GET /me/playlists", "/me/playlists?limit=1&offset=1"),
    Case("GET /me/playlists", "/me/playlists?offset=100"),
    Case("POST /me/playlists", "/me/playlists", 201, {"name": "new", "public": False, "description": "text"}),
    Case("POST /me/playlists", "/me/playlists", 400, {"name": ""}),
    Case("POST /me/playlists", "/me/playlists", 400, {"name": ["new"]}),
    Case("GET /playlists/{playlist_id}", LIST),
    Case("GET /playlists/{playlist_id}", "/playlists/{empty}"),
    Case("GET /playlists/{playlist_id}", "/playlists/{by_rule}"),
    Case("GET /playlists/{playlist_id}", LIST + "?fields=((", 400),
    Case("PUT /playlists/{playlist_id}", LIST, 200, {"name": "other", "description": "", "public": True}),
    Case("PUT /playlists/{playlist_id}", LIST, 400, {"name": 7}),
    Case("DELETE /playlists/{playlist_id}/followers", LIST + "/followers"),
    Case("DELETE /playlists/{playlist_id}/followers", "/playlists/{empty}/followers", 403),
    Case("GET /recommendations", "/recommendations?seed_tracks={track}&limit=5"),
    Case("GET /recommendations", "/recommendations?seed_artists={artist}&seed_tracks={unknown}&target_energy=0.5"),
    Case("GET /recommendations", "/recommendations?seed_genres=house,no-such-genre&min_tempo=40&target_key=4"),
    Case("GET /recommendations", "/recommendations?limit=5", 400),
    Case("GET /recommendations", "/recommendations?seed_tracks={track}&min_energy=nan", 400),
    Case("GET /recommendations", "/recommendations?seed_tracks={track}&limit=101", 400),
    Case("GET /recommendations/available-genre-seeds", "/recommendations/available-genre-seeds"),
    Case("GET /search", "/search?q=house&type=track,artist,album,playlist"),
    Case("GET /search", "/search?q=house&type=track&limit=1&offset=1"),
    Case("GET /search", "/search?q=list&type=playlist"),
    Case("GET /search", "/search?q=zzzzqqqq&type=track,artist,album,playlist,show,episode,audiobook"),
    Case("GET /search", "/search?q=track:house artist:demo band album:demo year:1990-2005&type=track,album"),
    Case("GET /search", "/search?q=isrc:GBAYE0601498&type=track"),
    Case("GET /search", "/search?q=genre:techno&type=artist"),
    Case("GET /search", "/search?q=upc:123&type=album,track,artist"),
    Case("GET /search", "/search?q=house&type=track&limit=50"),
    Case("GET /search", "/search?q=house&type=track&limit=51", 400),
    Case("GET /search", "/search?q=house&type=track&limit=0", 400),
    Case("GET /search", "/search?q=house&type=track&offset=-1", 400),
    Case("GET /search", "/search?q=house", 400),
    Case("GET /search", "/search?q=house&type=song", 400),
    Case("GET /search", "/search?q=&type=track", 400),
    Case("GET /search", "/search?q=year:never&type=track", 400),
    Case("GET /search", "/search?q=" + "a" * 501 + "&type=track", 400),
    Case("GET /tracks", f"/tracks?{IDS}"),
    Case("GET /tracks", "/tracks?ids={isrc},{spotify_id}"),
    Case("GET /tracks", "/tracks?ids=" + ",".join(["{track}"] * 51), 400),
    Case("GET /tracks", f"/tracks?ids={URI}", 400),
    Case("GET /tracks/{id}", "/tracks/{track}"),
    Case("GET /tracks/{id}", "/tracks/{bare}"),
    Case("GET /tracks/{id}", "/tracks/{isrc}"),
    Case("GET /tracks/{id}", "/tracks/{spotify_id}"),
    Case("GET /users/{user_id}", "/users/{owner}"),
    Case("GET /users/{user_id}/playlists", "/users/{owner}/playlists"),
    Case("POST /users/{user_id}/playlists", "/users/{owner}/playlists", 201, {"name": "new"}),
    Case("POST /users/{user_id}/playlists", "/users/somebody else/playlists", 403, {"name": "new"}),
]  # fmt: skip


def _of_items(name: str) -> list[Case]:
    at, operation = f"/{name}", f"/playlists/{{playlist_id}}/{name}"
    uri = {"uri": URI}
    return [
        Case(f"GET {operation}", LIST + at),
        Case(f"GET {operation}", LIST + at + "?limit=1&offset=1"),
        Case(f"GET {operation}", "/playlists/{empty}" + at),
        Case(f"GET {operation}", "/playlists/{by_rule}" + at),
        Case(f"GET {operation}", LIST + at + "?limit=101", 400),
        Case(f"POST {operation}", LIST + at, 201, {"uris": [URI], "position": 0}),
        Case(f"POST {operation}", LIST + at, 201, [URI]),
        Case(f"POST {operation}", LIST + at + f"?position=1&uris={URI}", 201),
        Case(f"POST {operation}", LIST + at, 400, {"uris": [URI], "position": 4}),
        Case(f"POST {operation}", LIST + at, 400, {"uris": ["{track}"]}),
        Case(f"POST {operation}", LIST + at, 400, {"uris": [URI] * 101}),
        Case(f"POST {operation}", LIST + at, 404, {"uris": ["spotify:track:{unknown}"]}),
        Case(f"POST {operation}", "/playlists/{by_rule}" + at, 400, {"uris": [URI]}),
        Case(f"PUT {operation}", LIST + at, 200, {"uris": [URI]}),
        Case(f"PUT {operation}", LIST + at, 200, {"uris": []}),
        Case(f"PUT {operation}", LIST + at, 200, {"range_start": 0, "insert_before": 3, "range_length": 2}),
        Case(f"PUT {operation}", LIST + at, 400, {"range_start": 0, "insert_before": 4}),
        Case(
            f"PUT {operation}", LIST + at, 400, {"range_start": 0, "insert_before": 1, "snapshot_id": "old"}
        ),
        Case(f"PUT {operation}", LIST + at, 400, {"range_start": True, "insert_before": 1}),
        Case(f"DELETE {operation}", LIST + at, 200, {"tracks": [uri]}),
        Case(f"DELETE {operation}", LIST + at, 200, {"items": [uri | {"positions": [2]}]}),
        Case(f"DELETE {operation}", LIST + at, 400, {"tracks": [uri | {"positions": [1]}]}),
        Case(f"DELETE {operation}", LIST + at, 400, {"tracks": [uri | {"positions": ["0"]}]}),
        Case(f"DELETE {operation}", LIST + at, 400, {"tracks": []}),
        Case(f"DELETE {operation}", LIST + at, 400, {"tracks": [7]}),
    ]


CASES += _of_items("tracks") + _of_items("items")
OPERATIONS = sorted(f"{method} /{route}" for route, view in ROUTES.items() for method in view.functions)


def filled(thing: Any, there: dict[str, str]) -> Any:
    """Put identifiers in the place of their names."""
    if isinstance(thing, str):
        for name, value in there.items():
            thing = thing.replace("{" + name + "}", value)
        return thing
    if isinstance(thing, list):
        return [filled(each, there) for each in thing]
    if isinstance(thing, dict):
        return {name: filled(value, there) for name, value in thing.items()}
    return thing


def ask(client: Client, case: Case, there: dict[str, str]) -> tuple[Any, list[str]]:
    """Send a request; return the answer and what is wrong with it."""
    method = case.operation.split()[0]
    path = "/v1" + filled(case.path, there)
    options: dict[str, Any] = {}
    if case.body is not None:
        options = {"data": json.dumps(filled(case.body, there)), "content_type": "application/json"}
    answer = client.generic(method, path, **options)
    if answer.status_code != case.status:
        return answer, [f"{answer.status_code}, not {case.status}: {answer.content[:300]!r}"]
    body = json.loads(answer.content) if answer.content else None
    if case.status >= 400 and body["error"]["status"] != case.status:
        return answer, [f"the error says {body['error']['status']}"]
    return answer, complaints(case.operation, case.status, body)


def id_of(case: Case) -> str:
    return f"{case.operation} {case.path[:60]} {case.status} {json.dumps(case.body)[:50]}"


def test_every_operation_has_cases() -> None:
    """Each is found at least once, and each is refused at least once, here or below."""
    assert sorted({case.operation for case in CASES}) == OPERATIONS
    assert sorted({case.operation for case in CASES if case.status < 300}) == OPERATIONS


@pytest.mark.parametrize("case", CASES, ids=id_of)
def test_answers_are_as_the_file_has_them(case: Case, there: dict[str, str]) -> None:
    assert ask(program(), case, there)[1] == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_can_be_wrong_with_all(operation: str, there: dict[str, str], public: Any) -> None:
    """Nobody is let in without a token, other methods are not known, and where there is an id it can be wrong."""
    case = next(case for case in CASES if case.operation == operation and case.status < 300)
    stranger = program(address="192.0.2.7")
    answer, wrong = ask(stranger, replace(case, status=401), there)
    assert wrong == []
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    other = replace(case, operation=f"PATCH {operation.split()[1]}", status=405)
    answer = stranger.generic("PATCH", "/v1" + filled(other.path, there))
    assert answer.status_code == 405
    assert operation.split()[0] in answer.headers["Allow"].split(", ")
    assert complaints(operation, 405, answer.json()) == []


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "{" in each])
def test_ids_that_are_unknown_or_none(operation: str, there: dict[str, str]) -> None:
    case = next(case for case in CASES if case.operation == operation and case.status < 300)
    names = ("track", "album", "artist", "playlist", "owner")
    name = next(each for each in names if case.path.split("?")[0].count("{" + each + "}"))
    unknown = 403 if operation.startswith("POST /users") else 404
    at = case.path.replace("{" + name + "}", "{unknown}")
    assert ask(program(), replace(case, path=at, status=unknown), there)[1] == []
    if name != "owner":
        at = case.path.replace("{" + name + "}", f"spotify:{name}:{{{name}}}")
        assert ask(program(), replace(case, path=at, status=400), there)[1] == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_too_many_requests(operation: str, there: dict[str, str], public: Any) -> None:
    public.CONFIG = replace(public.CONFIG, rate_per_minute=1)
    case = next(case for case in CASES if case.operation == operation and case.status < 300)
    stranger = program(address="192.0.2.7")
    assert ask(stranger, replace(case, status=401), there)[1] == []
    answer, wrong = ask(stranger, replace(case, status=429), there)
    assert wrong == []
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.split()[0] in ("POST", "PUT")])
@pytest.mark.parametrize("body", [b"{", b"7", b'"text"', b"\xff", b'{"name": "a\\u0000b"}', b"[" * 100_000])
def test_bodies_that_are_no_json_object(operation: str, body: bytes, there: dict[str, str]) -> None:
    case = next(case for case in CASES if case.operation == operation and case.status < 300)
    path = "/v1" + filled(case.path, there).split("?")[0]
    answer = program().generic(operation.split()[0], path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert complaints(operation, 400, answer.json()) == []


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/v1/me/player", "/v1/tracks/a/b", "/v1//tracks"])
def test_other_paths_are_unknown(path: str, db: None) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = program().generic(method, path)
        assert answer.status_code == 404
        assert complaints("GET /me", 404, answer.json()) == []


def test_the_file_is_no_rubber_stamp(there: dict[str, str]) -> None:
    """What is absent, null or of another kind is noticed, however deep it lies."""
    case = Case("GET /albums/{id}", "/albums/{album}")
    body = json.loads(ask(program(), case, there)[0].content)
    for at in ((), ("tracks",), ("tracks", "items", 0), ("artists", 0), ("tracks", "items", 0, "artists", 0)):
        for other in ("absent", None, [7]):
            spoiled = json.loads(json.dumps(body))
            part = spoiled
            for step in at:
                part = part[step]
            part["href"] = other
            if other == "absent":
                del part["href"]
            assert complaints(case.operation, 200, spoiled) != [], (at, other)
