"""Items that end their worker are found out, whichever way they do it; the others come back."""

from __future__ import annotations

import itertools

import pytest

from reprise.workers import in_workers

EXIT = "__import__('os')._exit(3)"
KILL = "__import__('os').kill(__import__('os').getpid(), 9)"


@pytest.mark.parametrize("poison", [EXIT, KILL])
def test_an_item_that_ends_its_worker_is_told_from_its_neighbours(poison: str):
    items = ["1", poison, "3", "2 + 2", poison, "6"]
    found = list(in_workers(eval, items, 2, if_killed=lambda item: item))
    assert sorted(found, key=str) == sorted([1, 3, 4, 6, poison, poison], key=str)


def test_what_the_function_raises_ends_the_run():
    with pytest.raises(ZeroDivisionError):
        list(in_workers(eval, ["1 / 0", "1"], 2, if_killed=str))


def test_items_are_taken_as_they_are_needed():
    taken = itertools.count()
    results = in_workers(str, taken, 2, if_killed=str)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert next(taken) <= 4
