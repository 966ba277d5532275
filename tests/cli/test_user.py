"""``reprise user``, on a library of its own, in a process as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "import sys; from reprise.cli import main; sys.exit(main())"]


@pytest.fixture
def reprise(tmp_path: Path):  # type: ignore[no-untyped-def]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}

    def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, "user", *words, "--data", str(tmp_path / "data")],
            input=stdin, env=clean, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def test_users_come_get_tokens_and_go(reprise) -> None:  # type: ignore[no-untyped-def]
    added = reprise("add", "anna", "--owner", "--password-stdin", stdin="a very long password\n")
    assert (added.returncode, added.stderr) == (0, "anna is an owner\n")
    assert reprise("add", "bert", "--password-stdin", stdin="another long password\n").returncode == 0
    assert [line.split("\t")[:3] for line in reprise("list").stdout.splitlines()] == [
        ["anna", "owner", "active"],
        ["bert", "guest", "active"],
    ]
    token = reprise("token", "bert", "--days", "3").stdout
    assert token.startswith("rp_")
    assert len(token) > 40
    last = reprise("remove", "anna")
    assert last.returncode == 1
    assert "last owner" in last.stderr
    assert reprise("remove", "bert").returncode == 0
    gone = reprise("password", "bert", "--password-stdin", stdin="another long password\n")
    assert (gone.returncode, gone.stderr) == (1, "Error: there is no user 'bert'\n")


def test_a_weak_password_is_one_line(reprise) -> None:  # type: ignore[no-untyped-def]
    weak = reprise("add", "anna", "--password-stdin", stdin="password12\n")
    assert weak.returncode == 1
    assert weak.stderr.startswith("Error: password: ")
    assert weak.stderr.count("\n") == 1
    assert "password12" not in weak.stderr
