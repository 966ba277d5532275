"""A data set is one SQLite file: tracks, artists, features, labels, previews, and where each value came from.

The standard library's `sqlite3` is enough, and simpler here than SQLAlchemy Core or sqlite-utils: the schema
is a dozen fixed tables, rows arrive in batches that ``executemany`` and a few ``INSERT ... SELECT`` put in
place, and queries stream from a cursor. A query builder would add a dependency and save no line.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from reprise._version import __version__
from reprise.datasets.placing import Batch, place
from reprise.datasets.rows import ArtistRow, Reject, TrackRow, clean_text
from reprise.datasets.schema import APPLICATION_ID, MIGRATIONS
from reprise.errors import DatasetError

__all__ = ["Outcome", "PreviewResult", "Request", "Source", "Store"]

Row = tuple[Any, ...]

_USUAL = "PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000;"
_BULK = "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 16384;"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Who says so: the provenance of a batch of values; the time is when the batch is recorded."""

    provider: str
    licence: str
    run_id: int
    request_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request that came to its end, well or not.

    Attributes
    ----------
    key : str
        What was asked, without secrets; a request is known by its provider and its key.
    state : {"done", "refused", "failed"}
        Answered; answered that there is nothing (404 and the like); or given up, to be tried in the next run.
    """

    key: str
    state: str
    attempts: int
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What later requests need of an answer: the ids to ask about next, and whether there are more pages."""

    follow: tuple[str, ...] = ()
    more: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewResult:
    """What became of one preview: its new state and, if it was saved, what is on disk."""

    track_id: int
    provider: str
    state: str
    error: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    duration_s: float | None = None


