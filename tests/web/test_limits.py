"""How often one may ask, and which address counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from reprise.web.library.accounts import new_token
from reprise.web.limits import Allowance, client_address


@given(most=st.integers(1, 50), gaps=st.lists(st.floats(0, 30), max_size=200))
def test_never_more_than_the_bucket_and_what_has_flowed_in(most: int, gaps: list[float]) -> None:
    allowance, now, taken = Allowance(most, 60.0), 100.0, 0
    for gap in gaps:
        now += gap
        wait_s = allowance.take("key", now)
        taken += not wait_s
        assert taken <= most + (now - 100.0) * most / 60.0 + 1e-6
        if wait_s:
            assert Allowance(most, 60.0).take("key", now) == 0


@given(most=st.integers(1, 50))
def test_who_waits_as_told_may_ask(most: int) -> None:
    allowance = Allowance(most, 60.0)
    while not (wait_s := allowance.take("key", 0.0)):
        pass
    assert allowance.take("key", float(wait_s)) == 0
    assert allowance.take("another", 0.0) == 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.1", "192.0.2.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "nonsense", "unknown"),
    ],
)
def test_proxies_are_believed_as_far_as_told(
    public: Any, proxies: int, forwarded: str, expected: str
) -> None:
    public.CONFIG = replace(public.CONFIG, trusted_proxies=proxies)
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_a_local_server_believes_no_proxy(settings: Any) -> None:
    settings.CONFIG = replace(settings.CONFIG, trusted_proxies=3)
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert client_address(request) == "192.0.2.1"


def test_each_user_has_an_allowance_and_strangers_one_an_address(public: Any, guest: User) -> None:
    public.CONFIG = replace(public.CONFIG, rate_per_minute=3)
    program = Client(headers={"host": "localhost", "Authorization": f"Bearer {new_token(guest, 'test')[1]}"})
    codes = [program.get("/api/v1/status").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    refused = program.get("/api/v1/status")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["Content-Type"] == "application/problem+json"
    stranger = Client(headers={"host": "localhost"})
    assert [stranger.get("/api/v1/status").status_code for _ in range(4)] == [401, 401, 401, 429]
    elsewhere = Client(headers={"host": "localhost"}, REMOTE_ADDR="192.0.2.2")
    assert elsewhere.get("/api/v1/status").status_code == 401


def test_guessing_tokens_is_counted(public: Any, db: Any) -> None:
    public.CONFIG = replace(public.CONFIG, rate_per_minute=3)
    codes = [
        Client(headers={"host": "localhost", "Authorization": f"Bearer rp_{n}"})
        .get("/api/v1/status")
        .status_code
        for n in range(4)
    ]
    assert codes == [401, 401, 401, 429]


def test_uploads_have_an_allowance_of_their_own(public: Any, guest: User) -> None:
    public.CONFIG = replace(public.CONFIG, uploads_per_hour=2)
    program = Client(headers={"host": "localhost", "Authorization": f"Bearer {new_token(guest, 'test')[1]}"})
    body = {"url": "http://127.0.0.1/song.mp3"}
    codes = [
        program.post("/api/v1/analyses", body, content_type="application/json").status_code for _ in range(3)
    ]
    assert codes[-1] == 429
    assert 429 not in codes[:2]
    assert program.get("/api/v1/status").status_code == 200
