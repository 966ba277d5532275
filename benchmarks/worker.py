"""A process that runs named tasks on request and answers with what they cost, one JSON object a line.

Every contender works in a process of its own, Reprise too, so that all are measured alike. A module of tasks has a
dictionary ``TASKS``; each entry takes the request's arguments, prepares what is not to be timed, and returns the
function that is. This file and the peers' tasks import neither Reprise nor each other's packages::

    python -m benchmarks.worker benchmarks.reprise_tasks [CORE]
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Task = Callable[..., Callable[[], Any]]


def measured(run: Callable[[], Any]) -> dict[str, Any]:
    """Return what one call costs, and its result."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    result = run()
    return {
        "wall_s": time.perf_counter() - wall_s,
        "cpu_s": time.process_time() - cpu_s,
        "peak_rss_mb": peak_rss_mb(),
        "result": result,
    }


def peak_rss_mb() -> float:
    """Return the most memory that this process has held."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        # Only a fall-back: Linux counts here what the parent held when it started this process.
        per_mb = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb


def serve(tasks: dict[str, Task]) -> None:
    """Answer the requests on standard input until it ends."""
    # Peers print notes to standard output: the answers keep it to themselves.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    prepared: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if line not in prepared:
                prepared[line] = tasks[request["task"]](**request["arguments"])
            answer = measured(prepared[line])
        except Exception as error:  # the parent reports it and goes on with the others
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


def main() -> None:
    """Serve the tasks of the module that is named, on one core if one is given."""
    if len(sys.argv) > 2:
        with contextlib.suppress(AttributeError, OSError):  # not every system can, or lets us
            os.sched_setaffinity(0, {int(sys.argv[2])})
    serve(importlib.import_module(sys.argv[1]).TASKS)


if __name__ == "__main__":
    main()
