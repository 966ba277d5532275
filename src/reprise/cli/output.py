"""Where records go: a file that survives any interruption, or a stream."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from reprise.cli.columns import OPTIONAL
from reprise.cli.formats import dump, open_writer, read_records
from reprise.cli.text import encodable

__all__ = ["Output", "OutputFile", "OutputStream", "record_key"]

Record = dict[str, Any]


class Output(Protocol):
    """Takes records one by one."""

    def write(self, record: Record) -> None:
        """Take one record."""

    def close(self) -> None:
        """Complete the output with what was written so far."""


def record_key(path: str) -> str:
    """Name the file that a record is about, however its path is spelt."""
    return os.path.abspath(encodable(path))  # noqa: PTH100 (links stay as they are)


class OutputFile:
    """Records on their way into a file, each on disk as soon as it is written.

    JSON Lines are appended to the file itself. The other formats can only be written as a whole, so their
    records are kept in a journal of JSON Lines beside the file (``NAME.partial``) until `close`; then the
    file is written under another name, sorted by path, and put in its place in one step.

    Parameters
    ----------
    path : str
        A regular file or one that does not exist.
    output_format : {"json", "jsonl", "csv", "parquet"}
    keep : callable, optional
        Which records of an earlier run are carried over; without it the file is started afresh.

    Raises
    ------
    OSError
        If the file cannot be written.
    DatasetError
        If `keep` is given and the file is no output of this format.
    """

    def __init__(
        self, path: str, output_format: str, *, keep: Callable[[Record], bool] | None = None
    ) -> None:
        self._path, self._format = Path(os.path.realpath(path)), output_format
        self._new = self._beside("new")
        self._journal_path = self._path if output_format == "jsonl" else self._beside("partial")
        if self._path.exists() and not os.access(self._path, os.W_OK):
            raise PermissionError(13, "Permission denied", str(path))
        with self._new.open("wb") as stream:
            for record in self._earlier() if keep else ():
                if keep and keep(record):
                    stream.write(dump(record))
        self._new.replace(self._journal_path)
        self._journal = self._journal_path.open("ab")

    def _beside(self, ending: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{ending}")

    def _earlier(self) -> Iterator[Record]:
        # A journal means that a run was cut off; it then holds all that the file holds and more.
        for path, its_format in ((self._journal_path, "jsonl"), (self._path, self._format)):
            if path.exists() and path.stat().st_size:
                return read_records(path, its_format)
        return iter(())

    def write(self, record: Record) -> None:
        """Append one record and hand it to the operating system."""
        self._journal.write(dump(record))
        self._journal.flush()

    def close(self) -> None:
        """Turn the journal into the file."""
        self._journal.close()
        if self._journal_path == self._path:
            return
        optional: set[str] = set()
        places: list[tuple[str, int]] = []
        with self._journal_path.open("rb") as journal, self._new.open("wb") as stream:
            place = 0
            for line in journal:
                record = json.loads(line)
                optional.update(OPTIONAL & record.keys())
                places.append((record["path"], place))
                place += len(line)
            writer = open_writer(self._format, stream, optional=optional)
            for _, place in sorted(places):
                journal.seek(place)
                writer.write(json.loads(journal.readline()))
            writer.close()
        self._new.replace(self._path)
        self._journal_path.unlink()


class OutputStream:
    """Records written to a stream as they come; Parquet, which a pipe cannot hold, at the end.

    Parameters
    ----------
    stream : binary stream
    output_format : {"json", "jsonl", "csv", "parquet"}
    optional : set of str
        Which of ``detail`` and ``embedding`` were asked for.
    """

    def __init__(self, stream: IO[bytes], output_format: str, optional: set[str]) -> None:
        self._stream = stream
        self._spool: IO[bytes] | None = tempfile.TemporaryFile() if output_format == "parquet" else None  # noqa: SIM115
        self._writer = open_writer(output_format, self._spool or stream, optional=optional)

    def write(self, record: Record) -> None:
        """Write one record and flush it to the reader."""
        self._writer.write(record)
        self._stream.flush()

    def close(self) -> None:
        """Complete the output."""
        self._writer.close()
        if self._spool is not None:
            self._spool.seek(0)
            shutil.copyfileobj(self._spool, self._stream)
            self._spool.close()
        self._stream.flush()
