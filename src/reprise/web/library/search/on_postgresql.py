"""The index of words on PostgreSQL: a table of ``tsvector`` with a GIN index.

The words come normalised, so they are made into a ``tsvector`` by themselves: no parser, dictionary or locale of the
server has a say, and no extension is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import models

from reprise.web.library.search.clauses import COLUMNS, Clause, Phrase, Texts

__all__ = [
    "IDS",
    "LISTED",
    "begins_with",
    "ensure",
    "expression",
    "hurried",
    "is_whole",
    "put",
    "rows",
    "suspend",
    "take_stale",
    "texts",
]

IDS = "SELECT track_id FROM library_searchtext WHERE words @@ CAST(%s AS tsquery)"
LISTED = "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(%s AS json))"

_WEIGHTS = dict(zip(COLUMNS, "ABC", strict=True))
_GAP = 100  # words apart, so that no phrase goes from one column into the next
_STALE = "INSERT INTO library_searchstale (track_id)"
# Not DO NOTHING: the row must be locked, or who refreshes the index now would strike it without seeing the change.
_AGAIN = "ON CONFLICT (track_id) DO UPDATE SET track_id = excluded.track_id"
_DEFINITIONS = (
    "CREATE TABLE IF NOT EXISTS library_searchtext (track_id bigint PRIMARY KEY, title text NOT NULL,"
    " artist text NOT NULL, album text NOT NULL, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS library_searchtext_words ON library_searchtext USING gin (words)",
    f"""CREATE OR REPLACE FUNCTION library_search_stale() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM library_searchtext;
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM library_searchtext WHERE track_id = old.id;
            DELETE FROM library_searchstale WHERE track_id = old.id;
        ELSIF TG_TABLE_NAME = 'library_track' THEN
            {_STALE} VALUES (new.id) {_AGAIN};
        ELSIF TG_TABLE_NAME = 'library_artist' THEN
            {_STALE} SELECT id FROM library_track WHERE artist_id = new.id {_AGAIN};
        ELSE
            {_STALE} SELECT id FROM library_track WHERE album_id = new.id {_AGAIN};
        END IF;
        RETURN NULL;
    END $$""",
    "CREATE OR REPLACE TRIGGER library_search_insert AFTER INSERT OR DELETE ON library_track"
    " FOR EACH ROW EXECUTE FUNCTION library_search_stale()",
    "CREATE OR REPLACE TRIGGER library_search_update AFTER UPDATE ON library_track FOR EACH ROW WHEN"
    " ((old.title, old.artist_id, old.album_id) IS DISTINCT FROM (new.title, new.artist_id, new.album_id))"
    " EXECUTE FUNCTION library_search_stale()",
    "CREATE OR REPLACE TRIGGER library_search_empty AFTER TRUNCATE ON library_track"
    " FOR EACH STATEMENT EXECUTE FUNCTION library_search_stale()",
    "CREATE OR REPLACE TRIGGER library_search_artist AFTER UPDATE ON library_artist FOR EACH ROW"
    " WHEN (old.name IS DISTINCT FROM new.name) EXECUTE FUNCTION library_search_stale()",
    "CREATE OR REPLACE TRIGGER library_search_album AFTER UPDATE ON library_album FOR EACH ROW"
    " WHEN (old.title IS DISTINCT FROM new.title) EXECUTE FUNCTION library_search_stale()",
    f"{_STALE} SELECT id FROM library_track WHERE id NOT IN (SELECT track_id FROM library_searchtext)"
    " ON CONFLICT DO NOTHING",
)


def ensure(cursor: Any) -> None:
    """Make the table and the triggers where they are missing, and note every track that is in no index yet."""
    for definition in _DEFINITIONS:
        cursor.execute(definition)


def is_whole(cursor: Any) -> bool:
    """Whether nothing of it is missing."""
    cursor.execute(
        "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'library\\_search\\_%' AND tgrelid IN"
        " ('library_track'::regclass, 'library_artist'::regclass, 'library_album'::regclass)"
    )
    return bool(cursor.fetchone()[0] == sum("TRIGGER" in each for each in _DEFINITIONS))


def suspend(cursor: Any) -> None:
    """Do nothing: triggers are in nobody's way here."""


