"""A public server: strangers log in, guests see less than the owner."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Server, own_database, running_server, watched_page

OWNER, GUEST = "a long password of ada", "a long password of guests"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("public") / "reprise"
    with own_database() as database:
        environment = {"REPRISE_ALLOWED_HOSTS": "127.0.0.1", "REPRISE_DATABASE": database}
        subprocess.run(
            [Path(sys.executable).parent / "reprise", "user", "add", "ada", "--owner", "--password-stdin"],
            input=f"{OWNER}\n", text=True, check=True,
            env={**os.environ, "REPRISE_DATA": str(data), **environment},
        )  # fmt: skip
        with running_server(data, "--public", "--no-demo", environment=environment) as server:
            yield server


def log_in(page: Any, name: str, password: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name=re.compile("Sign in|Log in")).click()


def test_the_owner_lets_a_guest_in(chromium: Any, public: Server) -> None:
    # A wrong password is an answer of 401, which the browser writes to its console.
    with pytest.raises(AssertionError, match="401"), watched_page(chromium, public) as page:
        log_in(page, "ada", "not her password")
        page.get_by_role("alert").first.wait_for()
    with watched_page(chromium, public) as page:
        log_in(page, "ada", OWNER)
        page.get_by_role("heading", name="Hear what is in a song.").wait_for()
        page.goto("/users")
        page.get_by_label("Name").fill("grace")
        page.get_by_label("Password").fill(GUEST)
        page.get_by_role("button", name="Add user").click()
        page.get_by_role("rowheader", name="grace").wait_for()
    with watched_page(chromium, public) as page:
        log_in(page, "grace", GUEST)
        page.get_by_role("heading", name="Hear what is in a song.").wait_for()
        page.goto("/settings")
        page.get_by_role("heading", name="Tokens for programs").wait_for()
        assert page.get_by_role("heading", name="Folders of music").count() == 0