class Store:
    """An open data set; made if it is not there, and brought to the newest schema.

    Parameters
    ----------
    path : str or path-like
        The SQLite file. It is kept in write-ahead mode: others may read while one process writes, and what
        was committed survives a killed process.

    Raises
    ------
    DatasetError
        If the file is not a data set of Reprise, is of a newer version, or cannot be opened.

    Examples
    --------
    >>> with Store("songs.sqlite") as store:  # doctest: +SKIP
    ...     for name, tempo in store.select("SELECT name, tempo FROM tracks_features"):
    ...         print(name, tempo)
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(fspath(path))
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=30.0)
        except sqlite3.Error as error:
            raise DatasetError(f"{self.path}: cannot be opened as a data set: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise DatasetError(f"{self.path}: not a data set of Reprise: {error}") from error
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        version = self._pragma("user_version")
        is_empty = not self._db.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
        if not is_empty and self._pragma("application_id") != APPLICATION_ID:
            raise DatasetError(f"{self.path}: an SQLite file, but not a data set of Reprise")
        if version > len(MIGRATIONS):
            raise DatasetError(
                f"{self.path}: made by a newer Reprise (schema {version}, known {len(MIGRATIONS)})"
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.executescript(_USUAL)
        self._migrate(version)

    def _migrate(self, version: int) -> None:
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            # One transaction a step, its number included: a killed migration leaves the step before.
            with self.transaction():
                if self._pragma("user_version") >= number:
                    continue  # another process was faster
                for statement in _statements(script):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._db.execute(f"PRAGMA user_version = {number}")

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    @property
    def schema_version(self) -> int:
        """How many migrations this file has seen."""
        return self._pragma("user_version")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything in the ``with`` block, or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise DatasetError(f"{self.path}: cannot be written: {error}") from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Add many batches in the ``with`` block: faster, in 192 MiB more memory, as safe from being killed."""
        # `place` looks up what its rows refer to; that need not be checked once more.
        self._db.executescript(_BULK)
        try:
            yield
        finally:
            self._db.executescript(_USUAL)

    # Runs and requests

    def begin_run(self, provider: str, arguments: Mapping[str, Any]) -> int:
        """Note that a collector starts; an earlier run of it that was killed is marked as stopped."""
        with self.transaction():
            self._db.execute(
                "UPDATE runs SET status = 'stopped', message = 'ended without saying why'"
                " WHERE provider = ? AND status = 'running'",
                (provider,),
            )
            cursor = self._db.execute(
                "INSERT INTO runs (provider, arguments, version, started_at) VALUES (?, ?, ?, ?)",
                (provider, json.dumps(arguments, sort_keys=True, default=str), __version__, _now()),
            )
        return _last_id(cursor)

    def end_run(self, run_id: int, status: str, message: str | None = None) -> None:
        """Note that a run came to its end, ``"finished"`` or ``"stopped"``, and what there is to say."""
        with self.transaction():
            self._db.execute(
                "UPDATE runs SET finished_at = ?, status = ?, message = ? WHERE id = ?",
                (_now(), status, message, run_id),
            )

    def outcome(self, provider: str, key: str) -> Outcome | None:
        """Return what a finished request found, or ``None`` if it has to be asked (again)."""
        row = self._db.execute(
            "SELECT outcome FROM requests WHERE provider = ? AND key = ? AND state <> 'failed'",
            (provider, key),
        ).fetchone()
        if row is None:
            return None
        found = json.loads(row[0])
        return Outcome(follow=tuple(found["follow"]), more=found["more"])

    def finish_request(
        self, provider: str, run_id: int, request: Request, outcome: Outcome | None = None
    ) -> int:
        """Log a request; call it in the transaction that writes the rows which it brought."""
        outcome = outcome or Outcome()
        row = self._db.execute(
            "INSERT INTO requests"
            " (provider, key, state, http_status, attempts, outcome, error, run_id, finished_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (provider, key) DO UPDATE SET state = excluded.state,"
            " http_status = excluded.http_status, attempts = attempts + excluded.attempts,"
            " outcome = excluded.outcome, error = excluded.error, run_id = excluded.run_id,"
            " finished_at = excluded.finished_at RETURNING id",
            (
                provider,
                request.key,
                request.state,
                request.http_status,
                request.attempts,
                json.dumps({"follow": outcome.follow, "more": outcome.more}),
                request.error,
                run_id,
                _now(),
            ),
        ).fetchone()
        return int(row[0])

    # Rows

    def record(self, source: Source) -> int:
        """Note a provenance and return its id; every value refers to one."""
        cursor = self._db.execute(
            "INSERT INTO provenance (provider, licence, retrieved_at, run_id, request_id)"
            " VALUES (?, ?, ?, ?, ?)",
            (source.provider, source.licence, _now(), source.run_id, source.request_id),
        )
        return _last_id(cursor)

    def add(self, rows: Iterable[TrackRow] | Batch, source: Source, artists: Iterable[ArtistRow] = ()) -> int:
        """Write tracks with everything that comes along; call it inside `transaction`.

        An account of a track takes the place of the one before it, as a whole, so that one provenance tells
        where all of it came from; a row without a title only refers to the track. Features and labels of
        other providers stay beside. A track that this provider's rejects name is left out.

        Parameters
        ----------
        rows : iterable of TrackRow, or Batch
            Held in memory as one batch: some ten thousand rows at most are best.
        source : Source
            The provenance of all of them.
        artists : iterable of ArtistRow
            Artists without a track.

        Returns
        -------
        int
            How many rows were placed.
        """
        batch = rows if isinstance(rows, Batch) else Batch.of(rows, artists)
        return place(self._db, batch, source.provider, self.record(source))

    def reject(self, rejects: Iterable[Reject], source: Source) -> None:
        """Note what a provider could not complete; call it inside `transaction`."""
        provenance_id = self.record(source)
        self._db.executemany(
            "INSERT OR REPLACE INTO rejects (catalogue, ref, provider, reason, provenance_id)"
            " VALUES (?, ?, ?, ?, ?)",
            ((r.catalogue, r.ref, source.provider, r.reason, provenance_id) for r in rejects),
        )

    def remove(self, catalogue: str, refs: Iterable[str]) -> int:
        """Delete tracks with all that hangs on them; return how many there were."""
        cursor = self._db.executemany(
            "DELETE FROM tracks WHERE catalogue = ? AND ref = ?", ((catalogue, ref) for ref in refs)
        )
        return cursor.rowcount

    def add_vectors(
        self, name: str, columns: Sequence[str], rows: Iterable[tuple[str, str, bytes]], source: Source
    ) -> int:
        """Write named float32 vectors, little-endian, of stored tracks; call it inside `transaction`."""
        self._db.execute(
            "INSERT INTO vector_sets (name, columns) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (name, json.dumps(list(columns))),
        )
        set_id, known = self._db.execute(
            "SELECT id, columns FROM vector_sets WHERE name = ?", (name,)
        ).fetchone()
        if json.loads(known) != list(columns):
            raise DatasetError(f"the vectors {name!r} are stored with other columns already")
        provenance_id = self.record(source)
        cursor = self._db.executemany(
            "INSERT OR REPLACE INTO vectors (track_id, set_id, vector, provenance_id)"
            " SELECT id, ?, ?, ? FROM tracks WHERE catalogue = ? AND ref = ?",
            ((set_id, vector, provenance_id, catalogue, ref) for catalogue, ref, vector in rows),
        )
        return cursor.rowcount

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of values; call it inside `transaction`."""
        self._db.executemany(statement, rows)

    def update_previews(self, results: Iterable[PreviewResult]) -> None:
        """Write what became of previews; each attempt that failed is counted."""
        with self.transaction():
            self._db.executemany(
                "UPDATE previews SET state = ?, error = ?, path = ?, bytes = ?, sha256 = ?, duration_s = ?,"
                " attempts = attempts + 1, checked_at = ? WHERE track_id = ? AND provider = ?",
                (
                    (r.state, clean_text(r.error, 300), r.path, r.size_bytes, r.sha256, r.duration_s,
                     _now(), r.track_id, r.provider)
                    for r in results
                ),
            )  # fmt: skip

    # Queries

    def summary(self) -> Mapping[str, int]:
        """Count what is in the data set: what a user asks about first."""
        questions = {
            "tracks": "tracks",
            "artists": "artists",
            "tracks with all twelve features": "tracks t WHERE EXISTS"
            " (SELECT 1 FROM features f WHERE f.track_id = t.id AND f.known = 12)",
            "tracks with a genre": "tracks t WHERE EXISTS (SELECT 1 FROM track_labels tl"
            " JOIN labels l ON l.id = tl.label_id WHERE tl.track_id = t.id AND l.kind = 'genre')",
            "previews known": "previews WHERE state IN ('known', 'failed')",
            "previews here": "previews WHERE state = 'saved'",
            "previews dead or unusable": "previews WHERE state IN ('dead', 'refused', 'unusable')",
            "requests answered": "requests WHERE state <> 'failed'",
            "requests given up": "requests WHERE state = 'failed'",
        }
        return {name: self.count(f"SELECT count(*) FROM {what}") for name, what in questions.items()}

    def select(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[Row]:
        """Stream the rows of a query, a thousand at a time, as they were when it began.

        It runs on a connection of its own that cannot write, so that rows may be added while it is read.
        """
        with closing(
            sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=30.0)
        ) as db:
            db.execute("PRAGMA query_only = ON")
            try:
                cursor = db.execute(query, parameters)
            except sqlite3.Error as error:
                raise DatasetError(f"the query cannot be run: {error}") from error
            cursor.arraysize = 1000
            while rows := cursor.fetchmany():
                yield from rows

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's or a view's columns; empty if there is none of that name."""
        return tuple(name for (name,) in self._db.execute("SELECT name FROM pragma_table_info(?)", (table,)))

    def count(self, query: str, parameters: Sequence[Any] = ()) -> int:
        """Return the one whole number that a query gives, from this connection."""
        return int(self._db.execute(query, parameters).fetchone()[0] or 0)

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _last_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _statements(script: str) -> Iterator[str]:
    """Split a script, because `executescript` would commit the transaction it stands in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if statement.strip() and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
