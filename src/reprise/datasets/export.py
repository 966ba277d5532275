"""The songs of a split or a selection on their way out, as one table that other programs can train on."""

from __future__ import annotations

import json
import os
from pathlib import Path

from reprise.datasets.split import PARTS
from reprise.datasets.store import Store
from reprise.datasets.writing import write_table
from reprise.errors import ParameterError, UnknownNameError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["COLUMNS", "export_songs"]

COLUMNS: tuple[str, ...] = (
    "id", "catalogue", "name", "artist", "album", "duration_ms", "popularity", "year", "isrc", "genre",
    *SPOTIFY_FEATURES, "features_provider", "features_licence", "preview_url",
)  # fmt: skip
"""What is written of a song; with a split, ``part`` comes behind. Several artists or genres are parted by ``;``."""


def export_songs(
    store: Store,
    path: str | os.PathLike[str],
    *,
    split: str | None = None,
    part: str | None = None,
    selection: str | None = None,
    raw: bool = False,
) -> int:
    """Write songs with artist, genres and features as CSV or Parquet, atomically and row by row.

    Parameters
    ----------
    store : Store
        The data set.
    path : str or path-like
        ``*.csv`` or ``*.parquet``; an existing file is replaced once the new one is whole.
    split : str, optional
        Only the songs of this split.
    part : {"train", "validation", "test"}, optional
        Only this part of it.
    selection : str, optional
        Only the songs of this selection, in the genres that it gives them. By default, the genres of the selection that
        the split was made of.
    raw : bool
        Leave text in CSV as it is, for programs that read it without running formulas.

    Returns
    -------
    int
        How many songs were written.

    Raises
    ------
    UnknownNameError
        If there is no such split, part or selection.
    ParameterError
        If a part is asked for without a split, or the file's name ends otherwise.
    DatasetError
        If the file cannot be written.
    """
    if part is not None and part not in PARTS:
        raise UnknownNameError("part", part, PARTS)
    if part is not None and split is None:
        raise ParameterError("a part is one of a split: name the split too")
    columns, tables, conditions = [f"d.{name}" for name in COLUMNS], "tracks_data d", ["1"]
    chosen = None if selection is None else _id_of(store, "selection", selection)
    if split is not None:
        split_id = _id_of(store, "split", split)
        columns.append("p.part")
        # In this order, so that SQLite goes through one split and not through all songs.
        tables = "split_tracks p CROSS JOIN tracks_data d ON d.track_id = p.track_id"
        conditions = [f"p.split_id = {split_id}", *([f"p.part = '{part}'"] if part else [])]
        if selection is None:
            chosen = _selection_of(store, split_id)
    if chosen is not None:
        genres = "(SELECT group_concat(value, '; ') FROM json_each(s.genres))"
        columns[COLUMNS.index("genre")] = f"coalesce({genres}, d.genre)"
        tables += f" LEFT JOIN selected s ON s.track_id = d.track_id AND s.selection_id = {chosen}"
        conditions += ["s.track_id IS NOT NULL"] if selection is not None else []
    query = f"SELECT {', '.join(columns)} FROM {tables} WHERE {' AND '.join(conditions)}"
    names = (*COLUMNS, "part") if split is not None else COLUMNS
    return write_table(store, query, Path(path), names, raw)


def _id_of(store: Store, kind: str, name: str) -> int:
    known: dict[str, int] = dict(store.select(f"SELECT name, id FROM {kind}s ORDER BY name"))
    if name not in known:
        raise UnknownNameError(kind, name, known)
    return known[name]


def _selection_of(store: Store, split_id: int) -> int | None:
    """Return the selection that a split was made of, if there was one and still is."""
    [(settings,)] = store.select("SELECT settings FROM splits WHERE id = ?", (split_id,))
    found = list(
        store.select("SELECT id FROM selections WHERE name = ?", (json.loads(settings)["selection"],))
    )
    return found[0][0] if found else None
