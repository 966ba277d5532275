"""Two runs of one provider on one store: the second is told; a killed one leaves nothing behind that hinders."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reprise.collect.base import AlreadyRunningError, Collection, Provider
from reprise.collect.lock import RunLock
from reprise.collect.previews import download_previews
from reprise.datasets.store import Store
from reprise.errors import CollectError

HOLD = """
import sys, pathlib
from reprise.collect.lock import RunLock
lock = RunLock(pathlib.Path(sys.argv[1]), sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""
COMMAND = "import sys; from reprise.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that holds the lock of a provider."""
    started: list[subprocess.Popen[str]] = []

    def hold(provider: str) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", HOLD, str(tmp_path / "songs.sqlite"), provider]
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_the_lock_of_a_killed_process_is_gone(tmp_path: Path, holder):
    process = holder("deezer")
    with pytest.raises(AlreadyRunningError, match=r"deezer: another run is at work on .*songs\.sqlite; wait"):
        RunLock(tmp_path / "songs.sqlite", "deezer")
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    with RunLock(tmp_path / "songs.sqlite", "deezer"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_second_command_fails_and_asks_nothing(tmp_path: Path, server, holder):
    server.on("/search", {"data": [], "total": 0})
    holder("deezer")
    arguments = [sys.executable, "-c", COMMAND, "collect", "deezer", "search", "x", "--base-url", server.url]
    second = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 1, second.stderr
    assert "another run is at work on songs.sqlite" in second.stderr
    assert "Traceback" not in second.stderr
    assert server.log == []


def test_providers_and_stores_do_not_hinder_each_other(tmp_path: Path, holder):
    holder("deezer")
    with RunLock(tmp_path / "songs.sqlite", "itunes"), RunLock(tmp_path / "other.sqlite", "deezer"):
        pass


def test_a_run_holds_it_until_its_end_and_one_that_fails_too(store):
    provider = Provider(name="a/../b", licence="none")  # a folder's collection may be called anything
    with Collection(store, provider, {}):
        with pytest.raises(AlreadyRunningError):
            Collection(store, provider, {})
        assert list(store.select("SELECT status FROM runs")) == [("running",)]
    with pytest.raises(ZeroDivisionError), Collection(store, provider, {}):
        raise ZeroDivisionError
    with Collection(store, provider, {}):
        pass
    assert list(store.path.parent.glob("*.lock")) == []


def test_previews_are_downloaded_once_at_a_time(tmp_path: Path, holder):
    holder("previews")
    with Store(tmp_path / "songs.sqlite") as store, pytest.raises(AlreadyRunningError):
        download_previews(store, tmp_path / "previews")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(CollectError, match=r"none/songs\.sqlite\.deezer\.lock: cannot be locked"):
        RunLock(tmp_path / "none" / "songs.sqlite", "deezer")
