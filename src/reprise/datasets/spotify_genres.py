"""A thousand songs of each of 114 genres with Spotify's twelve audio features; a song may be in several."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reprise.datasets.description import Description
from reprise.datasets.tables import read_numbers_table
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["DESCRIPTION", "load"]

DESCRIPTION = Description(
    name="spotify_tracks_114_genres",
    citation="Pandya, M. Spotify Tracks Dataset (maharshipandya/spotify-tracks-dataset), on Kaggle and Hugging Face."
    " Its page speaks of 125 genres; the table has 114.",
    licence="Its publisher states two: on Hugging Face 'bsd', without a text; on Kaggle, by what others quote, the"
    " Open Database License. Whether either could be granted is doubtful: the values are Spotify's, whose Developer"
    " Policy (III.14) forbids training on them.",
    columns=(
        "track_id", "artists", "album_name", "track_name", "popularity", "duration_ms", "explicit", "track_genre",
        *SPOTIFY_FEATURES,
    ),
)  # fmt: skip


def load(folder: Path) -> pa.Table:
    """Load ``tables/spotify_tracks_114_genres.parquet`` below a folder; one row a song and genre.

    Group by ``track_id`` before splitting: a song of several genres has several rows.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or has text for a number.
    """
    numbers = ("popularity", "duration_ms", *SPOTIFY_FEATURES)
    return read_numbers_table(folder / "tables" / "spotify_tracks_114_genres.parquet", DESCRIPTION, numbers)
