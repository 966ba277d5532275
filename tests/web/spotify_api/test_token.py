"""``POST /api/token``: who gets an access token, and for how long it is good."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from tests.web.spotify_api.callers import bearer, program

from reprise.errors import ParameterError
from reprise.web.library.accounts import change_user
from reprise.web.library.clients import LIFETIME_S, add_client, grant, remove_client
from reprise.web.library.models import AccessToken, ApiClient

FORM = "application/x-www-form-urlencoded"
KIND = "grant_type=client_credentials"


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(client: Client, form: str = KIND, path: str = "/api/token") -> Any:
    return client.post(path, form, content_type=FORM)


@pytest.fixture
def ours(guest: User) -> tuple[str, str]:
    """Id and secret of a guest's client."""
    client, secret = add_client("a script", guest)
    return client.public_id, secret


@pytest.mark.parametrize("path", ["/api/token", "/api/token/"])
def test_a_client_gets_a_token_that_works(ours: tuple[str, str], public: Any, path: str) -> None:
    answer = ask(program(basic(*ours), "192.0.2.7"), path=path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.json()
    assert (said["token_type"], said["expires_in"]) == ("Bearer", LIFETIME_S)
    me = program(bearer(said["access_token"]), "192.0.2.7").get("/v1/me")
    assert me.json()["id"] == "guest"
    assert ApiClient.objects.get().used_at is not None


def test_credentials_may_stand_in_the_form(ours: tuple[str, str], public: Any) -> None:
    answer = ask(program(), f"{KIND}&client_id={ours[0]}&client_secret={ours[1]}")
    assert answer.status_code == 200


def test_only_hashes_are_kept(ours: tuple[str, str], public: Any) -> None:
    token = ask(program(basic(*ours))).json()["access_token"]
    kept = str(list(AccessToken.objects.values_list())) + str(list(ApiClient.objects.values_list()))
    assert token not in kept
    assert ours[1] not in kept


@pytest.mark.parametrize(
    ("headers", "form", "code"),
    [
        ({}, KIND, "invalid_client"),
        (basic("nobody", "nothing"), KIND, "invalid_client"),
        ({"Authorization": "Basic ???"}, KIND, "invalid_client"),
        (basic("a" * 1000, "b"), KIND, "invalid_client"),
        (basic("a\0", "b"), KIND, "invalid_client"),
        ({}, "", "unsupported_grant_type"),
        ({}, "grant_type=authorization_code&code=x", "unsupported_grant_type"),
    ],
)
def test_who_is_unknown_gets_none(
    db: None, public: Any, headers: dict[str, str], form: str, code: str
) -> None:
    answer = ask(program(headers), form)
    assert answer.status_code == 400
    assert answer.json()["error"] == code
    assert answer.json()["error_description"]
    assert not AccessToken.objects.exists()


def test_on_this_machine_every_client_acts_for_the_owner(db: None) -> None:
    token = ask(program(basic("any id", "any secret"))).json()["access_token"]
    assert program(bearer(token)).get("/v1/me").json()["id"] == "owner"
    assert program(bearer(token), "192.0.2.7").get("/v1/me").status_code == 200  # it is a token like others


def test_on_this_machine_a_client_of_ours_must_be_right(ours: tuple[str, str]) -> None:
    """A wrong secret must not make more of it than a right one does."""
    assert ask(program(basic(ours[0], "wrong"))).json()["error"] == "invalid_client"
    token = ask(program(basic(*ours))).json()["access_token"]
    assert program(bearer(token)).get("/v1/me").json()["id"] == "guest"


def test_another_machine_gets_none_from_a_local_server(db: None) -> None:
    for client in (
        program(basic("a", "b"), "192.0.2.7"),
        program(basic("a", "b") | {"X-Forwarded-For": "127.0.0.1"}),
        program(),
    ):
        assert ask(client).json()["error"] == "invalid_client"


def test_it_is_asked_for_with_post(db: None) -> None:
    answer = program().get("/api/token")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_somebody_shut_out_gets_none(ours: tuple[str, str], guest: User, public: Any) -> None:
    User.objects.filter(pk=guest.pk).update(is_active=False)
    assert ask(program(basic(*ours))).json()["error"] == "invalid_client"


def test_who_was_shut_out_and_let_in_again_needs_a_new_token(
    ours: tuple[str, str], guest: User, public: Any
) -> None:
    token = ask(program(basic(*ours))).json()["access_token"]
    change_user(guest.pk, is_active=False)
    change_user(guest.pk, is_active=True)
    assert program(bearer(token)).get("/v1/me").status_code == 401
    token = ask(program(basic(*ours))).json()["access_token"]
    assert program(bearer(token)).get("/v1/me").status_code == 200


def test_asking_is_counted(db: None, public: Any) -> None:
    public.CONFIG = replace(public.CONFIG, rate_per_minute=1)
    assert ask(program(basic("a", "b"), "192.0.2.7")).status_code == 400
    answer = ask(program(basic("a", "b"), "192.0.2.7"))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_what_expired_long_ago_is_forgotten(db: None) -> None:
    for days in (0.5, 2):
        grant(None, None)
        expired = timezone.now() - timedelta(days=days)
        AccessToken.objects.filter(expires_at__gt=timezone.now()).update(expires_at=expired)
    assert AccessToken.objects.count() == 2
    grant(None, None)
    kept = AccessToken.objects.values_list("expires_at", flat=True)
    assert len(kept) == 2
    assert min(kept) > timezone.now() - timedelta(days=1)


def test_names_of_clients(db: None) -> None:
    add_client("one")
    for name in ("one", "", " \0 ", "a" * 101):
        with pytest.raises(ParameterError):
            add_client(name)
    with pytest.raises(ParameterError):
        remove_client("two")
