"""What every data set says about itself, and the checks that its tables pass on loading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from reprise.errors import DatasetError

__all__ = ["Description", "read_labels"]


@dataclass(frozen=True, kw_only=True)
class Description:
    """A data set's passport.

    Attributes
    ----------
    name : str
    citation : str
        The publication to name when using it.
    licence : str
        Under what terms it may be used, plainly.
    columns : tuple of str
        Columns that must be there.
    """

    name: str
    citation: str
    licence: str
    columns: tuple[str, ...]


def read_labels(path: Path, description: Description) -> pa.Table:
    """Read a table of labels and check that it is what its description says.

    Text columns stay text: an artist called "NaN" or "Null" is an artist.

    Raises
    ------
    DatasetError
        If the file is missing or cannot be parsed, a column is absent, or there is no row.
    """
    try:
        table = pyarrow.csv.read_csv(
            path, convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=False, null_values=[""])
        )
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(f"{description.name}: {path} cannot be read: {error}") from error
    absent = [name for name in description.columns if name not in table.column_names]
    if absent:
        raise DatasetError(f"{description.name}: {path} lacks the columns {', '.join(absent)}")
    if not table.num_rows:
        raise DatasetError(f"{description.name}: {path} has no rows")
    return table
