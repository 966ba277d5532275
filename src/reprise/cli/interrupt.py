"""Ctrl-C and SIGTERM, taken between two records and never within one."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupts"]


class Interrupts:
    """Turns SIGINT and SIGTERM into `KeyboardInterrupt`, but not while something is being written.

    Attributes
    ----------
    exit_code : int
        128 + the signal's number once one has come, as shells have it; 0 before.
    """

    def __init__(self) -> None:
        self.exit_code = 0
        self._shielded = False

    @contextmanager
    def taken(self) -> Iterator[Interrupts]:
        """Handle both signals within the block; only a process's main thread may."""
        in_main = threading.current_thread() is threading.main_thread()
        numbers = (signal.SIGINT, signal.SIGTERM) if in_main else ()
        before = [signal.signal(number, self._handle) for number in numbers]
        try:
            yield self
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    @contextmanager
    def until_done(self) -> Iterator[None]:
        """Let the block finish, whatever signals come."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Let the block finish before a signal that came within it is answered."""
        before = self.exit_code
        with self.until_done():
            yield
        if self.exit_code != before:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.exit_code = 128 + number
        # Workers would first finish the files that they have begun, which may take minutes.
        for worker in multiprocessing.active_children():
            worker.terminate()
        if not self._shielded:
            raise KeyboardInterrupt
