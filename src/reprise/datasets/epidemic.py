"""Timbre statistics of 2,579 tracks of a production library, each in one of 13 genres."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reprise.datasets.description import Description
from reprise.datasets.gtzan import COLUMNS
from reprise.datasets.tables import read_numbers_table

__all__ = ["DESCRIPTION", "load"]

DESCRIPTION = Description(
    name="epidemic_features57",
    citation="No publication is known. Statistics by librosa under the names of GTZAN's, from an earlier project; its"
    " files are named as Epidemic Sound, a production library, names its downloads (ES_Title - Artist.wav).",
    licence="Unknown: nothing came with the table. The recordings are commercial; here are statistics only, no audio.",
    columns=(*COLUMNS, "filename", "genre"),
)


def load(folder: Path) -> pa.Table:
    """Load ``tables/epidemic_features57.csv`` below a folder; one row a track.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or has text for a number.
    """
    return read_numbers_table(folder / "tables" / "epidemic_features57.csv", DESCRIPTION, COLUMNS)
