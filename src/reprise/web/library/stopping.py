"""How a worker that is to stop tells the task in hand, and how a task gives itself back."""

from __future__ import annotations

import threading
import time

__all__ = ["GRACE_S", "PutBackError", "ask_to_stop", "check_stop", "is_stopping", "reset", "wait"]

GRACE_S = 3.0
"""How long the task in hand may still take: most files are done by then."""


class PutBackError(Exception):
    """The task in hand goes back into the queue as if it had not been begun."""


_asked = threading.Event()
_asked_at = 0.0


def ask_to_stop() -> None:
    """Ask for an end; may be called by a handler of signals."""
    global _asked_at
    if not _asked.is_set():
        _asked_at = time.monotonic()
        _asked.set()


def is_stopping() -> bool:
    """Whether an end was asked for."""
    return _asked.is_set()


def wait(seconds: float) -> bool:
    """Sleep, but not beyond the moment at which an end is asked for; return whether it was."""
    return _asked.wait(seconds)


def check_stop() -> None:
    """Let a task that takes long ask now and then whether it may go on.

    Raises
    ------
    PutBackError
        If an end was asked for some seconds ago.
    """
    if _asked.is_set() and time.monotonic() - _asked_at > GRACE_S:
        raise PutBackError


def reset() -> None:
    """Forget that an end was asked for; for tests."""
    _asked.clear()
