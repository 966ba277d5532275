"""Many things, some at a time: databases bound how many values a query may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["parts"]

_T = TypeVar("_T")


def parts(items: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """Yield items in lists of at most a number, in their order; no more of them are taken than are yielded."""
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part
