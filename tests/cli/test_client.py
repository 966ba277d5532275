"""``reprise client``, on a library of its own, in a process as a user starts it."""

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
            [*PROGRAM, *words, "--data", str(tmp_path / "data")],
            input=stdin, env=clean, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def test_clients_come_and_go(reprise) -> None:  # type: ignore[no-untyped-def]
    assert reprise("user", "add", "anna", "--password-stdin", stdin="a very long password\n").returncode == 0
    added = reprise("client", "add", "a script", "--user", "anna")
    said = dict(line.split("\t") for line in added.stdout.splitlines())
    assert list(said) == ["client_id", "client_secret"]
    assert len(said["client_id"]) == 22
    assert len(said["client_secret"]) == 32
    again = reprise("client", "add", "a script")
    assert (again.returncode, again.stderr) == (1, "Error: name: there is a client 'a script' already\n")
    assert reprise("client", "add", "reader").returncode == 0
    listed = [line.split("\t")[1:] for line in reprise("client", "list").stdout.splitlines()]
    assert listed == [["a script", "anna", "never"], ["reader", "nobody", "never"]]
    assert reprise("client", "remove", said["client_id"]).returncode == 0
    gone = reprise("client", "remove", "a script")
    assert (gone.returncode, gone.stderr) == (
        1,
        "Error: there is no client 'a script'; reprise client list shows them\n",
    )


def test_a_client_of_a_user_who_is_not_there_is_refused(reprise) -> None:  # type: ignore[no-untyped-def]
    refused = reprise("client", "add", "a script", "--user", "nobody-here")
    assert (refused.returncode, refused.stderr) == (1, "Error: there is no user 'nobody-here'\n")
