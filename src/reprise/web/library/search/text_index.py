"""The index of the words of titles, artists and albums, kept in step with the tables.

Triggers of the database note which tracks have changed, whoever changed them; `refresh` reads their words anew.
Deleted tracks leave the index at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from reprise.errors import ConfigError
from reprise.web.library.models import SearchStale, SearchWord, Track
from reprise.web.library.parts import parts
from reprise.web.library.search import on_postgresql, on_sqlite
from reprise.web.library.search.clauses import Clause, Texts
from reprise.web.library.search.words import all_words

__all__ = [
    "among",
    "begin_like",
    "begins_with",
    "candidates",
    "ensure",
    "matches",
    "refresh",
    "refresh_some",
    "suspend",
    "texts_of",
]

_BATCH, _SOME = 2000, 500


def _database() -> Any:
    known = {"sqlite": on_sqlite, "postgresql": on_postgresql}
    if connection.vendor not in known:
        raise ConfigError(f"the library is kept in SQLite or PostgreSQL, not in {connection.vendor}")
    return known[connection.vendor]


def ensure() -> None:
    """Make the index where there is none, or its triggers where a change of the tables has taken them."""
    if SearchStale._meta.db_table not in connection.introspection.table_names():
        return  # the tables were taken back to an earlier form
    database = _database()
    with connection.cursor() as cursor:
        if database.is_whole(cursor):
            return
        with transaction.atomic():  # whole or not at all, or that could not be told by the triggers
            database.ensure(cursor)


def suspend() -> None:
    """Make way for a change of the tables; `ensure` comes after it."""
    with connection.cursor() as cursor:
        _database().suspend(cursor)


def refresh(limit: int | None = None) -> int:
    """Read the words of tracks that have changed.

    Whoever adds many tracks calls this now and then; else the next searches do it, a few hundred each.

    Parameters
    ----------
    limit : int, optional
        At most so many tracks.

    Returns
    -------
    int
        How many were read.
    """
    done = 0
    while limit is None or done < limit:
        with transaction.atomic():
            count = _refresh_batch(_BATCH if limit is None else min(_BATCH, limit - done))
        if not count:
            break
        done += count
    return done


def refresh_some() -> None:
    """Read what has changed if that is quick and nobody else is writing."""
    if not SearchStale.objects.exists():
        return
    if connection.in_atomic_block:
        refresh(_SOME)
    else:
        with _database().hurried():
            refresh(_SOME)


def matches(clauses: Sequence[Clause]) -> Q:
    """Return the condition that a track fits every clause."""
    database = _database()
    return Q(pk__in=RawSQL(database.IDS, [database.expression(clauses)]))


def among(keys: Sequence[int]) -> Q:
    """Return the condition that a track is one of these, which may be thousands: they travel as one value."""
    return Q(pk__in=RawSQL(_database().LISTED, [json.dumps(keys)]))


def candidates(clauses: Sequence[Clause], limit: int) -> list[Texts]:
    """Return tracks that fit every clause, with their words: the first `limit` that come."""
    database = _database()
    with connection.cursor() as cursor:
        return cast("list[Texts]", database.rows(cursor, database.expression(clauses), limit))


def texts_of(ids: Sequence[int]) -> list[Texts]:
    """Return the words of tracks by their primary keys."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        return cast("list[Texts]", _database().texts(cursor, ids))


def begins_with(column: str, start: str) -> Q:
    """Return the condition that a column of text, which has an index, begins like this."""
    return cast(Q, _database().begins_with(column, start))


def begin_like(start: str, most: int) -> list[int]:
    """Return tracks whose title or artist is, or begins with, a text: at most so many for each of these four reasons.

    Parameters
    ----------
    start : str
        As `reprise.web.library.models.name_key` spells it.
    most : int

    Returns
    -------
    list of int
        Primary keys, ascending.
    """
    condition, values = _database().prefix(start)
    artists = "SELECT library_track.id FROM library_track JOIN library_artist ON artist_id = library_artist.id WHERE"
    parts = [
        ("SELECT id FROM library_track WHERE title_key = %s", [start]),
        (f"SELECT id FROM library_track WHERE {condition.format('title_key')}", values),
        (f"{artists} library_artist.key = %s", [start]),
        (f"{artists} {condition.format('library_artist.key')}", values),
    ]
    # By hand: as four queries of Django's this takes a third of the time of a suggestion.
    sql = " UNION ".join(
        f"SELECT id FROM ({part} LIMIT {most:d}) AS part{n}" for n, (part, _) in enumerate(parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, given in parts for value in given])
        return sorted(key for (key,) in cursor.fetchall())


def _refresh_batch(limit: int) -> int:
    database = _database()
    with connection.cursor() as cursor:
        stale = database.take_stale(cursor, limit)
        if not stale:
            return 0
        named = Track.objects.filter(pk__in=stale).values_list("pk", "title", "artist__name", "album__title")
        entries = [(pk, *(" ".join(all_words(name or "")) for name in names)) for pk, *names in named]
        database.put(cursor, entries)
    words = sorted({word for entry in entries for text in entry[1:] for word in text.split()})
    known: set[str] = set()
    for part in parts(words):
        known.update(SearchWord.objects.filter(word__in=part).values_list("word", flat=True))
    # In order, so that two that do this at once wait for each other at most.
    SearchWord.objects.bulk_create(
        [SearchWord(word=word) for word in words if word not in known], ignore_conflicts=True, batch_size=500
    )
    return len(stale)
