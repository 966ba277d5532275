"""The Echo Nest's audio features of 13,129 tracks of the Free Music Archive."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from reprise.datasets.description import Description
from reprise.datasets.tables import read_numbers_table
from reprise.targets import HEADS

__all__ = ["DESCRIPTION", "load"]

DESCRIPTION = Description(
    name="fma_echonest",
    citation="Defferrard, M., Benzi, K., Vandergheynst, P., Bresson, X. (2017). FMA: a dataset for music analysis. "
    "ISMIR.",
    licence="CC BY 4.0 (metadata); each track's audio has its artist's own licence.",
    columns=("track_id", "tempo", *HEADS),
)


def load(folder: Path) -> pa.Table:
    """Load ``tables/fma_echonest.csv`` below a folder; one row a track.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or has text for a number.
    """
    return read_numbers_table(folder / "tables" / "fma_echonest.csv", DESCRIPTION, DESCRIPTION.columns)
