"""Who may do what: every operation of the API, tried by everybody there is.

**Who adds an endpoint adds its line to `WHO`.** A line says for whom the operation is, a body that is valid, and the
status that somebody who may gets. Where a path has an identifier, nothing is there by that name, so that is 404.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from reprise.web.library.accounts import forget_local_owner, new_token
from reprise.web.openapi import document

Who = Literal["anybody", "user", "owner"]


@dataclass(frozen=True)
class Line:
    """Who may (``user`` is owner and guest), what those who may are answered, and a valid body."""

    who: Who
    status: int = 200
    body: Any = None
    query: str = ""


WHO: dict[str, Line] = {
    "GET /session": Line("anybody"),
    "POST /session": Line("anybody", 401, {"name": "nobody", "password": "wrong"}),
    "DELETE /session": Line("user", 204),
    "GET /status": Line("user"),
    "GET /settings": Line("user"),
    "PATCH /settings": Line("owner", 200, {"online_search": "off"}),
    "GET /tokens": Line("user"),
    "POST /tokens": Line("user", 201, {"name": "a program"}),
    "DELETE /tokens/{token_id}": Line("user", 404),
    "GET /users": Line("owner"),
    "POST /users": Line("owner", 201, {"name": "another", "password": "quite a long password"}),
    "PATCH /users/{user_id}": Line("owner", 404, {}),
    "DELETE /users/{user_id}": Line("owner", 404),
    "GET /tracks": Line("user"),
    "GET /tracks/{track_id}": Line("user", 404),
    "DELETE /tracks/{track_id}": Line("user", 404),  # a guest only what is the guest's own: test_ownership.py
    "POST /tracks/{track_id}/analyse": Line("owner", 404),
    "GET /tracks/{track_id}/audio": Line("user", 404),
    "GET /tracks/{track_id}/waveform": Line("user", 404),
    "GET /tracks/{track_id}/record": Line("user", 404),
    "GET /tracks/{track_id}/pictures": Line("user", 404),
    "GET /tracks/{track_id}/pictures/{kind}.png": Line("user", 404),
    "GET /tracks/{track_id}/corrections": Line("user", 404),
    "POST /tracks/{track_id}/corrections": Line("user", 404, {"what": "energy", "value": 0.5}),
    "DELETE /tracks/{track_id}/corrections/{correction_id}": Line("user", 404),
    "GET /folders": Line("owner"),
    "POST /folders": Line("owner", 422, {"path": "/nowhere/at/all"}),
    "DELETE /folders/{folder_id}": Line("owner", 404),
    "POST /folders/{folder_id}/scan": Line("owner", 404),
    "GET /playlists": Line("user"),
    "POST /playlists": Line("user", 201, {"name": "a playlist"}),
    "GET /playlists/{playlist_id}": Line("user", 404),
    "PUT /playlists/{playlist_id}": Line("user", 404, {"name": "a playlist"}),
    "DELETE /playlists/{playlist_id}": Line("user", 404),  # a guest only the guest's own: test_playlists.py
    "GET /playlists/{playlist_id}.m3u8": Line("user", 404),
    "GET /playlists/{playlist_id}/tracks": Line("user", 404),
    "PUT /playlists/{playlist_id}/tracks": Line("user", 404, {"track_ids": []}),
    "POST /tracks/{track_id}/tags": Line("owner", 404),
    "POST /tracks/{track_id}/tags/undo": Line("owner", 404),
    "GET /search": Line("user"),
    "GET /suggest": Line("user"),
    "GET /suggest/online": Line("user"),
    "GET /distributions": Line("user"),
    "GET /genres": Line("user"),
    "GET /tracks/{track_id}/similar": Line("user", 404),
    "GET /tracks/{track_id}/artists": Line("user", 404),
    "GET /tracks/{track_id}/audience": Line("user", 404),
    "GET /artists/{artist_id}/similar": Line("user", 404),
    "POST /mix": Line("user", 404, {"tracks": [{"id": "nothing"}]}),
    "GET /path": Line("user", 404, query="?from=nothing&to=nothing"),
    "GET /groups": Line("user"),
    "POST /groups": Line("owner", 202),
    "GET /clusters/{number}/tracks": Line("user", 404),
    "GET /map": Line("user"),
    "GET /feedback": Line("user"),
    "POST /feedback/learn": Line("owner", 202),
    "POST /feedback/rollback": Line("owner", 422),  # nothing was learnt
    "GET /jobs": Line("user"),
    "GET /jobs/{job_id}": Line("user", 404),
    "DELETE /jobs/{job_id}": Line("user", 404),
    "GET /jobs/{job_id}/events": Line("user", 404),
    "POST /uploads": Line("user", 415, b"no sound"),
    "POST /analyses": Line("user", 202, {"url": "http://127.0.0.1/song.mp3"}),
    "DELETE /demo": Line("owner", 204),
    "GET /models": Line("user"),
    "GET /runs": Line("user"),
    "GET /runs/{name}": Line("user", 404),
    "GET /runs/{name}/curves": Line("user", 404),
    "GET /runs/{name}/events": Line("user", 404),
    "GET /comparison": Line("user"),
    "GET /comparison/pictures/{name}": Line("user", 404),
}

IDENTIFIERS = {"user_id": "987654321", "correction_id": "987654321", "kind": "mel", "number": "987654321"}

# Who tries, on which server, and what they are there.
VISITORS: dict[str, tuple[Literal["local", "public"], Literal["owner", "guest", "stranger"]]] = {
    "a program on this machine": ("local", "owner"),
    "a browser on this machine": ("local", "owner"),
    "the owner's token on this machine": ("local", "owner"),
    "a guest's token on this machine": ("local", "guest"),
    "a wrong token on this machine": ("local", "stranger"),
    "another machine": ("local", "stranger"),
    "a proxy on this machine": ("local", "stranger"),
    "the owner's browser": ("public", "owner"),
    "the owner's token": ("public", "owner"),
    "a guest's browser": ("public", "guest"),
    "a guest's token": ("public", "guest"),
    "nobody": ("public", "stranger"),
    "nobody on this machine": ("public", "stranger"),
    "a wrong token": ("public", "stranger"),
    "an expired token": ("public", "stranger"),
    "a token of somebody shut out": ("public", "stranger"),
    "a browser of somebody shut out": ("public", "stranger"),
}


_NEEDS_CSRF = (
    "another machine",
    "a proxy on this machine",
    "the owner's token",
    "a guest's token",
    "nobody on this machine",
    "a wrong token",
    "an expired token",
    "a token of somebody shut out",
)
"""Programs that are not on the machine of a local server: they have no token against forgery to send."""


def _user(role: str) -> User:
    return User.objects.create(username=f"the {role}", is_superuser=role == "owner", password="!")


def _bearer(user: User, **options: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_token(user, 'test', **options)[1]}"}


def _browser(user: User | None) -> Client:
    """A browser: with cookies, with what it says of where a request is from, and with the token against forgery."""
    client = Client(
        enforce_csrf_checks=True,
        raise_request_exception=False,
        headers={"host": "localhost", "sec-fetch-site": "same-origin"},
    )
    if user:
        client.force_login(user)
    answer = client.get("/api/v1/session")
    client.defaults["HTTP_X_CSRFTOKEN"] = answer.json()["csrf"]
    client.defaults["HTTP_ORIGIN"] = "http://localhost"
    return client


def _program(headers: dict[str, str], address: str = "127.0.0.1") -> Client:
    return Client(
        enforce_csrf_checks=True,
        raise_request_exception=False,
        headers={"host": "localhost", **headers},
        REMOTE_ADDR=address,
    )


def _shut_out(user: User) -> User:
    user.is_active = False
    user.save()
    return user


def _expired(user: User) -> dict[str, str]:
    headers = _bearer(user)
    user.tokens.update(expires_at=timezone.now() - timedelta(seconds=1))
    return headers


def _shut_out_browser() -> Client:
    user = _user("owner")
    client = _browser(user)
    _shut_out(user)
    return client


def _shut_out_token() -> Client:
    user = _user("owner")
    headers = _bearer(user)
    _shut_out(user)
    return _program(headers, "192.0.2.7")


COMES: dict[str, Callable[[], Client]] = {
    "a program on this machine": lambda: _program({}),
    "a browser on this machine": lambda: _browser(None),
    "the owner's token on this machine": lambda: _program(_bearer(_user("owner"))),
    "a guest's token on this machine": lambda: _program(_bearer(_user("guest"))),
    "a wrong token on this machine": lambda: _program({"Authorization": "Bearer rp_wrong"}),
    "another machine": lambda: _program({}, "192.0.2.7"),
    "a proxy on this machine": lambda: _program({"X-Forwarded-For": "127.0.0.1"}),
    "the owner's browser": lambda: _browser(_user("owner")),
    "the owner's token": lambda: _program(_bearer(_user("owner")), "192.0.2.7"),
    "a guest's browser": lambda: _browser(_user("guest")),
    "a guest's token": lambda: _program(_bearer(_user("guest")), "192.0.2.7"),
    "nobody": lambda: _browser(None),
    "nobody on this machine": lambda: _program({}),
    "a wrong token": lambda: _program({"Authorization": "Bearer rp_wrong"}),
    "an expired token": lambda: _program(_expired(_user("owner"))),
    "a token of somebody shut out": _shut_out_token,
    "a browser of somebody shut out": _shut_out_browser,
}


def _call(client: Client, operation: str, line: Line) -> Any:
    method, path = operation.split()
    for part in path.split("{")[1:]:
        name = part.partition("}")[0]
        path = path.replace("{" + name + "}", IDENTIFIERS.get(name, "nothing"))
    options: dict[str, Any] = {}
    if isinstance(line.body, bytes):
        # `generic` would not encode a form.
        return client.post(f"/api/v1{path}", {"file": SimpleUploadedFile("sound.wav", line.body)})
    if line.body is not None:
        options = {"data": json.dumps(line.body), "content_type": "application/json"}
    return client.generic(method, f"/api/v1{path}{line.query}", **options)


def test_every_operation_has_its_line() -> None:
    paths = json.loads(document())["paths"]
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, each in paths.items() for method in each
    }
    assert set(WHO) == operations


@pytest.mark.django_db
@pytest.mark.parametrize("visitor", VISITORS)
def test_who_may(visitor: str, request: pytest.FixtureRequest) -> None:
    mode, role = VISITORS[visitor]
    if mode == "public":
        request.getfixturevalue("public")
    wrong = {}
    for operation, line in WHO.items():
        with transaction.atomic():
            answer = _call(COMES[visitor](), operation, line)
            transaction.set_rollback(True)
        forget_local_owner()
        expected = _expected(operation, visitor, role)
        is_problem = answer.headers.get("Content-Type") == "application/problem+json"
        if answer.status_code != expected or (expected >= 400 and not is_problem):
            wrong[operation] = f"{answer.status_code}, not {expected}: {answer.content[:200]!r}"
    assert wrong == {}


def _expected(operation: str, visitor: str, role: str) -> int:
    line = WHO[operation]
    if role == "stranger" and line.who != "anybody":
        return 401
    if role == "guest" and line.who == "owner":
        return 403
    if operation == "GET /session" and role == "stranger" and "token" in visitor:
        return 401  # who sends a token means it
    if operation == "POST /session" and visitor in _NEEDS_CSRF:
        return 403
    return line.status
