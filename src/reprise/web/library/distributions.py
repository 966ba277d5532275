"""How the values of the library are spread: a histogram of each.

The columns are kept in memory, read once, and brought up to date by what was analysed since: a hundred thousand rows
are read from the database in seconds but counted by NumPy in milliseconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from reprise.targets import HEADS, target
from reprise.web.library.models import Analysis, Track
from reprise.web.library.search import matching_ids

__all__ = ["SHOWN", "Spread", "distributions", "forget_columns"]

SHOWN = (*HEADS, "tempo", "loudness", "key", "year")
"""What is counted."""

Values = npt.NDArray[np.float64]
_MOST_YEARS = 30
_OVERLAP = timedelta(minutes=2)  # who writes at the same time may commit later what was analysed before


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A histogram.

    Attributes
    ----------
    name : str
    edges : list of float
        Of the bins; one more than ``counts``. The last bin has its upper end, the others do not.
    counts : list of int
    median : float or None
        ``None`` where there is no value, and for keys, which have no order.
    unit : str
    """

    name: str
    edges: list[float]
    counts: list[int]
    median: float | None
    unit: str


def distributions(query: str = "") -> list[Spread]:
    """Count the values of the analysed tracks that a query finds.

    Parameters
    ----------
    query : str
        As for `reprise.web.library.search.find`; empty for all.

    Returns
    -------
    list of Spread
        One for each of `SHOWN`.

    Raises
    ------
    ParameterError
        If the query cannot be read.
    """
    keys, table, counted = _columns.get()
    if query.strip():
        wanted = matching_ids(query)
        at = np.minimum(np.searchsorted(keys, wanted), max(0, keys.size - 1))
        found = table[:, at[keys[at] == wanted]] if keys.size else table
        return [_spread(name, values) for name, values in zip(SHOWN, found, strict=True)]
    if not counted:
        counted += [_spread(name, values) for name, values in zip(SHOWN, table, strict=True)]
    return list(counted)


def _spread(name: str, column: Values) -> Spread:
    values = column[np.isfinite(column)]
    if name == "key":
        values = values[values >= 0]
    low, high, bins = _bins(name, values)
    counts, edges = np.histogram(np.clip(values, low, high), bins, (low, high))
    median = float(np.median(values)) if values.size and name != "key" else None
    unit = "" if name == "year" else target(name).unit
    return Spread(name=name, edges=edges.tolist(), counts=counts.tolist(), median=median, unit=unit)


def _bins(name: str, values: Values) -> tuple[float, float, int]:
    """Return the lowest and the highest edge, and the number of bins, which are equally wide."""
    if name == "key":
        return -0.5, 11.5, 12
    if name == "tempo":
        return 30.0, 250.0, 22
    if name == "loudness":
        return -60.0, 0.0, 20
    if name == "year":
        first, last = (int(values.min()), int(values.max())) if values.size else (2000, 2000)
        step = -(-(last - first + 1) // _MOST_YEARS)
        bins = -(-(last - first + 1) // step)
        return first - 0.5, first - 0.5 + bins * step, bins
    return 0.0, 1.0, 20


class _Columns:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Read everything anew the next time."""
        self._keys = np.empty(0, np.int64)
        self._table = np.empty((len(SHOWN), 0), np.float64)
        self._newest: datetime | None = None
        self._counted: list[Spread] = []

    def get(self) -> tuple[npt.NDArray[np.int64], Values, list[Spread]]:
        """Return the tracks' keys, a row of values for each of `SHOWN`, and what was counted of these, if it was."""
        analysed = Track.objects.filter(status=Track.Status.ANALYSED)
        with self._lock:
            newest = Analysis.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
            if newest is None:
                self.forget()
            elif newest != self._newest or analysed.count() != self._keys.size:
                self._counted = []
                self._read(newest)
            return self._keys, self._table, self._counted

    def _read(self, newest: datetime) -> None:
        rows = Track.objects.filter(status=Track.Status.ANALYSED).values_list("pk", *SHOWN)
        if self._newest is not None and newest >= self._newest:
            self._put(rows.filter(analysis__changed_at__gt=self._newest - _OVERLAP).iterator())
            there = np.fromiter(rows.values_list("pk", flat=True).order_by("pk").iterator(), np.int64)
            kept = np.isin(self._keys, there, assume_unique=True)
            self._keys, self._table = self._keys[kept], self._table[:, kept]
            if there.size == self._keys.size:
                self._newest = newest
                return
        self.forget()
        self._put(rows.iterator(chunk_size=10_000))
        self._newest = newest

    def _put(self, rows: Iterable[tuple[float | None, ...]]) -> None:
        read = list(rows)
        keys = np.fromiter((row[0] for row in read), np.int64, len(read))
        table = np.array([row[1:] for row in read], np.float64).reshape(-1, len(SHOWN)).T
        old = ~np.isin(self._keys, keys)
        keys = np.concatenate([self._keys[old], keys])
        order = np.argsort(keys)
        self._keys = keys[order]
        self._table = np.concatenate([self._table[:, old], table], axis=1)[:, order]


_columns = _Columns()


def forget_columns() -> None:
    """Read the columns anew the next time; for tests, which empty the tables behind the process's back."""
    with _columns._lock:
        _columns.forget()
