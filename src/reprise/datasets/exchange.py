"""Data sets in and out as CSV and Parquet, a batch at a time whatever their length."""

from __future__ import annotations

import csv
import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reprise.datasets.placing import Batch
from reprise.datasets.rows import clean_texts, name_key, number, whole
from reprise.datasets.store import Source, Store
from reprise.datasets.writing import unmask_formula, write_table
from reprise.errors import DatasetError, UnknownNameError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["VIEWS", "ImportReport", "export_per_feature", "export_table", "import_table"]

VIEWS = ("tracks_data", "tracks_features")
"""What can be exported; both begin with id, name, artist, the features, preview_url."""

BATCH_ROWS = 50_000

_COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "ref": ("id", "track_id", "ref"),
    "catalogue": ("catalogue",),
    "title": ("name", "title", "track_name"),
    "artist": ("artist", "artists", "artist_name"),
    "album": ("album", "album_name"),
    "duration_ms": ("duration_ms",),
    "popularity": ("popularity",),
    "explicit": ("explicit",),
    "year": ("year",),
    "isrc": ("isrc",),
    "genre": ("genre", "track_genre"),
    "preview_url": ("preview_url",),
}
"""Which columns of a table are taken for what: the first that is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What became of a table's rows.

    Attributes
    ----------
    rows : int
        Read from the table.
    placed : int
        Written to the store; a repeated id counts each time.
    without_id : int
        Left out, because nothing says which track they are.
    ragged : int
        Left out, because they have more or fewer cells than the header: an unquoted comma shifts every value.
    bad_values : int
        Cells that should be a finite number and were not; their value is unknown in the store.
    """

    rows: int
    placed: int
    without_id: int
    ragged: int
    bad_values: int

    def __str__(self) -> str:
        """Say how many songs there are, and what was wrong only where something was."""
        wrong = (
            (self.without_id, "rows without an id"),
            (self.ragged, "rows of another length than the header"),
            (self.bad_values, "cells that are no number"),
        )
        return "; ".join(
            [f"{self.placed} songs from {self.rows} rows", *(f"{n} {what}" for n, what in wrong if n)]
        )


def import_table(
    store: Store, path: str | os.PathLike[str], *, catalogue: str, provider: str, licence: str
) -> ImportReport:
    """Read a CSV or Parquet table of tracks into the store.

    Parameters
    ----------
    store : Store
        Where the rows go. Every batch of 50,000 is one transaction.
    path : str or path-like
        ``*.csv`` (UTF-8, with a header) or ``*.parquet``. Columns known by name: id or track_id; name, title
        or track_name; artist or artists (several parted by ``;``); album; duration_ms; popularity; explicit;
        year; isrc; genre or track_genre; preview_url; catalogue; and the twelve features.
    catalogue : str
        Whose ids these are, where no column says so.
    provider, licence : str
        The provenance of the values.

    Returns
    -------
    ImportReport
        Counts of what was read, written and left out.

    Raises
    ------
    DatasetError
        If the file cannot be read, or has no column of ids.
    """
    path = Path(path)
    run_id = store.begin_run(provider, {"import": path.name, "catalogue": catalogue})
    source = Source(provider=provider, licence=licence, run_id=run_id)
    reader = _Reader(catalogue)
    placed = 0
    try:
        with store.bulk():
            for columns in reader.batches(path):
                with store.transaction():
                    placed += store.add(reader.batch(columns), source)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        store.end_run(run_id, "stopped", f"{type(error).__name__} after {reader.rows} rows")
        raise DatasetError(
            f"{path}: cannot be read as a table after {reader.rows} rows: {_line(error)}"
        ) from error
    except BaseException as error:
        store.end_run(run_id, "stopped", type(error).__name__)
        raise
    report = ImportReport(
        rows=reader.rows,
        placed=placed,
        without_id=reader.without_id,
        ragged=reader.ragged,
        bad_values=reader.bad_values,
    )
    store.end_run(run_id, "finished", str(report))
    return report