def take_stale(cursor: Any, limit: int) -> list[int]:
    """Take note of tracks whose words have changed, and strike them from the list; not those that another takes."""
    cursor.execute(
        "DELETE FROM library_searchstale WHERE track_id IN"
        " (SELECT track_id FROM library_searchstale ORDER BY track_id LIMIT %s FOR UPDATE SKIP LOCKED)"
        " RETURNING track_id",
        [limit],
    )
    return [row[0] for row in cursor.fetchall()]


def put(cursor: Any, entries: Sequence[Texts]) -> None:
    """Put tracks into the index, in place of what stood there of them."""
    cursor.executemany(
        "INSERT INTO library_searchtext (track_id, title, artist, album, words)"
        " VALUES (%s, %s, %s, %s, CAST(%s AS tsvector)) ON CONFLICT (track_id) DO UPDATE SET title = excluded.title,"
        " artist = excluded.artist, album = excluded.album, words = excluded.words",
        [(*entry, _vector(entry)) for entry in entries],
    )


def expression(clauses: Iterable[Clause]) -> str:
    """Return what ``@@`` takes."""
    return " & ".join(
        f"({' | '.join(_phrase(each, clause) for each in clause.options)})" for clause in clauses
    )


def rows(cursor: Any, asked: str, limit: int) -> list[Texts]:
    """Return tracks that match, with their words; the first ones that come."""
    found = (
        f"SELECT track_id, {', '.join(COLUMNS)} FROM library_searchtext WHERE words @@ CAST(%s AS tsquery)"
    )
    # Words that are nearly what was typed are rarer than PostgreSQL thinks: asked for the first few it reads the whole
    # table for them. Asked for all it takes the index.
    if "|" in asked:
        found = f"WITH near AS MATERIALIZED ({found}) SELECT * FROM near"
    cursor.execute(f"{found} LIMIT %s", [asked, limit])
    return list(cursor.fetchall())


def texts(cursor: Any, ids: Sequence[int]) -> list[Texts]:
    """Return the words of tracks."""
    cursor.execute(
        f"SELECT track_id, {', '.join(COLUMNS)} FROM library_searchtext WHERE track_id = ANY(%s)", [list(ids)]
    )
    return list(cursor.fetchall())


def begins_with(column: str, start: str) -> models.Q:
    """Return a condition that an index answers: Django makes one for patterns of indexed text."""
    return models.Q(**{f"{column}__startswith": start})


def prefix(start: str) -> tuple[str, list[str]]:
    """Return the same on a column ``{0}`` in SQL, and its values."""
    return "{0} LIKE %s", [re.sub(r"([\\%_])", r"\\\1", start) + "%"]


def hurried() -> Any:
    """Do nothing: rows that another holds are passed over here."""
    return nullcontext()


def _vector(entry: Texts) -> str:
    parts, at = [], 1
    for column, text in zip(COLUMNS, entry[1:], strict=True):
        for word in text.split():
            parts.append(f"'{word}':{at}{_WEIGHTS[column]}")
            at += 1
        at += _GAP
    return " ".join(parts)


def _phrase(phrase: Phrase, clause: Clause) -> str:
    weights = "" if clause.columns == COLUMNS else "".join(_WEIGHTS[column] for column in clause.columns)
    marks = [f":{weights}" if weights else ""] * (len(phrase.words) - 1)
    last = f"{'*' if phrase.is_prefix else ''}{weights}"
    marks.append(f":{last}" if last else "")
    return " <-> ".join(f"'{word}'{mark}" for word, mark in zip(phrase.words, marks, strict=True))
