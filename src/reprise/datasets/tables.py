"""Tables of songs with Spotify-style features, each by its passport: what they are, and what they must hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from reprise.datasets.description import Description
from reprise.errors import DatasetError

__all__ = ["read_numbers_table"]


def read_numbers_table(path: Path, description: Description, numbers: tuple[str, ...]) -> pa.Table:
    """Read a CSV or Parquet table and check that it is what its description says.

    Parameters
    ----------
    path : Path
        ``*.csv`` or ``*.parquet``.
    description : Description
        Its columns must be there.
    numbers : tuple of str
        Columns whose cells are numbers or empty; not all of them empty.

    Raises
    ------
    DatasetError
        If the file cannot be read, a column is absent or holds no number, or there is no row.
    """
    name = description.name
    try:
        table = pq.read_table(path) if path.suffix == ".parquet" else pyarrow.csv.read_csv(path)
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{name}: {path} cannot be read: {error}") from error
    if absent := [column for column in description.columns if column not in table.column_names]:
        raise DatasetError(f"{name}: {path} lacks the columns {', '.join(absent)}")
    if not table.num_rows:
        raise DatasetError(f"{name}: {path} has no rows")
    for column in numbers:
        kind = table[column].type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise DatasetError(f"{name}: {path} holds something that is no number in the column {column}")
        if not np.isfinite(table[column].to_numpy().astype(float)).any():
            raise DatasetError(f"{name}: {path} holds no number in the column {column}")
    return table
