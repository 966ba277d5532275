"""Many items through worker processes; one that kills its worker is found out, and the rest goes on."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["KILLED", "blas", "in_workers"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

KILLED = "the process that read this file was killed, by the file or for lack of memory"
"""The reason to give for an item that ended its worker."""


@cache
def blas() -> ThreadpoolController:
    """Return the switch of BLAS's threads.

    The matrices here are small: several threads would wait for each other for longer than they compute, with all
    cores busy waiting. Worker processes use the cores better.
    """
    return ThreadpoolController()


def in_workers(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item],
    jobs: int,
    *,
    if_killed: Callable[[_Item], _Result],
) -> Iterator[_Result]:
    """Call a function for each item in worker processes; yield each result as soon as it is there.

    Parameters
    ----------
    function : callable
        Can be pickled; what it raises ends the run.
    items : iterable
        Taken lazily, two for each worker at a time, so that it may be endless.
    jobs : int
        Number of worker processes.
    if_killed : callable
        Called here for an item that ended its worker, also when it was alone; gives the result in its place.

    Yields
    ------
    object
        What ``function`` and ``if_killed`` return, in the order in which they finish.
    """
    waiting = iter(items)
    taken: deque[_Item] = deque()
    while True:
        running: dict[Future[_Result], _Item] = {}
        with _pool(jobs) as pool:
            try:
                while True:
                    taken.extend(islice(waiting, 2 * jobs - len(running)))
                    while taken:
                        # It stays in `taken` until it is submitted: the pool may be found broken just then.
                        running[pool.submit(function, taken[0])] = taken[0]
                        taken.popleft()
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                taken.extend(running.values())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        # One of these items killed its worker; alone in a pool each shows whether it was the one.
        while taken:
            yield _alone(function, taken.popleft(), if_killed)


def _alone(
    function: Callable[[_Item], _Result], item: _Item, if_killed: Callable[[_Item], _Result]
) -> _Result:
    with _pool(1) as pool:
        try:
            return pool.submit(function, item).result()
        except BrokenProcessPool:
            return if_killed(item)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # "spawn": the caller may have threads (a web server, a notebook), which do not survive a fork.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
