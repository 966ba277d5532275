"""Those who ask: programs with the tokens that there are."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.accounts import new_token
from reprise.web.library.clients import add_client, grant


def program(headers: dict[str, str] | None = None, address: str = "127.0.0.1") -> Client:
    """A program, on this machine if not said otherwise."""
    return Client(
        enforce_csrf_checks=True,
        raise_request_exception=False,
        headers={"host": "localhost", **(headers or {})},
        REMOTE_ADDR=address,
    )


def bearer(token: str) -> dict[str, str]:
    """The header that a token is sent in."""
    return {"Authorization": f"Bearer {token}"}


def token_of(user: User) -> dict[str, str]:
    """The header of a token of the library's own API."""
    return bearer(new_token(user, "test")[1])


def client_token(user: User | None, name: str = "a script") -> dict[str, str]:
    """The header of an access token that a client of somebody's, or nobody's, was given."""
    return bearer(grant(add_client(name, user)[0], user))
