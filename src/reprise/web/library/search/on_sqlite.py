"""The index of words on SQLite: an FTS5 table beside the tracks.

The words come normalised, so the tokenizer may be the one that knows nothing: ``ascii`` parts at spaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, models

from reprise.web.library.search.clauses import COLUMNS, Clause, Phrase, Texts

__all__ = [
    "IDS",
    "LISTED",
    "begins_with",
    "ensure",
    "expression",
    "hurried",
    "is_whole",
    "prefix",
    "put",
    "rows",
    "suspend",
    "take_stale",
    "texts",
]

IDS = "SELECT rowid FROM library_searchtext WHERE library_searchtext MATCH %s"
LISTED = "SELECT value FROM json_each(%s)"

_TABLE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS library_searchtext"
    " USING fts5(title, artist, album, tokenize='ascii', prefix='1 2 3')"
)
_WORDS = f"SELECT rowid, {', '.join(COLUMNS)} FROM library_searchtext"
_STALE = "INSERT OR IGNORE INTO library_searchstale (track_id)"
_TRIGGERS = {
    "library_search_insert": f"AFTER INSERT ON library_track BEGIN {_STALE} VALUES (new.id); END",
    "library_search_update": "AFTER UPDATE OF title, artist_id, album_id ON library_track"
    " WHEN old.title IS NOT new.title OR old.artist_id IS NOT new.artist_id OR old.album_id IS NOT new.album_id"
    f" BEGIN {_STALE} VALUES (new.id); END",
    "library_search_delete": "AFTER DELETE ON library_track BEGIN"
    " DELETE FROM library_searchtext WHERE rowid = old.id;"
    " DELETE FROM library_searchstale WHERE track_id = old.id; END",
    "library_search_artist": "AFTER UPDATE OF name ON library_artist WHEN old.name IS NOT new.name"
    f" BEGIN {_STALE} SELECT id FROM library_track WHERE artist_id = new.id; END",
    "library_search_album": "AFTER UPDATE OF title ON library_album WHEN old.title IS NOT new.title"
    f" BEGIN {_STALE} SELECT id FROM library_track WHERE album_id = new.id; END",
}


def ensure(cursor: Any) -> None:
    """Make the table and the triggers where they are missing, and note every track that is in no index yet."""
    cursor.execute(_TABLE)
    for name, body in _TRIGGERS.items():
        cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")
    cursor.execute(
        f"{_STALE} SELECT id FROM library_track WHERE id NOT IN (SELECT rowid FROM library_searchtext)"
    )


def is_whole(cursor: Any) -> bool:
    """Whether nothing of it is missing."""
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return _TRIGGERS.keys() <= {row[0] for row in cursor.fetchall()}


def suspend(cursor: Any) -> None:
    """Take the triggers away: tables that a trigger names cannot be made anew, which is how SQLite changes them."""
    for name in _TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def take_stale(cursor: Any, limit: int) -> list[int]:
    """Take note of tracks whose words have changed, and strike them from the list."""
    cursor.execute("SELECT track_id FROM library_searchstale ORDER BY track_id LIMIT %s", [limit])
    found = [row[0] for row in cursor.fetchall()]
    if found:
        # The lowest ones were taken.
        cursor.execute("DELETE FROM library_searchstale WHERE track_id <= %s", [found[-1]])
    return found


def put(cursor: Any, entries: Sequence[Texts]) -> None:
    """Put tracks into the index, in place of what stood there of them."""
    cursor.executemany("DELETE FROM library_searchtext WHERE rowid = %s", [entry[:1] for entry in entries])
    cursor.executemany(
        "INSERT INTO library_searchtext (rowid, title, artist, album) VALUES (%s, %s, %s, %s)", entries
    )


def expression(clauses: Iterable[Clause]) -> str:
    """Return what ``MATCH`` takes."""
    return " AND ".join(
        f"{{{' '.join(clause.columns)}}} : ({' OR '.join(map(_phrase, clause.options))})"
        for clause in clauses
    )


def rows(cursor: Any, asked: str, limit: int) -> list[Texts]:
    """Return tracks that match, with their words; the first ones that come."""
    return _as_one(cursor, f"{_WORDS} WHERE library_searchtext MATCH %s LIMIT %s", [asked, limit])


def texts(cursor: Any, ids: Sequence[int]) -> list[Texts]:
    """Return the words of tracks."""
    marks = ", ".join(["%s"] * len(ids))
    return _as_one(cursor, f"{_WORDS} WHERE rowid IN ({marks})", list(ids))


def _as_one(cursor: Any, sql: str, values: list[Any]) -> list[Texts]:
    """Let the database make one row of all: Python gives its lock up at every row, and threads quarrel over it."""
    cursor.execute(f"SELECT json_group_array(json_array(rowid, {', '.join(COLUMNS)})) FROM ({sql})", values)
    return [tuple(row) for row in json.loads(cursor.fetchone()[0])]


def begins_with(column: str, start: str) -> models.Q:
    """Return a condition that an index answers; SQLite's LIKE reads the whole table."""
    return models.Q(**{f"{column}__gte": start, f"{column}__lt": start + "\U0010ffff"})


def prefix(start: str) -> tuple[str, list[str]]:
    """Return the same on a column ``{0}`` in SQL, and its values."""
    return "{0} >= %s AND {0} < %s", [start, start + "\U0010ffff"]


@contextmanager
def hurried() -> Any:
    """Within it, whoever finds the database locked is told at once: a search must not wait for a scan."""
    connection.ensure_connection()
    wrapped = connection.connection
    (before,) = wrapped.execute("PRAGMA busy_timeout").fetchone()
    wrapped.execute("PRAGMA busy_timeout = 20")
    try:
        yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
    finally:
        wrapped.execute(f"PRAGMA busy_timeout = {int(before)}")


def _phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + ("*" if phrase.is_prefix else "")
