"""Who may do what: every operation, tried by everybody there is.

**Who adds an endpoint adds its line to `WHO`**: ``reader`` is every token, ``user`` one that acts for somebody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.web.spotify_api.callers import bearer, client_token, program, token_of
from tests.web.spotify_api.test_shapes import CASES, OPERATIONS, filled

from reprise.web.library.accounts import forget_local_owner
from reprise.web.library.models import AccessToken, Playlist

WHO: dict[str, Literal["reader", "user"]] = {
    "GET /albums": "reader",
    "GET /albums/{id}": "reader",
    "GET /albums/{id}/tracks": "reader",
    "GET /artists": "reader",
    "GET /artists/{id}": "reader",
    "GET /artists/{id}/albums": "reader",
    "GET /artists/{id}/related-artists": "reader",
    "GET /artists/{id}/top-tracks": "reader",
    "GET /audio-analysis/{id}": "reader",
    "GET /audio-features": "reader",
    "GET /audio-features/{id}": "reader",
    "GET /me": "user",
    "GET /me/playlists": "user",
    "POST /me/playlists": "user",
    "GET /playlists/{playlist_id}": "reader",
    "PUT /playlists/{playlist_id}": "user",
    "DELETE /playlists/{playlist_id}/followers": "user",
    "GET /playlists/{playlist_id}/items": "reader",
    "POST /playlists/{playlist_id}/items": "user",
    "PUT /playlists/{playlist_id}/items": "user",
    "DELETE /playlists/{playlist_id}/items": "user",
    "GET /playlists/{playlist_id}/tracks": "reader",
    "POST /playlists/{playlist_id}/tracks": "user",
    "PUT /playlists/{playlist_id}/tracks": "user",
    "DELETE /playlists/{playlist_id}/tracks": "user",
    "GET /recommendations": "reader",
    "GET /recommendations/available-genre-seeds": "reader",
    "GET /search": "reader",
    "GET /tracks": "reader",
    "GET /tracks/{id}": "reader",
    "GET /users/{user_id}": "reader",
    "GET /users/{user_id}/playlists": "reader",
    "POST /users/{user_id}/playlists": "user",
}

ELSEWHERE = "192.0.2.7"


def _expired(user: User) -> dict[str, str]:
    headers = client_token(user)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return headers


def _shut_out(user: User) -> dict[str, str]:
    headers = client_token(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return headers


def _removed(user: User) -> dict[str, str]:
    headers = client_token(user)
    user.clients.all().delete()
    return headers


def _guest() -> User:
    return User.objects.create(username="a guest", password="!")


def _other_owner() -> User:
    return User.objects.create(username="another owner", password="!", is_superuser=True)


def _browser(user: User) -> Client:
    client = program({"sec-fetch-site": "same-origin", "origin": "http://localhost"}, ELSEWHERE)
    client.force_login(user)
    return client


# Who comes, on which server, and what they are there: the one who made the playlists, another owner, a guest, a client
# of nobody's, a browser (which may read, and no more), or nobody. A number is what everything is answered with.
Comes = Callable[[User], Client]
VISITORS: dict[str, tuple[str, str | int, Comes]] = {
    "a program on this machine": ("local", "maker", lambda owner: program()),
    "a program with a token of Spotify's": ("local", "maker", lambda owner: program(bearer("BQC9xF"))),
    "a page of this machine": ("local", "browser", lambda owner: program({"sec-fetch-site": "same-origin"})),
    "a page with a cookie alone": ("local", "browser", lambda owner: program({"cookie": "a=b"})),
    "a guest's token here": ("local", "guest", lambda owner: program(token_of(_guest()))),
    "a wrong token of ours here": ("local", 401, lambda owner: program(bearer("rp_wrong"))),
    "a wrong access token here": ("local", 401, lambda owner: program(bearer("rpa_wrong"))),
    "an expired access token here": ("local", 401, lambda owner: program(_expired(owner))),
    "another machine": ("local", 401, lambda owner: program(address=ELSEWHERE)),
    "another machine with Spotify's": ("local", 401, lambda owner: program(bearer("BQC9xF"), ELSEWHERE)),
    "a proxy on this machine": ("local", 401, lambda owner: program({"X-Forwarded-For": "127.0.0.1"})),
    "no bearer": ("local", 400, lambda owner: program({"Authorization": "Basic YTpi"})),
    "a bearer of nothing": ("local", 400, lambda owner: program({"Authorization": "Bearer "})),
    "the owner's token": ("public", "maker", lambda owner: program(token_of(owner), ELSEWHERE)),
    "the owner's client": ("public", "maker", lambda owner: program(client_token(owner), ELSEWHERE)),
    "another owner": ("public", "owner", lambda owner: program(token_of(_other_owner()), ELSEWHERE)),
    "a guest": ("public", "guest", lambda owner: program(token_of(_guest()), ELSEWHERE)),
    "a guest's client": ("public", "guest", lambda owner: program(client_token(_guest()), ELSEWHERE)),
    "a client of nobody's": ("public", "client", lambda owner: program(client_token(None), ELSEWHERE)),
    "the owner's browser": ("public", "browser", _browser),
    "nobody": ("public", 401, lambda owner: program(address=ELSEWHERE)),
    "nobody on this machine": ("public", 401, lambda owner: program()),
    "somebody with Spotify's token": ("public", 401, lambda owner: program(bearer("BQC9xF"), ELSEWHERE)),
    "a wrong token": ("public", 401, lambda owner: program(bearer("rp_wrong"), ELSEWHERE)),
    "an expired access token": ("public", 401, lambda owner: program(_expired(owner), ELSEWHERE)),
    "a client that was removed": ("public", 401, lambda owner: program(_removed(owner), ELSEWHERE)),
    "a client of somebody shut out": ("public", 401, lambda owner: program(_shut_out(_other_owner()), ELSEWHERE)),
}  # fmt: skip


def test_every_operation_has_its_line() -> None:
    assert sorted(WHO) == OPERATIONS


@pytest.mark.parametrize("visitor", VISITORS)
def test_who_may(visitor: str, there: dict[str, str], request: pytest.FixtureRequest) -> None:
    mode, role, comes = VISITORS[visitor]
    if mode == "public":
        request.getfixturevalue("public")
    wrong = {}
    for operation in OPERATIONS:
        case = next(case for case in CASES if case.operation == operation and case.status < 300)
        with transaction.atomic():
            client = comes(User.objects.get(username=there["owner"]))
            options: dict[str, Any] = {}
            if case.body is not None:
                options = {"data": json.dumps(filled(case.body, there)), "content_type": "application/json"}
            answer = client.generic(operation.split()[0], "/v1" + filled(case.path, there), **options)
            transaction.set_rollback(True)
        forget_local_owner()
        expected = role if isinstance(role, int) else _expected(operation, role, case.status)
        if answer.status_code != expected:
            wrong[operation] = f"{answer.status_code}, not {expected}: {answer.content[:200]!r}"
    assert wrong == {}


def _expected(operation: str, role: str, status: int) -> int:
    is_safe, is_of_playlist = operation.startswith("GET"), "{playlist_id}" in operation
    if role == "maker":
        return status
    if role == "browser":
        return status if is_safe else 401
    if role == "client":
        return status if WHO[operation] == "reader" else 403
    if operation.startswith("POST /users"):
        return 403  # for somebody else
    if role == "owner":
        return 403 if operation.startswith("DELETE") and operation.endswith("followers") else status
    return status if is_safe or not is_of_playlist else 403


def test_guests_have_playlists_of_their_own(there: dict[str, str], guest: User, public: Any) -> None:
    client = program(token_of(guest), ELSEWHERE)
    made = client.post("/v1/users/guest/playlists", {"name": "mine"}, content_type="application/json")
    assert made.status_code == 201
    at = f"/v1/playlists/{made.json()['id']}"
    uris = {"uris": [f"spotify:track:{there['track']}"]}
    assert client.post(f"{at}/tracks", uris, content_type="application/json").status_code == 201
    assert [each["id"] for each in client.get("/v1/me/playlists").json()["items"]] == [made.json()["id"]]
    assert client.put(at, {"name": "ours"}, content_type="application/json").status_code == 200
    assert client.delete(f"{at}/followers").status_code == 200
    assert not Playlist.objects.filter(name__in=("mine", "ours")).exists()


def test_a_page_of_another_site_changes_nothing(there: dict[str, str]) -> None:
    """Neither with what a browser says of itself nor without, and not by a form that asks for no preflight."""
    at = f"/v1/playlists/{there['playlist']}/followers"
    for said in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://evil.example"},
        {"referer": "http://evil.example/"},
    ):
        answer = program(said).delete(at)
        assert answer.status_code in (401, 403)
        assert answer.json()["error"]["status"] == answer.status_code
        answer = program(said).post("/v1/me/playlists", '{"name": "evil"}', content_type="text/plain")
        assert answer.status_code in (401, 403)
    assert Playlist.objects.filter(public_id=there["playlist"]).exists()
    assert not Playlist.objects.filter(name="evil").exists()


def test_no_other_origin_is_let_in(there: dict[str, str]) -> None:
    asked = program({"origin": "http://other.example", "access-control-request-method": "GET"})
    answer = asked.options(f"/v1/tracks/{there['track']}")
    assert answer.status_code == 405
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_a_strange_host_is_told_nothing(there: dict[str, str]) -> None:
    answer = program({"host": "evil.example"}).get(f"/v1/tracks/{there['track']}")
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == 400


def test_a_limit_counts_a_client_of_nobodys(there: dict[str, str], public: Any) -> None:
    public.CONFIG = replace(public.CONFIG, rate_per_minute=2)
    client = program(client_token(None), ELSEWHERE)
    statuses = [client.get(f"/v1/tracks/{there['track']}").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_guests_learn_of_no_other_guests(there: dict[str, str], guest: User, public: Any) -> None:
    other = _guest()
    seen = {}
    for who, headers in {
        "guest": token_of(guest), "owner": token_of(_other_owner()), "client": client_token(None)
    }.items():  # fmt: skip
        client = program(headers, ELSEWHERE)
        names = (guest.username, other.username, there["owner"])
        seen[who] = [client.get(f"/v1/users/{name}").status_code for name in names]
        assert client.get(f"/v1/users/{other.username}/playlists").status_code == seen[who][1]
    assert seen == {"guest": [200, 404, 200], "owner": [200, 200, 200], "client": [404, 404, 200]}
