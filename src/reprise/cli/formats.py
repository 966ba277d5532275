"""Records to JSON, JSON Lines, CSV and Parquet, and back."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from reprise.cli.columns import COLUMNS, OPTIONAL, Column, record_of, row_of
from reprise.cli.text import encodable
from reprise.errors import DatasetError

__all__ = ["EXTENSIONS", "FORMATS", "Writer", "dump", "open_writer", "read_records"]

FORMATS = ("table", "json", "jsonl", "csv", "parquet")
EXTENSIONS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".txt": "table",
}
"""The format that an output file's extension asks for."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ROWS_AT_ONCE = 512
_RECORD = b'{"path": "'


class Writer(Protocol):
    """Writes records one by one to a binary stream."""

    def write(self, record: dict[str, Any]) -> None:
        """Add one record."""

    def close(self) -> None:
        """Complete what was written; the stream stays open."""


def dump(record: dict[str, Any]) -> bytes:
    """Encode a record as one line of JSON.

    Undecodable bytes in a file's name are written as ``\\udcXX``, which ``json.loads`` turns back.
    """
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, default=lambda value: value.tolist())
    return text.encode("utf-8", "backslashreplace") + b"\n"


class _JsonLines:
    def __init__(self, stream: IO[bytes], optional: Collection[str]) -> None:
        self._stream = stream

    def write(self, record: dict[str, Any]) -> None:
        self._stream.write(dump(record))
        self._stream.flush()

    def close(self) -> None:
        self._stream.flush()


class _Json:
    """An array with one record a line: valid JSON that diff and head can still read."""

    def __init__(self, stream: IO[bytes], optional: Collection[str]) -> None:
        self._stream, self._before = stream, b"[\n"

    def write(self, record: dict[str, Any]) -> None:
        self._stream.write(self._before + dump(record).rstrip(b"\n"))
        self._before = b",\n"

    def close(self) -> None:
        self._stream.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")
        self._stream.flush()


class _Csv:
    def __init__(self, stream: IO[bytes], optional: Collection[str]) -> None:
        self._stream = stream
        self._columns = [
            column for column in COLUMNS if column.name not in OPTIONAL or column.name in optional
        ]
        self._write_row([column.name for column in self._columns])

    def _write_row(self, cells: list[str]) -> None:
        text = io.StringIO(newline="")
        # Python quotes a cell for the end of line that it writes, but readers take "\r" for one, too.
        torn = any("\r" in cell for cell in cells)
        csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if torn else csv.QUOTE_MINIMAL).writerow(
            cells
        )
        self._stream.write(text.getvalue().encode())

    def write(self, record: dict[str, Any]) -> None:
        row = row_of(record)
        self._write_row([_cell(column, row[column.name]) for column in self._columns])

    def close(self) -> None:
        self._stream.flush()


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.is_nested:
        return dump(value).decode().rstrip("\n") if value else ""
    if column.kind != "text":
        return str(value)
    text = encodable(value)
    # A spreadsheet would run a title such as "=HYPERLINK(...)"; an apostrophe makes it text.
    return f"'{text}" if _FORMULA.match(text) else text


def _value(column: Column, cell: str) -> Any:
    if cell == "":
        return None
    if column.is_nested:
        return json.loads(cell)
    if column.kind == "integer":
        return int(cell)
    if column.kind == "number":
        return float(cell)
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class _Parquet:
    def __init__(self, stream: IO[bytes], optional: Collection[str]) -> None:
        import pyarrow.parquet as pq

        self._schema = _arrow_schema(optional)
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, record: dict[str, Any]) -> None:
        row = row_of(record)
        for column in COLUMNS:
            value = row[column.name]
            if column.kind == "json" and value is not None:
                row[column.name] = dump(value).decode().rstrip("\n")
            elif column.kind == "text" and value is not None:
                row[column.name] = encodable(value)
        self._rows.append(row)
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()


def _arrow_schema(optional: Collection[str]) -> Any:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "json": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "texts": pa.list_(pa.string()),
        "numbers": pa.list_(pa.float32()),
        "candidates": pa.list_(pa.struct({"bpm": pa.float64(), "confidence": pa.float64()})),
        "genres": pa.list_(pa.struct({"name": pa.string(), "probability": pa.float64()})),
        "tags": pa.list_(pa.struct({"name": pa.string(), "score": pa.float64(), "source": pa.string()})),
    }
    return pa.schema(
        [(c.name, types[c.kind]) for c in COLUMNS if c.name not in OPTIONAL or c.name in optional]
    )


_WRITERS: dict[str, Callable[[IO[bytes], Collection[str]], Writer]] = {
    "json": _Json,
    "jsonl": _JsonLines,
    "csv": _Csv,
    "parquet": _Parquet,
}


def open_writer(output_format: str, stream: IO[bytes], *, optional: Collection[str] = ()) -> Writer:
    """Start writing records to a stream.

    Parameters
    ----------
    output_format : {"json", "jsonl", "csv", "parquet"}
    stream : binary stream
    optional : collection of str
        Which of the columns `reprise.cli.columns.OPTIONAL` a table has.

    Returns
    -------
    Writer
    """
    return _WRITERS[output_format](stream, optional)


def read_records(path: Path, output_format: str) -> Iterator[dict[str, Any]]:
    """Read back what a `Writer` wrote.

    A last line of JSON Lines that was torn off by a crash is left out.

    Raises
    ------
    DatasetError
        If the file is something else.
    """
    try:
        for record in _READERS[output_format](path):
            if not isinstance(record, dict) or not isinstance(record.get("path"), str):
                raise ValueError("a record without a path")
            yield record
    except (ValueError, LookupError, TypeError, csv.Error) as error:
        raise DatasetError(f"{path} is no {output_format} output of reprise analyze: {error}") from error


def _read_json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield json.loads(line)
            elif not line.startswith(_RECORD[: len(line)]):
                raise ValueError("a line that is no record")


def _read_json(path: Path) -> Iterator[Any]:
    records = json.loads(path.read_bytes())
    if not isinstance(records, list):
        raise ValueError("no array of records")
    yield from records


def _read_csv(path: Path) -> Iterator[Any]:
    # The limit is the whole process's: strangers' tables must not be read with this one.
    before = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            _check_columns(rows.fieldnames or ())
            for row in rows:
                yield record_of(
                    {column.name: _value(column, row.get(column.name) or "") for column in COLUMNS}
                )
    finally:
        csv.field_size_limit(before)


def _check_columns(names: Collection[str]) -> None:
    missing = [column.name for column in COLUMNS if column.name not in names and column.name not in OPTIONAL]
    if missing:
        raise ValueError(f"no column {missing[0]!r}")


def _read_parquet(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        _check_columns(file.schema_arrow.names)
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                for column in COLUMNS:
                    if column.kind == "json" and row.get(column.name) is not None:
                        row[column.name] = json.loads(row[column.name])
                yield record_of(row)


_READERS: dict[str, Callable[[Path], Iterator[Any]]] = {
    "json": _read_json,
    "jsonl": _read_json_lines,
    "csv": _read_csv,
    "parquet": _read_parquet,
}
