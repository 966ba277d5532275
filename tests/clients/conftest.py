"""A real server with the analysed demo library, for the clients of Spotify's API as they are published."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIECES = 10


def _servers() -> Any:
    """Load how the tests with a browser start a server."""
    spec = importlib.util.spec_from_file_location("e2e_servers", ROOT / "tests" / "e2e" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server for this machine alone, with the demo library analysed to its last piece."""
    with _servers().running_server(tmp_path_factory.mktemp("clients") / "reprise") as running:
        began = time.monotonic()
        while (status := running.get("/status"))["analysed"] < PIECES:
            assert time.monotonic() - began < 180, f"the demo library is not analysed: {status}"
            time.sleep(0.5)
        yield running


@pytest.fixture(scope="session")
def url(local_server: Any) -> str:
    """Where it is."""
    return str(local_server.url)


@pytest.fixture(scope="session")
def library(local_server: Any) -> dict[str, dict[str, Any]]:
    """Its tracks by title, as `/api/v1` has them."""
    return {track["title"]: track for track in local_server.get("/tracks?limit=100")["items"]}


@pytest.fixture(scope="session")
def public_server(local_server: Any, reprise: Callable[..., str]) -> Iterator[Any]:
    """A server that others may come to, on the same library."""
    reprise("user", "add", "admin", "--owner", "--password-stdin", said="the long password of an owner\n")
    options = ("--public", "--no-demo")
    environment = {"REPRISE_ALLOWED_HOSTS": "127.0.0.1", "REPRISE_DATABASE": local_server.database}
    with _servers().running_server(local_server.data, *options, environment=environment) as running:
        yield running


@pytest.fixture(scope="session")
def reprise(local_server: Any) -> Callable[..., str]:
    """Run a command on the library and return what it prints."""

    def run(*arguments: str, said: str = "") -> str:
        done = subprocess.run(
            [Path(sys.executable).parent / "reprise", *arguments, "--data", str(local_server.data)],
            env={**os.environ, "REPRISE_DATABASE": local_server.database},
            capture_output=True, text=True, check=True, timeout=120, input=said,
        )  # fmt: skip
        return done.stdout

    return run


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tokens that clients leave in the working folder out of the repository."""
    monkeypatch.chdir(tmp_path)
