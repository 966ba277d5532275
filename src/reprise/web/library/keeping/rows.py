"""Rows of every table as lines of JSON and back, the same for every database."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, connections, models, transaction

from reprise.errors import DatasetError
from reprise.web.library.models import (
    AccessToken,
    Album,
    Analysis,
    ApiClient,
    Artist,
    Cluster,
    Folder,
    Job,
    NeighbourArtist,
    NeighbourTrack,
    Playlist,
    PlaylistItem,
    Setting,
    TagWrite,
    Token,
    Track,
    TrackLabel,
)

__all__ = ["TABLES", "checked_rows", "dump", "fill", "snapshot"]

TABLES: dict[str, type[models.Model]] = {
    model.__name__.lower(): model
    for model in (
        User, Setting, Token, ApiClient, Folder, Artist, Album, Cluster, Track, Analysis, TrackLabel, Playlist,
        PlaylistItem, TagWrite, NeighbourTrack, NeighbourArtist,
    )
}  # fmt: skip
"""What is kept, in an order in which each refers to those before it. Jobs and signs of life are of their time."""

_MOST_LINE_BYTES = 32 << 20
_BATCH = 500


@contextmanager
def snapshot() -> Iterator[str]:
    """Give the name of a connection that sees the database as it is now, whatever others write meanwhile."""
    name = "snapshot"
    own = connection.copy(alias=name)
    options = own.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        from psycopg import IsolationLevel

        options.pop("pool", None)
        options["isolation_level"] = IsolationLevel.REPEATABLE_READ
    else:
        options["transaction_mode"] = "DEFERRED"  # reads only: nobody is kept from writing
    connections[name] = own
    try:
        with transaction.atomic(using=name):
            yield name
    finally:
        own.close()
        del connections[name]


def dump(table: str, using: str, path: Path) -> int:
    """Write a table to a file of gzipped lines, its columns' names first; returns the number of rows."""
    model, count = TABLES[table], 0
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    is_binary = [isinstance(field, models.BinaryField) for field in fields]
    with gzip.open(path, "wb", compresslevel=3) as file:
        file.write(json.dumps(names).encode() + b"\n")
        rows = model._default_manager.using(using).order_by("pk").values_list(*names)
        for row in rows.iterator(chunk_size=_BATCH):
            plain = [_plain(value, binary) for value, binary in zip(row, is_binary, strict=True)]
            file.write(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            count += 1
    return count


def _plain(value: Any, is_binary: bool) -> Any:
    if is_binary:
        return base64.b64encode(bytes(value)).decode("ascii")
    return value.isoformat() if isinstance(value, datetime) else value


def checked_rows(table: str, path: Path) -> Iterator[models.Model]:
    """Read a table's rows, each checked by its columns' own rules; nothing is stored.

    Raises
    ------
    DatasetError
        If a row is none of this table.
    """
    model = TABLES[table]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    with gzip.open(path, "rb") as file:
        try:
            names = json.loads(file.readline(_MOST_LINE_BYTES))
            # A column that came later has its default, one that is gone is left out.
            if not isinstance(names, list) or model._meta.pk.attname not in names:
                raise ValueError("its columns are not named")
            number = 1
            while line := file.readline(_MOST_LINE_BYTES):
                number += 1
                values = json.loads(line)
                if not isinstance(values, list) or len(values) != len(names):
                    raise ValueError(f"line {number} has another number of columns")
                yield model(
                    **{
                        name: _checked(by_name[name], value)
                        for name, value in zip(names, values, strict=True)
                        if name in by_name
                    }
                )
        except (ValueError, TypeError, ValidationError, OSError, EOFError, RecursionError) as error:
            reason = error.messages[0] if isinstance(error, ValidationError) else error
            raise DatasetError(f"the table {table} cannot be read: {reason}") from error


def _checked(field: Any, value: Any) -> Any:
    if value is None:
        if not field.null:
            raise ValueError(f"{field.attname} is missing")
        return None
    if isinstance(field, models.BinaryField):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError(f"{field.attname} is no base64") from error
    if isinstance(value, str) and "\0" in value:
        raise ValueError(f"{field.attname} has a NUL in it")
    target = field.target_field if field.remote_field else field
    if isinstance(value, list | dict) and not isinstance(target, models.JSONField):
        raise ValueError(f"{field.attname} is a structure")
    found = target.to_python(value)
    if not field.remote_field:
        field.run_validators(found)
        if field.choices and found not in dict(field.choices):
            raise ValueError(f"{field.attname} is none of its choices")
    return found


def fill(rows: dict[str, Iterable[models.Model]]) -> None:
    """Replace all tables by these rows; to be called within a transaction."""
    # Dependents first and without looking for more: by cascades, Django would load a hundred thousand rows.
    emptied: list[type[models.Model]] = [AccessToken, Job, *reversed(TABLES.values())]
    for model in emptied:
        model._default_manager.all()._raw_delete(connection.alias)
    for table, model in TABLES.items():
        waiting = iter(rows.get(table, ()))
        with _times_kept(model):
            while part := list(islice(waiting, _BATCH)):
                model._default_manager.bulk_create(part)
                if model is Analysis:
                    _place(part)
    for statement in connection.ops.sequence_reset_sql(no_style(), list(TABLES.values())):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _place(rows: list[Any]) -> None:
    import numpy as np

    from reprise.web.library.pgvector import is_available, store_place

    if is_available():
        for row in rows:
            store_place(row.track_id, np.frombuffer(row.vector, "<f4"))


@contextmanager
def _times_kept(model: type[models.Model]) -> Iterator[None]:
    """Let rows keep the times that columns would set by themselves."""
    by_itself = [
        (field, name)
        for field in model._meta.concrete_fields
        for name in ("auto_now", "auto_now_add")
        if getattr(field, name, False)
    ]
    for field, name in by_itself:
        setattr(field, name, False)
    try:
        yield
    finally:
        for field, name in by_itself:
            setattr(field, name, True)
