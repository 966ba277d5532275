"""Tables on their way out, safe for spreadsheets.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a formula,
and titles come from strangers. On the way out such text gets an apostrophe in front; on the way in it is
taken off again, so that a round trip changes nothing. Numbers are written as numbers, negative ones too.
Parquet needs none of this.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from reprise.datasets.store import Store
from reprise.errors import DatasetError, ParameterError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["mask_formula", "unmask_formula", "write_table"]

BATCH_ROWS = 20_000

_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MASKED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def mask_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; `unmask_formula` takes it off."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unmask_formula(text: str) -> str:
    """Undo `mask_formula`."""
    return text[1:] if text[:1] == "'" and _MASKED.match(text) else text


def write_table(store: Store, query: str, path: Path, columns: tuple[str, ...], raw: bool) -> int:
    """Write what a query finds as ``*.csv`` or ``*.parquet``, atomically.

    Parameters
    ----------
    store : Store
        The data set.
    query : str
        An SQL query; it is run on a connection that cannot write.
    path : Path
        An existing file is replaced once the new one is whole.
    columns : tuple of str
        Names of what the query gives, in order.
    raw : bool
        Leave text as it is in CSV.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    ParameterError
        If the name ends otherwise.
    DatasetError
        If the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.suffix.casefold() == ".parquet":
            n = _write_parquet(store, query, partial, columns)
        elif path.suffix.casefold() == ".csv":
            with partial.open("w", encoding="utf-8", newline="") as file:
                n = _write_csv(store.select(query), file, columns, raw)
        else:
            raise ParameterError(f"{path}: a table's name must end in .csv or .parquet")
        partial.replace(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return n


def _write_csv(rows: Iterable[tuple[Any, ...]], file: TextIO, columns: tuple[str, ...], raw: bool) -> int:
    writer = csv.writer(file)
    writer.writerow(columns)
    n = 0
    for row in rows:
        writer.writerow(row if raw else [mask_formula(v) if isinstance(v, str) else v for v in row])
        n += 1
    return n


_INTEGERS = {"duration_ms", "popularity", "explicit", "year", "features_known"}


def _arrow_type(column: str) -> pa.DataType:
    if column in SPOTIFY_FEATURES:
        return pa.float64()
    if column in _INTEGERS or column.endswith("_id"):
        return pa.int64()
    return pa.string()


def _write_parquet(store: Store, query: str, path: Path, columns: tuple[str, ...]) -> int:
    schema = pa.schema([(name, _arrow_type(name)) for name in columns])
    n = 0
    batch: list[tuple[Any, ...]] = []
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:

        def flush() -> None:
            cells = list(zip(*batch, strict=True))
            writer.write_batch(pa.record_batch(cells, schema=schema))
            batch.clear()

        for row in store.select(query):
            batch.append(row)
            n += 1
            if len(batch) == BATCH_ROWS:
                flush()
        if batch:
            flush()
    return n
