"""Songs of many public collections with Spotify's twelve audio features; without genres."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reprise.datasets.description import Description
from reprise.datasets.tables import read_numbers_table
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["DESCRIPTION", "load"]

DESCRIPTION = Description(
    name="spotify_tracks",
    citation="Tables of Spotify's audio features that several authors have published, joined; the column src names "
    "the source of each row.",
    licence="Unknown; the values are Spotify's, whose Developer Policy (III.14) forbids training on its content.",
    columns=("track_id", "artist", "title", "src", *SPOTIFY_FEATURES),
)


def load(folder: Path) -> pa.Table:
    """Load ``tables/spotify_tracks.parquet`` below a folder; one row a song.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or has text for a number.
    """
    return read_numbers_table(folder / "tables" / "spotify_tracks.parquet", DESCRIPTION, SPOTIFY_FEATURES)
