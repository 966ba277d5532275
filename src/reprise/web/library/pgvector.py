"""Nearest neighbours by PostgreSQL itself, where its extension pgvector is installed.

The column ``place`` repeats `Analysis.vector` in the extension's own type; it is not known to Django, because it exists
in one database only. References: Malkov, Y. and Yashunin, D. "Efficient and robust approximate nearest neighbor search
using hierarchical navigable small world graphs." IEEE TPAMI 42(4), 2020.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from django.db import DatabaseError, connection, transaction

from reprise.records import FloatArray

__all__ = ["add_column", "is_available", "nearest", "store_place"]


def add_column(dimensions: int) -> bool:
    """Add the column and its index; ``False`` where the extension cannot be had."""
    if connection.vendor != "postgresql":
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except DatabaseError:
        return False  # not installed, or this user may not: the library searches in memory
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE library_analysis ADD COLUMN IF NOT EXISTS place vector({int(dimensions)})"
        )
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS analysis_by_place ON library_analysis USING hnsw (place vector_ip_ops)"
        )
    return True


@cache
def _has_column() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = 'library_analysis' AND column_name = 'place')"
        )
        return bool(cursor.fetchone()[0])


def is_available() -> bool:
    """Whether this database has the column."""
    return connection.vendor == "postgresql" and _has_column()


def store_place(track_id: int, vector: FloatArray) -> None:
    """Repeat a track's vector in the column, where there is one."""
    if is_available():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE library_analysis SET place = %s::vector WHERE track_id = %s",
                [_text(vector), track_id],
            )


def nearest(vector: FloatArray, count: int) -> list[tuple[int, float]]:
    """Return the keys of the tracks nearest to a place that are not missing, and how like they are, the nearest first.

    Parameters
    ----------
    vector : float32 array, shape (d,)
        Of unit length.
    count : int
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Wide enough to be exact in practice; where files are missing the scan goes on until there are enough.
        cursor.execute(f"SET LOCAL hnsw.ef_search = {min(1000, max(200, 2 * count))}")
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(
            "SELECT a.track_id, -(a.place <#> %s::vector) FROM library_analysis a"
            " JOIN library_track t ON t.id = a.track_id WHERE a.place IS NOT NULL AND t.missing_since IS NULL"
            " ORDER BY a.place <#> %s::vector LIMIT %s",
            [_text(vector), _text(vector), count],
        )
        return [(int(key), float(score)) for key, score in cursor.fetchall()]


def _text(vector: FloatArray) -> str:
    return "[" + ",".join(map(str, np.asarray(vector, np.float32).tolist())) + "]"
