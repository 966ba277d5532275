"""A library of many tracks and a real server in front of it, for the benchmarks that ask one."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["filled", "processor_s", "served"]


@contextmanager
def filled(options: argparse.ArgumentParser, tracks: int = 100_000) -> Iterator[argparse.Namespace]:
    """Read the options that all have, bring Django up for a library of that size, and say what there is.

    It is on PostgreSQL where ``REPRISE_TEST_DATABASE`` says so, and in a temporary folder unless ``--data`` names one.
    """
    options.add_argument("--tracks", type=int, default=tracks)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--data", type=Path, help="a folder to keep; a library that is there is used")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-benchmark-") as folder:
        os.environ["REPRISE_DATA"] = str(asked.data or folder)
        os.environ["REPRISE_DATABASE"] = os.environ.get("REPRISE_TEST_DATABASE", "")
        from reprise.web.boot import boot

        boot()
        from django.db import connection

        from benchmarks.fill_library import fill
        from reprise.web.library import pgvector
        from reprise.web.library.models import Track

        if not Track.objects.exists():
            began = time.perf_counter()
            fill(asked.tracks)
            print(f"filled in {time.perf_counter() - began:.0f} s")
        where = connection.vendor + (" with pgvector" if pgvector.is_available() else "")
        print(f"{Track.objects.count()} tracks on {where}; load {os.getloadavg()[0]:.1f}", flush=True)
        yield asked


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Serve the library of this process's environment, without workers; give the address and the process."""
    import httpx

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-c", "import sys; from reprise.cli import main; sys.exit(main())"]
    process = subprocess.Popen([*program, "serve", "--no-demo", "--workers", "0", "--port", str(port)])
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if httpx.get(base + "/healthz").status_code == 200:
                    break
            time.sleep(0.1)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(60)


def processor_s(pid: int) -> float:
    """Return the seconds of the processor that all threads of a process have had; 0 where Linux does not say."""
    spent_ns = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            spent_ns += int(thread.read_text().split()[0])
    return spent_ns / 1e9
