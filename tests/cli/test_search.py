"""``reprise search`` on a library of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILL = """
from reprise.web.boot import boot
boot()
from reprise.records import Tags
from reprise.web.library.models import Track
from reprise.web.library.storing import describe
for at, (title, artist) in enumerate([("Help!", "The Beatles"), ("Yesterday", "The Beatles"), ("One", "U2")]):
    track = Track(path=f"/{at}", size=1, mtime_ns=1, status="analysed", energy=at / 2, key=9, mode=0)
    describe(track, Tags(title=title, artist=artist))
    track.save()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a library with three songs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPRISE_")}
    environment = kept | {"REPRISE_DATA": str(tmp_path_factory.mktemp("library"))}
    subprocess.run([sys.executable, "-c", FILL], env=environment, check=True, timeout=60)
    return environment


def search(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "reprise"), "search", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_a_table_is_printed(library: dict[str, str]) -> None:
    done = search(library, "beetles", "-yesterday")
    assert done.returncode == 0, done.stderr
    assert "Help!" in done.stdout
    assert "A minor" in done.stdout
    assert "Yesterday" not in done.stdout.split("did you mean")[0]
    assert done.stdout.rstrip().endswith("1 found")


def test_json_is_printed(library: dict[str, str]) -> None:
    done = search(library, "energy>0.2", "--sort", "-energy", "--json")
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == ["One", "Yesterday"]


def test_nothing_found_is_no_mistake(library: dict[str, str]) -> None:
    done = search(library, "zzzzzz")
    assert (done.returncode, done.stdout) == (0, "0 found\n")


@pytest.mark.parametrize(("args", "message"), [
    (("gnere:rock",), "did you mean 'genre'?"), (("--limt", "3"), "--limt"),
])  # fmt: skip
def test_mistakes_are_explained(library: dict[str, str], args: tuple[str, ...], message: str) -> None:
    done = search(library, *args)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
