"""Users and tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.accounts import new_token
from reprise.web.library.models import Token

AT = "/api/v1/users"


@pytest.fixture
def owner(public: Any, db: Any) -> User:
    return User.objects.create_user("anna", password="an owner's long password", is_superuser=True)


@pytest.fixture
def client(owner: User) -> Client:
    return Client(headers={"host": "localhost", "Authorization": f"Bearer {new_token(owner, 'test')[1]}"})


def send(client: Client, method: str, path: str, **body: Any) -> Any:
    return client.generic(method, path, json.dumps(body), content_type="application/json")


def test_the_last_owner_stays(client: Client, owner: User) -> None:
    at = f"{AT}/{owner.pk}"
    for answer in (
        send(client, "PATCH", at, role="guest"),
        send(client, "PATCH", at, is_active=False),
        client.delete(at),
    ):
        assert answer.status_code == 422
        assert "last owner" in answer.json()["detail"]
    owner.refresh_from_db()
    assert owner.is_superuser
    assert owner.is_active


def test_the_owner_of_this_machine_who_cannot_log_in_is_no_other_owner(client: Client, owner: User) -> None:
    User.objects.create(username="owner", is_superuser=True, password="!")
    assert client.delete(f"{AT}/{owner.pk}").status_code == 422


def test_with_another_owner_one_may_go(client: Client, owner: User) -> None:
    made = send(client, "POST", AT, name="bert", password="another long password", role="owner")
    assert made.status_code == 201
    assert send(client, "PATCH", f"{AT}/{owner.pk}", role="guest").json()["role"] == "guest"
    assert client.get(AT).status_code == 403, "and what one may changes at once"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "quite a long password"),
        ("ANNA", "quite a long password"),
        ("two words", "quite a long password"),
        ("tab\t", "quite a long password"),
        ("bert", "short"),
        ("bert", "password123"),
        ("bertbertbert", "bertbertbert"),
    ],
)
def test_names_and_passwords_that_are_refused(client: Client, name: str, password: str) -> None:
    answer = send(client, "POST", AT, name=name, password=password)
    assert answer.status_code == 422
    assert password not in answer.content.decode() or password == name


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\udfff"])
def test_what_no_database_stores_is_refused(client: Client, text: str) -> None:
    body = f'{{"name": "{text}"}}'
    answer = client.post("/api/v1/tokens", body, content_type="application/json")
    assert answer.status_code == 400
    assert client.get("/api/v1/tracks?q=%00").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        '{"name": NaN}',
        '{"days": 1e999, "name": "x"}',
        '{"name": "x", "days": 9' + "9" * 30 + "}",
    ],
)
def test_odd_json_is_refused(client: Client, body: str) -> None:
    answer = client.post("/api/v1/tokens", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_form_of_another_page_is_no_json(client: Client) -> None:
    assert client.post("/api/v1/tokens", '{"name": "x"}', content_type="text/plain").status_code == 415


def test_a_token_is_shown_once_and_kept_as_a_hash(client: Client) -> None:
    made = send(client, "POST", "/api/v1/tokens", name="a program", days=1).json()
    assert made["token"].startswith("rp_")
    assert made["expires_at"] > made["created_at"]
    listed = client.get("/api/v1/tokens").json()["items"][0]
    assert "token" not in listed
    assert not Token.objects.filter(digest__contains=made["token"][3:]).exists()
    program = Client(headers={"host": "localhost", "Authorization": f"Bearer {made['token']}"})
    assert program.get("/api/v1/status").status_code == 200
    assert client.get("/api/v1/tokens").json()["items"][0]["used_at"] is not None
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert program.get("/api/v1/status").status_code == 401


def test_tokens_of_others_are_not_there(client: Client) -> None:
    other = User.objects.create_user("bert", password="another long password")
    token, _ = new_token(other, "his")
    assert client.delete(f"/api/v1/tokens/{token.public_id}").status_code == 404
    assert "his" not in client.get("/api/v1/tokens").content.decode()
