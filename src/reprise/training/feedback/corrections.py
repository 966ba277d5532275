"""What users have corrected: one SQLite file to which rows are added and from which none is ever taken away.

Beside each correction stands what the trained models were given of the track, so that learning never needs the audio.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from reprise.errors import DatasetError, ParameterError
from reprise.places import data_directory
from reprise.records import FloatArray
from reprise.training.feedback.correction import GENRE, Correction, HeardTrack, Said

__all__ = ["Corrections", "default_store"]

_APPLICATION_ID = 0x52435231  # "RCR1"
_SCHEMA = """
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, path TEXT NOT NULL, inputs BLOB NOT NULL
) STRICT;
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, track_id INTEGER NOT NULL REFERENCES tracks,
    what TEXT NOT NULL, value REAL, genre TEXT, said TEXT NOT NULL, model TEXT NOT NULL,
    CHECK ((value IS NULL) <> (genre IS NULL)), CHECK (value BETWEEN 0 AND 1)
) STRICT;
CREATE TABLE withdrawals (
    correction_id INTEGER PRIMARY KEY REFERENCES corrections, at TEXT NOT NULL
) STRICT;
CREATE TRIGGER corrections_stay BEFORE UPDATE ON corrections BEGIN SELECT RAISE(ABORT, 'corrections are not edited'); END;
CREATE TRIGGER corrections_last BEFORE DELETE ON corrections BEGIN SELECT RAISE(ABORT, 'corrections are withdrawn, not deleted'); END;
CREATE VIEW live AS
    SELECT c.*, t.key, t.path FROM corrections c JOIN tracks t ON t.id = c.track_id
    WHERE c.id IN (
        SELECT max(id) FROM corrections WHERE id NOT IN (SELECT correction_id FROM withdrawals)
        GROUP BY who, track_id, what
    );
