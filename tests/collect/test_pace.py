"""The rolling window, in fake time for all cases and in real time once."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.collect.pace import Clock, RateLimiter
from reprise.errors import ParameterError


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now_s, sleep=self.sleep)


@given(
    limit=st.integers(1, 10),
    gaps=st.lists(st.floats(0, 40), min_size=1, max_size=60),
    interval_s=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_no_window_ever_holds_more_than_the_limit(limit: int, gaps: list[float], interval_s: float):
    passing = Time()
    limiter = RateLimiter(limit, interval_s=interval_s, clock=passing.clock)
    starts = []
    for gap in gaps:
        passing.now_s += gap
        limiter.wait()
        starts.append(passing.now_s)
    for first, last in zip(starts, starts[limit:], strict=False):
        assert last - first >= 30.0 - 1e-9
    for first, last in itertools.pairwise(starts):
        assert last - first >= interval_s - 1e-9


def test_what_is_allowed_is_not_delayed():
    passing = Time()
    limiter = RateLimiter(100, clock=passing.clock)
    for _ in range(100):
        limiter.wait()
    assert passing.now_s == 0.0
    limiter.wait()
    assert passing.now_s == 30.0


def test_a_pause_holds_and_a_shorter_one_does_not_end_it():
    passing = Time()
    limiter = RateLimiter(100, clock=passing.clock)
    limiter.pause(20.0)
    limiter.pause(5.0)
    limiter.wait()
    assert passing.now_s == 20.0


def test_in_real_time_and_from_several_threads():
    limiter = RateLimiter(5, window_s=0.2)
    starts: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(5):
            limiter.wait()
            with lock:
                starts.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    starts.sort()
    assert len(starts) == 20
    # Of six in a row, the first and the last are a window apart; noted a moment after they were let through.
    assert all(last - first > 0.1 for first, last in zip(starts, starts[5:], strict=False))
    assert starts[-1] - starts[0] >= 0.55


@pytest.mark.parametrize("bad", [{"limit": 0}, {"limit": 1, "window_s": 0}, {"limit": 1, "interval_s": -1}])
def test_impossible_limits_are_refused(bad: dict):
    with pytest.raises(ParameterError):
        RateLimiter(**bad)
