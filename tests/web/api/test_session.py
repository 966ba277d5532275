"""Logging in and out, as browsers do, and what keeps strangers from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from reprise.web.library.accounts import change_user, new_token
from reprise.web.library.models import LoginAttempts

AT = "/api/v1/session"
PASSWORD = "a guest's long password"

computed = [0]


class CountingHasher(PBKDF2PasswordHasher):
    """The hasher in use, counting how often it has to work; and less of it, for the test to be fast."""

    iterations = 1000

    def encode(self, *args: Any, **options: Any) -> str:
        computed[0] += 1
        return super().encode(*args, **options)


@pytest.fixture
def browser(public: Any) -> Client:
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost", "sec-fetch-site": "same-origin"})
    client.defaults["HTTP_X_CSRFTOKEN"] = client.get(AT).json()["csrf"]
    client.defaults["HTTP_ORIGIN"] = "http://localhost"
    return client


def log_in(client: Client, name: str = "guest", password: str = PASSWORD) -> Any:
    return client.post(AT, {"name": name, "password": password}, content_type="application/json")


def wait_over() -> None:
    LoginAttempts.objects.update(wait_until=timezone.now() - timedelta(seconds=1))


def test_a_browser_logs_in_and_out(browser: Client, guest: User) -> None:
    before = browser.cookies.get("reprise_session")
    answer = log_in(browser)
    assert answer.status_code == 200
    assert answer.json()["user"]["name"] == "guest"
    cookie = browser.cookies["reprise_session"]
    assert before is None
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    browser.defaults["HTTP_X_CSRFTOKEN"] = answer.json()["csrf"]
    assert browser.get("/api/v1/status").status_code == 200
    assert browser.delete(AT).status_code == 204
    assert browser.get("/api/v1/status").status_code == 401
    assert Session.objects.count() == 0


def test_a_session_that_was_planted_is_worth_nothing_after_the_login(browser: Client, guest: User) -> None:
    planted = browser.session
    planted["mine"] = True
    planted.save()
    log_in(browser)
    assert browser.cookies["reprise_session"].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_changes_need_the_token_against_forgery(browser: Client, guest: User) -> None:
    log_in(browser)
    del browser.defaults["HTTP_X_CSRFTOKEN"]
    answer = browser.post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_another_site_changes_nothing_even_with_the_token(browser: Client, guest: User) -> None:
    token = log_in(browser).json()["csrf"]
    headers = {"X-CSRFToken": token, "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    for name in headers:
        some = {key: value for key, value in headers.items() if key in ("X-CSRFToken", name)}
        answer = browser.post("/api/v1/tokens", {"name": "x"}, content_type="application/json", headers=some)
        assert answer.status_code == (403 if name != "X-CSRFToken" else 201), some


def test_who_does_not_exist_costs_as_much_work_as_who_does(
    browser: Client, guest: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    guest.set_password(PASSWORD)
    guest.save()
    User.objects.create(username="local", password="!")
    User.objects.create_user("inactive", password=PASSWORD, is_active=False)
    work, answers = {}, set()
    for name in ("guest", "nobody", "local", "inactive"):
        computed[0] = 0
        answer = log_in(browser, name, "wrong" if name != "inactive" else PASSWORD)
        work[name] = computed[0]
        answers.add((answer.status_code, answer.content))
    assert work == dict.fromkeys(work, 1)
    assert len(answers) == 1


def test_wrong_passwords_make_one_wait_longer_and_longer(browser: Client, guest: User) -> None:
    waits = []
    for _ in range(9):
        answer = log_in(browser, password="wrong")
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            wait_over()
            answer = log_in(browser, password="wrong")
        assert answer.status_code == 401
    assert waits == sorted(waits)
    assert waits[0] <= 2 < 6 <= waits[-1]
    assert log_in(browser).status_code == 429, "the right password has to wait as well"
    wait_over()
    assert log_in(browser).status_code == 200
    assert LoginAttempts.objects.count() == 1, (
        "and then the name is forgiven, and only the address is counted"
    )


def test_nobody_locks_another_out_from_elsewhere(browser: Client, guest: User) -> None:
    while log_in(browser, password="wrong").status_code == 401:
        pass
    browser.defaults["REMOTE_ADDR"] = "192.0.2.8"
    assert log_in(browser).status_code == 200


def test_nobody_goes_through_all_names(browser: Client, guest: User) -> None:
    for number in range(29):
        assert log_in(browser, name=f"name-{number}").status_code == 401
    assert not any(row.wait_until > row.last_at for row in LoginAttempts.objects.all())
    log_in(browser, name="one too many")
    address = LoginAttempts.objects.get(count=30)
    assert address.wait_until > address.last_at


def test_what_was_typed_is_not_kept(browser: Client, guest: User) -> None:
    log_in(browser, name="hunter2hunter2", password="wrong")
    assert all("hunter2" not in row.key for row in LoginAttempts.objects.all())


def test_who_is_shut_out_is_out_at_once(browser: Client, guest: User) -> None:
    log_in(browser)
    new_token(guest, "a program")
    change_user(guest.pk, is_active=False)
    assert browser.get("/api/v1/status").status_code == 401
    assert guest.tokens.count() == 0
    change_user(guest.pk, is_active=True)
    assert browser.get("/api/v1/status").status_code == 401, "nor does the session come back"


def test_another_password_ends_the_sessions(browser: Client, guest: User) -> None:
    log_in(browser)
    change_user(guest.pk, password="quite another password")
    assert browser.get("/api/v1/status").status_code == 401
