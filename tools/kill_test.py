"""Kill workers, the processes that read files, and the server at random moments; count what became of the files.

    python tools/kill_test.py [--files 30] [--kills 12] [--workers 2] [--seed 0] [--database URL]

Prints one JSON object and ends with 1 if a file was lost, failed, or was begun again more often than something died.
``REPRISE_TEST_DATABASE`` names a database on PostgreSQL, whose tables are emptied.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

_BEGUN = re.compile(r"begin analyse_track \[(\d+)\]")
_LONGEST_S = 300.0


class Served:
    """The server under test, and its processes."""

    def __init__(self, workers: int, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._workers, self._log = workers, log
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        program = [sys.executable, "-c", "import sys; from reprise.cli import main; sys.exit(main())"]
        command = [*program, "serve", "--no-demo", "--port", str(self._port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self._workers)], stdout=log, stderr=log, start_new_session=True
            )

    def victims(self) -> dict[str, list[int]]:
        """Return the processes by what they are."""
        workers = [pid for pid in children(self.process.pid) if "reprise.web.worker" in command_of(pid)]
        readers = [
            child for pid in workers for child in children(pid) if "sandbox_child" in command_of(child)
        ]
        return {"worker": workers, "reader": readers, "server": [self.process.pid]}

    def stop(self) -> float:
        """Stop it as Ctrl-C does; return how long that took, in seconds."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(60)
        return time.monotonic() - began


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[1]) == parent:
                found.append(int(path.parent.name))
    return found


def command_of(pid: int) -> str:
    """Return a process's command line."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def prepare(folder: Path, count: int) -> None:
    """Render short files, each another, and put them into the queue."""
    import numpy as np
    import soundfile

    from reprise.demo import PIECES, render
    from reprise.web.library.models import Job, Track
    from reprise.web.library.queueing import enqueue_many
    from reprise.web.library.tasks import analyse_track

    Job.objects.all().delete()
    Track.objects.all().delete()
    whole = render(PIECES[0]).T
    noise = np.random.default_rng(0)
    tracks = []
    for number in range(count):
        part = whole[: 44100 * 20] + noise.normal(0, 1e-3, whole[: 44100 * 20].shape)
        path = folder / f"{number:03}.flac"
        soundfile.write(path, np.clip(part, -1, 1), 44100)
        status = path.stat()
        tracks.append(
            Track(path=str(path), title=path.stem, size=status.st_size, mtime_ns=status.st_mtime_ns)
        )
    Track.objects.bulk_create(tracks)
    keys = Track.objects.values_list("pk", flat=True)
    enqueue_many(analyse_track, [(key,) for key in keys])


def torment(served: Served, kills: int, draw: random.Random) -> Counter[str]:
    """Kill at random moments until all files are done; return what was killed how often."""
    from django_tasks_db.models import DBTaskResult

    killed: Counter[str] = Counter()
    deadline = time.monotonic() + _LONGEST_S
    while DBTaskResult.objects.exclude(status="FAILED").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {_LONGEST_S:g} s")
        if served.process.poll() is not None:
            raise RuntimeError("the server ended by itself")
        time.sleep(draw.uniform(0.3, 3.0))
        if killed.total() >= kills:
            continue
        kind = draw.choices(("worker", "reader", "server"), (4, 4, 1))[0]
        pids = served.victims()[kind]
        if not pids:
            continue
        with suppress(ProcessLookupError):
            os.kill(draw.choice(pids), signal.SIGKILL)
            killed[kind] += 1
        if kind == "server":
            served.process.wait()
            served.start()
    return killed


def figures(log: Path, count: int, killed: Counter[str], workers: int) -> dict[str, Any]:
    """Count what became of the files."""
    from django_tasks_db.models import DBTaskResult

    from reprise.web.library.models import Analysis, Track

    begun = Counter(_BEGUN.findall(log.read_text(encoding="utf-8", errors="replace")))
    found = {
        "files": count,
        "analysed": Track.objects.filter(status="analysed").count(),
        "analyses": Analysis.objects.count(),
        "failed": Track.objects.filter(status="failed").count(),
        "tasks_left": DBTaskResult.objects.count(),
        "killed": dict(killed),
        "begun_again": begun.total() - len(begun),
        # A reader's death is tried again within the same task. All workers of a server that dies give back theirs.
        "may_be_begun_again": killed["worker"] + workers * killed["server"],
    }
    found["ok"] = (
        found["analysed"] == found["analyses"] == count == len(begun)
        and found["failed"] == found["tasks_left"] == 0
        and found["begun_again"] <= found["may_be_begun_again"]
    )
    return found


def main() -> int:
    """Run the test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", default=os.environ.get("REPRISE_TEST_DATABASE", ""))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-kill-") as name:
        folder = Path(name)
        os.environ["REPRISE_DATA"] = str(folder / "data")
        os.environ["REPRISE_DATABASE"] = options.database
        os.environ["PYTHONUNBUFFERED"] = "1"
        from reprise.web.boot import boot

        config = boot()
        prepare(folder, options.files)
        log = folder / "log"
        began = time.monotonic()
        served = Served(options.workers, log)
        try:
            killed = torment(served, options.kills, random.Random(options.seed))
        except BaseException:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        finally:
            stopped_s = served.stop()
        found = figures(log, options.files, killed, options.workers)
        found |= {
            "database": config.database_url.partition(":")[0],
            "seconds": round(time.monotonic() - began, 1),
            "stopped_in_s": round(stopped_s, 1),
        }
        if not found["ok"]:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-6000:])
    print(json.dumps(found))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
