"""A worker: takes tasks out of the queue and does them, one at a time. ``python -m reprise.web.worker`` is one.

What takes minutes (clusters and map, learning) is done by a helper: another such process, which a worker starts when
there is something of the kind and which ends when there is no more. A song that is brought meanwhile need not wait.

The rows and the tasks are django-tasks' own. Its own worker (`db_worker`) leaves the tasks of a dead worker as running
for ever and keeps the rows of all that were done; this one gives signs of life, takes back what dead ones had in hand,
and deletes what is done.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

from reprise.web.boot import boot

__all__ = ["Worker", "main", "start_worker"]

logger = logging.getLogger("reprise.worker")

_LOOK_EVERY_S = 0.5
_SWEEP_EVERY_S = 10.0
_BEAT_EVERY_S = 5.0
_LATEST_S = 10.0
"""When a task that does not ask whether it may go on is put back over its head, in seconds after SIGTERM."""
_HELPER_LATEST_S = 1.0
"""The same for a helper, whose tasks hardly ever ask."""
_HELPER_EVERY_S = 5.0
"""One that cannot begin is not started again without end."""
_NICE = 10


class Worker:
    """One worker, of this process.

    Parameters
    ----------
    parent : int, optional
        A process without which this one is not to be.
    is_helper : bool
        Whether to do what takes minutes, and nothing else, until there is none.
    is_quiet : bool
        Whether its helper is to leave out a line on stderr for each task.
    """

    def __init__(self, parent: int | None = None, *, is_helper: bool = False, is_quiet: bool = False) -> None:
        from reprise.web.library.liveness import HELPER, own_name

        self.name = own_name(f"{HELPER if is_helper else ''}{secrets.token_hex(4)}")
        self._parent = parent
        self._is_helper = is_helper
        self._is_quiet = is_quiet
        self._helper: subprocess.Popen[bytes] | None = None
        self._helped_at = -_HELPER_EVERY_S
        self._in_hand: str | None = None
        self._has_worked = True

    def run(self) -> None:
        """Do tasks until an end is asked for."""
        from reprise.web.library import liveness
        from reprise.web.library.sandbox import shared_sandbox
        from reprise.web.library.stopping import is_stopping, wait

        liveness.beat(self.name)
        threading.Thread(target=self._live, daemon=True).start()
        swept_at, pause_s = 0.0, _LOOK_EVERY_S
        while not is_stopping():
            try:
                if time.monotonic() - swept_at > _SWEEP_EVERY_S:
                    swept_at = time.monotonic()
                    liveness.sweep()
                busy = self._work_once()
                pause_s = _LOOK_EVERY_S
            except _database_errors() as error:
                # A database that restarts is no reason to end; what was in hand is put back when it is there again.
                logger.warning("the database cannot be reached: %s", str(error).strip())
                _forget_connection()
                busy, pause_s = False, min(2 * pause_s, 30.0)
            if not busy:
                if self._is_helper:
                    break
                wait(pause_s)
        self._end_helper()
        shared_sandbox().close()
        with suppress(*_database_errors()):
            liveness.leave(self.name)

    def _work_once(self) -> bool:
        """Do the next task, if there is one."""
        from reprise.web.library import claims
        from reprise.web.library.queueing import LONG, SHORT

        if self._in_hand:
            # Left over from a moment in which the database was gone.
            claims.put_back(self._in_hand, self.name)
            self._in_hand = None
        if not self._is_helper:
            self._see_to_helper()
        row = claims.claim_next(self.name, LONG if self._is_helper else SHORT)
        if row is None:
            self._run_dry()
            return False
        self._has_worked = True
        self._in_hand = str(row.pk)
        began = time.monotonic()
        logger.info("begin %s %s", row.task_path.rpartition(".")[2], row.args_kwargs["args"])
        outcome = claims.perform(row, self.name)
        self._in_hand = None
        logger.info("%s after %.1f s", outcome, time.monotonic() - began)
        return True

    def _run_dry(self) -> None:
        """See to the map when there is nothing else to do; once, until there was something to do again."""
        from reprise.web.library.groups_due import start_groups_if_due

        if self._has_worked and not self._is_helper:
            start_groups_if_due()
            self._has_worked = False

    def _see_to_helper(self) -> None:
        """Start a helper if something waits for one and ours, if there was one, has ended."""
        from reprise.web.library.claims import is_waiting
        from reprise.web.library.queueing import LONG

        if self._helper is not None and self._helper.poll() is None:
            return
        if time.monotonic() - self._helped_at >= _HELPER_EVERY_S and is_waiting(LONG):
            self._helped_at = time.monotonic()
            self._helper = start_worker(is_helper=True, is_quiet=self._is_quiet)

    def _end_helper(self) -> None:
        if self._helper is None:
            return
        self._helper.terminate()
        try:
            self._helper.wait(4 * _HELPER_LATEST_S)
        except subprocess.TimeoutExpired:
            self._helper.kill()  # what it had in hand is taken back by a sweep
            self._helper.wait()

    def _live(self) -> None:
        """Give signs of life; see to it that an end that was asked for comes."""
        from reprise.web.library import claims, liveness
        from reprise.web.library.stopping import ask_to_stop, is_stopping

        beaten_at = stopping_at = time.monotonic()
        while True:
            time.sleep(0.5)
            now = time.monotonic()
            if self._parent and os.getppid() != self._parent:
                ask_to_stop()
            if not is_stopping():
                stopping_at = now
            elif now - stopping_at > (_HELPER_LATEST_S if self._is_helper else _LATEST_S):
                with suppress(Exception):
                    if self._in_hand:
                        claims.put_back(self._in_hand, self.name)
                    liveness.leave(self.name)
                os._exit(0)
            if now - beaten_at > _BEAT_EVERY_S:
                beaten_at = now
                try:
                    liveness.beat(self.name)
                except _database_errors():
                    _forget_connection()


def _database_errors() -> tuple[type[Exception], ...]:
    from django.db.utils import InterfaceError, OperationalError

    return (OperationalError, InterfaceError)


def _forget_connection() -> None:
    from django.db import connection

    with suppress(Exception):
        connection.close()


def _stop(number: int, frame: FrameType | None) -> None:
    from reprise.web.library.stopping import ask_to_stop

    ask_to_stop()


def start_worker(*, is_helper: bool = False, is_quiet: bool = False) -> subprocess.Popen[bytes]:
    """Start a worker in a process of its own, which ends when this process does; the parameters are those of `main`."""
    said = [*["helper"] * is_helper, *["quiet"] * is_quiet]
    return subprocess.Popen(
        [sys.executable, "-m", "reprise.web.worker", str(os.getpid()), *said],
        # Ctrl-C in a terminal goes to all processes of it; this one is told by its parent.
        start_new_session=True,
        stdin=subprocess.DEVNULL,
    )


def main(parent: int | None = None, *, is_helper: bool = False, is_quiet: bool = False) -> int:
    """Be a worker until SIGTERM or SIGINT.

    Parameters
    ----------
    parent : int, optional
        A process without which this one is not to be.
    is_helper : bool
        Whether to do what takes minutes, and nothing else, until there is none.
    is_quiet : bool
        Whether to leave out a line on stderr for each task.
    """
    if is_helper:
        os.nice(_NICE)
    boot(migrate=parent is None)
    logger.setLevel(logging.WARNING if is_quiet else logging.INFO)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    Worker(parent, is_helper=is_helper, is_quiet=is_quiet).run()
    return 0


if __name__ == "__main__":
    said = sys.argv[2:]
    sys.exit(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else None,
            is_helper="helper" in said,
            is_quiet="quiet" in said,
        )
    )