def export_table(
    store: Store, table: str, path: str | os.PathLike[str], *, where: str = "1", raw: bool = False
) -> int:
    """Write a view of the store as CSV or Parquet, atomically.

    Parameters
    ----------
    store : Store
        The data set.
    table : str
        One of `VIEWS`.
    path : str or path-like
        ``*.csv`` or ``*.parquet``; an existing file is replaced once the new one is whole.
    where : str
        An SQL condition on the view's columns. It is run on a connection that cannot write.
    raw : bool
        Leave text as it is, for programs that read CSV without running formulas.

    Returns
    -------
    int
        How many rows were written.
    """
    if table not in VIEWS:
        raise UnknownNameError("view", table, VIEWS)
    columns = store.columns(table)
    return write_table(store, f"SELECT * FROM {table} WHERE {where}", Path(path), columns, raw)


def export_per_feature(
    store: Store, folder: str | os.PathLike[str], *, suffix: str = ".csv", raw: bool = False
) -> Mapping[str, int]:
    """Write one table per audio feature: the tracks that have it, in the order of its value.

    Parameters
    ----------
    store : Store
        The data set.
    folder : str or path-like
        Is made; receives ``danceability.csv``, ``energy.csv`` and so on, each with the columns of
        ``tracks_features``: id, name, artist, the twelve features, preview_url.
    suffix : {".csv", ".parquet"}
        The format.
    raw : bool
        As for `export_table`.

    Returns
    -------
    mapping of str to int
        How many rows each feature's table has.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    columns = store.columns("tracks_features")
    return {
        name: write_table(
            store,
            f"SELECT * FROM tracks_features WHERE {name} IS NOT NULL ORDER BY {name}, id",
            folder / f"{name}{suffix}",
            columns,
            raw,
        )
        for name in SPOTIFY_FEATURES
    }


# Reading


class _Reader:
    """Turns batches of columns into rows, and counts what is wrong with them."""

    def __init__(self, catalogue: str) -> None:
        self.catalogue = catalogue
        self.rows = self.without_id = self.ragged = self.bad_values = 0

    def batch(self, columns: Mapping[str, list[Any]]) -> Batch:
        """Take some rows of a table apart; `columns` maps the names of its columns to their values.

        It goes by columns and not by rows, which would take twice as long.
        """
        if not any(name in columns for name in _COLUMN_NAMES["ref"]):
            raise DatasetError(f"no column of ids; one of {', '.join(_COLUMN_NAMES['ref'])} is needed")
        n = len(next(iter(columns.values())))
        refs = clean_texts([None if ref is None else str(ref) for ref in _find(columns, "ref", n)])
        if without_id := refs.count(None):
            self.rows += without_id
            self.without_id += without_id
            known = [ref is not None for ref in refs]
            return self.batch(
                {name: list(itertools.compress(cells, known)) for name, cells in columns.items()}
            )
        self.rows += n
        duration_ms, popularity, explicit, year = (
            [None if value is None else convert(value) for value in _find(columns, name, n)]
            for name, convert in _CONVERSIONS.items()
        )
        tracks = zip(
            range(n),
            [given or self.catalogue for given in clean_texts(_find(columns, "catalogue", n))],
            refs,
            clean_texts(_find(columns, "title", n)),
            clean_texts(_find(columns, "album", n)),
            duration_ms,
            popularity,
            explicit,
            year,
            clean_texts(_find(columns, "preview_url", n)),
            itertools.repeat(None, n),  # no file is here
            itertools.repeat(any(name in columns for name in SPOTIFY_FEATURES), n),
            *(self._numbers(columns[name]) if name in columns else [None] * n for name in SPOTIFY_FEATURES),
            strict=True,
        )
        isrcs = clean_texts(_find(columns, "isrc", n))
        return Batch(
            tracks=list(tracks),
            artists=_artists(clean_texts(_find(columns, "artist", n))),
            labels=[
                (i, "genre", name[:200].rstrip(), None)
                for i, _, name in _parts(clean_texts(_find(columns, "genre", n)))
            ],
            identifiers=[(i, "isrc", isrc[:200]) for i, isrc in enumerate(isrcs) if isrc],
        )

    def batches(self, path: Path) -> Iterator[dict[str, list[Any]]]:
        """Read a table, some ten thousand rows at a time."""
        if path.suffix.casefold() == ".parquet":
            return _parquet_batches(path)
        if path.suffix.casefold() == ".csv":
            return self._csv_batches(path)
        raise DatasetError(f"{path}: a table's name must end in .csv or .parquet")

    def _csv_batches(self, path: Path) -> Iterator[dict[str, list[Any]]]:
        # The standard library's reader, not pyarrow's: that one gives up a whole table for one odd row.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            if header is None:
                raise DatasetError(f"{path}: the table is empty")
            while rows := list(itertools.islice(reader, BATCH_ROWS)):
                whole_rows = [row for row in rows if len(row) == len(header)]
                ragged = sum(1 for row in rows if row) - len(whole_rows)
                self.ragged += ragged
                self.rows += ragged
                if whole_rows:
                    yield _columns_of(header, whole_rows)

    def _numbers(self, column: list[Any]) -> list[float | None]:
        try:
            # The usual column, in one go; a cell that is no number, or not a finite one, sends it the slow way.
            converted = [None if value is None or value == "" else float(value) for value in column]
            if math.isfinite(sum(filter(None, converted))):
                return converted
        except (TypeError, ValueError, OverflowError):
            pass
        numbers = [number(value) for value in column]
        self.bad_values += sum(
            1 for value, converted in zip(column, numbers, strict=True)
            if converted is None and value is not None and value != ""
        )  # fmt: skip
        return numbers


def _parquet_batches(path: Path) -> Iterator[dict[str, list[Any]]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            # Backwards: a table may well name two columns alike, and the first shall count.
            pairs = list(zip(batch.schema.names, batch.columns, strict=True))
            yield {name: _values(column) for name, column in reversed(pairs)}


def _values(column: pa.Array) -> list[Any]:
    if pa.types.is_floating(column.type) and not column.null_count:
        values: list[Any] = column.to_numpy().tolist()  # three times as fast
        return values
    return list(column.to_pylist())


def _find(columns: Mapping[str, list[Any]], name: str, n: int) -> list[Any]:
    """Return what a table says of one thing, under whichever name; n times nothing where it does not."""
    return next((columns[given] for given in _COLUMN_NAMES[name] if given in columns), [None] * n)


def _parts(texts: Iterable[str | None]) -> Iterator[tuple[int, int, str]]:
    """Yield the names in texts that are parted by semicolons, with the places of text and name."""
    for i, text in enumerate(texts):
        if text is None:
            continue
        if ";" not in text:
            yield i, 0, text
        else:
            yield from ((i, k, name) for k, part in enumerate(text.split(";")) if (name := part.strip()))


def _artists(texts: Iterable[str | None]) -> list[tuple[Any, ...]]:
    parts = list(_parts(texts))
    keys = {name: name_key(name) for name in {name for _, _, name in parts}}
    return [(i, position, "name", keys[name], name, None) for i, position, name in parts]


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool | int):
        return bool(value)
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).casefold())


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "duration_ms": lambda value: whole(value, 0, 1 << 40),
    "popularity": lambda value: whole(value, 0, 100),
    "explicit": _truth,
    "year": lambda value: whole(value, 1, 9999),
}


def _columns_of(header: list[str], rows: list[list[str]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for name, column in zip(header, zip(*rows, strict=True), strict=True):
        if name.strip() in SPOTIFY_FEATURES:
            columns.setdefault(name.strip(), list(column))
        else:
            columns.setdefault(
                name.strip(), [unmask_formula(cell) if cell[:1] == "'" else cell or None for cell in column]
            )
    return columns


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
