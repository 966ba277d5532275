"""Contenders as processes, and measuring several of them in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ONE_THREAD", "Contender", "Cost", "TaskError", "core_to_use", "cores", "ours", "race"]

ROOT = Path(__file__).resolve().parents[1]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


class TaskError(Exception):
    """A contender could not do what it was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a task takes: the least of several calls, after a first one that counts apart.

    Attributes
    ----------
    wall_s, cpu_s : float
        By the clock, and of the processor: the latter hardly depends on who else uses the machine.
    fresh_s : float
        By the clock, from starting the process to its first answer: imports, models and the first call.
    peak_rss_mb : float
        The most memory that the process held.
    result : object
        What the last call returned.
    """

    wall_s: float
    cpu_s: float
    fresh_s: float
    peak_rss_mb: float
    result: Any


@dataclass(kw_only=True)
class Contender:
    """A task in a process of its own.

    Attributes
    ----------
    name : str
        For the tables.
    task : str
        A name in the ``TASKS`` of `module`.
    arguments : dict
        What the task takes; JSON.
    module : str
    python : Path
        The interpreter whose packages it uses.
    core : int or None
        The core that it is kept to.
    threads : dict
        Environment that limits the threads of numerical libraries; empty for their own choice.
    """

    name: str
    task: str
    arguments: dict[str, Any]
    module: str = "benchmarks.reprise_tasks"
    python: Path = Path(sys.executable)
    core: int | None = None
    threads: dict[str, str] = field(default_factory=lambda: ONE_THREAD)
    answers: list[dict[str, Any]] = field(default_factory=list, init=False)
    _process: subprocess.Popen[str] | None = field(default=None, init=False)
    _fresh_s: float = field(default=0.0, init=False)

    def call(self) -> None:
        """Do the task once more; the first time, start the process.

        Raises
        ------
        TaskError
            If the task fails or its process ends.
        """
        started_s = time.perf_counter()
        if self._process is None:
            self._process = self._start()
        assert self._process.stdin is not None and self._process.stdout is not None
        request = json.dumps({"task": self.task, "arguments": self.arguments})
        try:
            print(request, file=self._process.stdin, flush=True)
            answer = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise TaskError(f"{self.name}: its process ended") from error
        if "error" in answer:
            raise TaskError(f"{self.name}: {answer['error']}")
        if not self.answers:
            self._fresh_s = time.perf_counter() - started_s
        self.answers.append(answer)

    def _start(self) -> subprocess.Popen[str]:
        command = [str(self.python), "-m", "benchmarks.worker", self.module]
        return subprocess.Popen(
            command + ([] if self.core is None else [str(self.core)]),
            cwd=ROOT,
            env={**os.environ, **self.threads},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def cost(self) -> Cost:
        """Return the least of what the calls took; the first one counts only if it was the only one."""
        warm = self.answers[1:] or self.answers
        return Cost(
            wall_s=min(answer["wall_s"] for answer in warm),
            cpu_s=min(answer["cpu_s"] for answer in warm),
            fresh_s=self._fresh_s,
            peak_rss_mb=max(answer["peak_rss_mb"] for answer in warm),
            result=warm[-1]["result"],
        )

    def results(self) -> list[Any]:
        """Return what each call but the first returned."""
        return [answer["result"] for answer in self.answers[1:] or self.answers]

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        # Closes its standard input, on which it ends by itself.
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def ours(name: str, task: str, path: Path, core: int | None = None) -> Contender:
    """Return a contender from `benchmarks.reprise_tasks` that takes a file."""
    return Contender(name=name, task=task, arguments={"path": str(path.resolve())}, core=core)


def race(contenders: Sequence[Contender], rounds: int) -> tuple[dict[str, Cost], dict[str, str]]:
    """Let contenders take turns, so that what disturbs the machine disturbs all of them.

    Parameters
    ----------
    contenders : sequence of Contender
        Closed at the end. The others are compared with the first, which has to be able to do its task.
    rounds : int
        How often each is called after its first call.

    Returns
    -------
    costs : dict of str to Cost
        By name.
    absent : dict of str to str
        Why the others could not take part.

    Raises
    ------
    TaskError
        If the first contender cannot.
    """
    absent: dict[str, str] = {}
    try:
        for _ in range(rounds + 1):
            for contender in contenders:
                if contender.name not in absent:
                    try:
                        contender.call()
                    except TaskError as error:
                        if contender is contenders[0]:
                            raise
                        absent[contender.name] = str(error)
    finally:
        for contender in contenders:
            contender.close()
    costs = {each.name: each.cost() for each in contenders if each.name not in absent}
    return costs, absent


def cores() -> list[int]:
    """Return the numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def core_to_use() -> int | None:
    """Return the core that single-threaded contenders share; interrupts are served by the first ones."""
    return cores()[-1] if hasattr(os, "sched_setaffinity") else None
