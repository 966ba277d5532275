"""Fixtures that every test may use."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


_OURS = ("REPRISE_TEST_DATABASE", "REPRISE_SCREENSHOTS", "REPRISE_PGVECTOR_CACHE")


def _leave_the_user_alone() -> None:
    """Keep what the user of this machine has chosen out of the tests, and the tests out of it.

    Done before anything is imported: Django's settings are read once. ``REPRISE_TEST_DATABASE`` names a database on a
    PostgreSQL server, on which the tests of the library run then.
    """
    for name in [name for name in os.environ if name.startswith("REPRISE_") and name not in _OURS]:
        del os.environ[name]
    os.environ["REPRISE_DATA"] = str(Path(tempfile.mkdtemp(prefix="reprise-test-")) / "reprise")
    os.environ["REPRISE_DATABASE"] = os.environ.get("REPRISE_TEST_DATABASE", "")
    os.environ["DJANGO_SETTINGS_MODULE"] = "reprise.web.settings"


_leave_the_user_alone()


def pytest_configure(config: pytest.Config) -> None:
    """Let each of several processes of pytest-xdist choose its own folder of data, as this one did above.

    Told by the environment where the settings are, pytest-django would read them, with this process's folder, before
    theirs is made; two tests that scan at once would then be in each other's way.
    """
    if config.getoption("numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    """Take the data away again."""
    shutil.rmtree(Path(os.environ["REPRISE_DATA"]).parent, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled clips and tables beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the training data in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture
def reaper() -> Callable[[Path], AbstractContextManager[list[int]]]:
    """What kills every worker that has one file open, as a decoder's crash or lack of memory would."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("looks into /proc for open files")
    return _reaper


@contextmanager
def _reaper(poison: Path) -> Iterator[list[int]]:
    killed: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for pid in [child.pid for child in multiprocessing.active_children() if child.pid]:
                with suppress(OSError):  # it may end while it is looked at
                    held = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
                    if str(poison) in held and pid not in killed:
                        os.kill(pid, signal.SIGKILL)
                        killed.append(pid)
            time.sleep(0.002)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()
