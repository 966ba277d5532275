"""Lists of a bounded length have all items in their order, and take no more than is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reprise.web.library.parts import parts


@given(st.lists(st.integers()), st.integers(1, 20))
def test_nothing_is_lost_and_no_part_is_longer_or_empty(items: list[int], size: int) -> None:
    found = list(parts(items, size))
    assert [each for part in found for each in part] == items
    assert all(len(part) == size for part in found[:-1])
    assert all(1 <= len(part) <= size for part in found)


def test_no_more_is_taken_than_is_yielded() -> None:
    waiting = iter(range(10))
    assert next(parts(waiting, 3)) == [0, 1, 2]
    assert next(waiting) == 3
