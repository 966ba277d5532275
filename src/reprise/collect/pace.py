"""How fast a provider may be asked: so many requests in any 30 seconds, and pauses that it asks for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from reprise.errors import ParameterError

__all__ = ["Clock", "RateLimiter"]

WINDOW_S = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Where time comes from; tests put their own in its place."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class RateLimiter:
    """Lets at most `limit` requests start within any `window_s` seconds, whichever second one looks at.

    A fixed window would let twice as many through around its edge; this one rolls. It may be shared by
    threads.

    Parameters
    ----------
    limit : int
        Requests per window, at least 1.
    window_s : float
        Length of the window in seconds.
    interval_s : float
        Least time between two requests, in seconds, for providers that dislike bursts.
    clock : Clock
        Where time comes from.
    """

    def __init__(
        self, limit: int, *, window_s: float = WINDOW_S, interval_s: float = 0.0, clock: Clock | None = None
    ) -> None:
        if limit < 1 or not window_s > 0 or not interval_s >= 0:
            raise ParameterError("a rate limit is at least 1 request in a window above 0 s")
        self.limit, self.window_s, self.interval_s = limit, window_s, interval_s
        self._clock = clock or Clock()
        self._started: deque[float] = deque(maxlen=limit)
        self._not_before = float("-inf")
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until one more request may start, and count it."""
        while True:
            with self._lock:
                now = self._clock.now()
                start = self._next_start()
                if start <= now:
                    self._started.append(now)
                    return
            # Slept outside the lock: a pause that comes in meanwhile is seen in the next round.
            self._clock.sleep(start - now)

    def pause(self, seconds: float) -> None:
        """Let nothing start for so long; a longer pause that runs already stays."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock.now() + max(0.0, seconds))

    def _next_start(self) -> float:
        start = self._not_before
        if self._started:
            start = max(start, self._started[-1] + self.interval_s)
        if len(self._started) == self.limit:
            start = max(start, self._started[0] + self.window_s)
        return start
