"""The genre of clips, as tables and stores have it: what clusters are held against."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from reprise.datasets.store import Store
from reprise.errors import DatasetError

__all__ = ["genres_of", "read_clip_genres", "store_genres"]

_COLUMNS = ("genre", "genres")


def read_clip_genres(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the genres of clips from a CSV with the columns ``clip`` and ``genre`` (or ``genres``).

    Parameters
    ----------
    path : Path
        Several genres are parted by ``;``.

    Returns
    -------
    dict of str to tuple of str
        By clip, in lower case.

    Raises
    ------
    DatasetError
        If the file cannot be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            column = next((name for name in _COLUMNS if name in (rows.fieldnames or ())), None)
            if column is None or "clip" not in (rows.fieldnames or ()):
                raise DatasetError(f"{path}: needs the columns clip and genre")
            return {row["clip"]: _names(row[column]) for row in rows if row["clip"]}
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error


def store_genres(store: Store) -> dict[str, tuple[str, ...]]:
    """Return the genres of a store's songs by the ids of their arrays, ``catalogue:ref``; in lower case."""
    rows = store.select("SELECT catalogue || ':' || id, genre FROM tracks_data")
    return {clip: _names(genre) for clip, genre in rows}


def genres_of(clips: Iterable[str], known: dict[str, tuple[str, ...]]) -> tuple[str | None, ...]:
    """Return the genre of each clip that has exactly one: a partition can only be held against a partition.

    Parameters
    ----------
    clips : iterable of str
        Ids. Where an id is a path, labels of its last parts count too: ``a/b/c.wav`` is also ``b/c.wav``.
    known : dict of str to tuple of str

    Returns
    -------
    tuple of (str or None)
        ``None`` where there is none, or several.
    """
    found = (next((known[name] for name in _endings(clip) if name in known), ()) for clip in clips)
    return tuple(genres[0] if len(genres) == 1 else None for genres in found)


def _names(cell: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip().casefold() for name in (cell or "").split(";") if name.strip()))


def _endings(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.partition("/")[2]