"""  # fmt: skip  # noqa: E501


class Corrections:
    """The open file of corrections; made if it is not there.

    Parameters
    ----------
    path : str or path-like
        Kept in write-ahead mode: many processes may add at a time, and what was added survives a killed process.

    Raises
    ------
    DatasetError
        If the file is something else, or cannot be opened.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(fspath(path))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=30.0)
        except (OSError, sqlite3.Error) as error:
            raise DatasetError(f"{self.path}: cannot be opened: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise DatasetError(f"{self.path}: holds no corrections of Reprise: {error}") from error
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            # Looked at within the transaction: another process may be making it.
            is_empty = not self._db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
            if is_empty:
                for statement in _statements(_SCHEMA):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                self._db.execute("PRAGMA user_version = 1")
            marks = [
                self._db.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            ]
            if marks != [_APPLICATION_ID, 1]:
                raise DatasetError(f"{self.path}: holds no corrections that this version of Reprise can read")
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._db.execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise DatasetError(f"{self.path}: cannot be written: {error}") from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def add(
        self,
        who: str,
        changes: Mapping[str, float | str],
        *,
        path: str,
        inputs: Mapping[str, FloatArray],
        said: Mapping[str, Said],
    ) -> tuple[int, ...]:
        """Store what one user corrects about one track, all or nothing, after `check_name` and `check_changes`.

        Parameters
        ----------
        who : str
        changes : mapping of str to float or str
        path : str
            Only to show.
        inputs : mapping of str to float32 array
            What `reprise.analysis.hear` gives.
        said : mapping of str to Said
            What was said before about each of the corrected.

        Returns
        -------
        tuple of int
            The ids of the corrections, in the order of ``changes``.
        """
        blob = _packed(inputs)
        key = HeardTrack.key_of(blob)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ids = []
        with self._transaction():
            self._db.execute(
                "INSERT INTO tracks (key, path, inputs) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (key, path.encode("utf-8", "backslashreplace").decode(), blob),
            )
            for what, value in changes.items():
                row = self._db.execute(
                    "INSERT INTO corrections (at, who, track_id, what, value, genre, said, model)"
                    " SELECT ?, ?, id, ?, ?, ?, ?, ? FROM tracks WHERE key = ? RETURNING id",
                    (now, who, what, None if what == GENRE else value, value if what == GENRE else None,
                     said[what].text, said[what].model, key),
                ).fetchone()  # fmt: skip
                ids.append(int(row[0]))
        return tuple(ids)

    def withdraw(self, correction_id: int, who: str) -> None:
        """Take one of a user's own corrections back; what the user had said before it counts again.

        Raises
        ------
        ParameterError
            If there is no such correction of that user; to be withdrawn twice does no harm.
        """
        with self._transaction():
            mine = "SELECT EXISTS (SELECT 1 FROM corrections WHERE id = ? AND who = ?)"
            if not self._db.execute(mine, (correction_id, who)).fetchone()[0]:
                raise ParameterError(f"there is no correction {correction_id} by that user")
            self._db.execute(
                "INSERT INTO withdrawals SELECT ?, strftime('%Y-%m-%dT%H:%M:%SZ') ON CONFLICT DO NOTHING",
                (correction_id,),
            )

    def withdraw_all(self, who: str) -> int:
        """Take back all that a user has ever said; return how many corrections that were."""
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO withdrawals SELECT id, strftime('%Y-%m-%dT%H:%M:%SZ') FROM corrections"
                " WHERE who = ? AND true ON CONFLICT DO NOTHING",
                (who,),
            )
        return cursor.rowcount

    def live(self) -> tuple[Correction, ...]:
        """Return the corrections that count: not withdrawn, and of each user the last about a track."""
        rows = self._db.execute(
            "SELECT id, at, who, key, path, what, value, genre, said, model FROM live ORDER BY id"
        )
        names = tuple(Correction.__dataclass_fields__)
        return tuple(Correction(**dict(zip(names, row, strict=True))) for row in rows)

    def withdrawn(self) -> frozenset[int]:
        """Return the ids of the corrections that were taken back."""
        return frozenset(row[0] for row in self._db.execute("SELECT correction_id FROM withdrawals"))

    def _inputs(self, track: str) -> bytes:
        row = self._db.execute("SELECT inputs FROM tracks WHERE key = ?", (track,)).fetchone()
        if row is None or HeardTrack.key_of(row[0]) != track:
            raise DatasetError(f"{self.path}: what was heard of a track is missing or was altered")
        return bytes(row[0])

    def heard(self) -> Iterator[HeardTrack]:
        """Yield the recordings that have corrections that count, with what was heard of them.

        Raises
        ------
        DatasetError
            If a row was altered.
        """
        rows: dict[str, list[Correction]] = {}
        for row in self.live():
            rows.setdefault(row.track, []).append(row)
        for key, corrections in rows.items():
            yield HeardTrack(
                key=key,
                path=corrections[0].path,
                inputs=self._inputs(key),
                corrections=tuple(corrections),
            )

    def take_in(self, recordings: Iterable[HeardTrack]) -> int:
        """Add corrections that were made elsewhere, all or nothing; the caller has checked them.

        What a user has said here about the same thing of the same recording is not said again, nor if it was withdrawn.

        Parameters
        ----------
        recordings : iterable of HeardTrack
            As `heard` yields them.

        Returns
        -------
        int
            How many corrections were new.
        """
        count = 0
        with self._transaction():
            for heard in recordings:
                self._db.execute(
                    "INSERT INTO tracks (key, path, inputs) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (heard.key, heard.path, heard.inputs),
                )
                for row in heard.corrections:
                    count += self._db.execute(
                        "INSERT INTO corrections (at, who, track_id, what, value, genre, said, model)"
                        " SELECT ?1, ?2, t.id, ?3, ?4, ?5, ?6, ?7 FROM tracks t WHERE t.key = ?8 AND NOT EXISTS"
                        " (SELECT 1 FROM corrections c WHERE c.track_id = t.id AND c.who = ?2 AND c.what = ?3)",
                        (row.at, row.who, row.what, row.value, row.genre, row.said, row.model, heard.key),
                    ).rowcount  # fmt: skip
        return count

    def inputs(self, track: str) -> dict[str, FloatArray]:
        """Return what the models were given of a track.

        Raises
        ------
        DatasetError
            If there is none of that hash, or the row was altered.
        """
        packed = self._inputs(track)
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (ValueError, BadZipFile, OSError) as error:
            raise DatasetError(f"{self.path}: what was heard of a track cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._db.close()

    def __enter__(self) -> Corrections:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def default_store() -> Path:
    """Return where corrections are kept unless another file is named."""
    return data_directory() / "corrections.sqlite"


def _packed(inputs: Mapping[str, FloatArray]) -> bytes:
    """Pack arrays into bytes that are the same for the same arrays."""
    with closing(io.BytesIO()) as buffer:
        # Neither compressed nor dated, so that the hash is that of the numbers.
        np.savez(buffer, allow_pickle=False, **{name: inputs[name] for name in sorted(inputs)})
        return buffer.getvalue()


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if statement.strip() and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
