"""What every data set says about itself, and the checks that its tables pass on loading."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from reprise.errors import DatasetError

__all__ = ["Description", "Labels", "read_labels"]


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


@dataclass(frozen=True, kw_only=True)
class Labels:
    """A table whose cells are text until somebody asks for numbers: an artist called "NaN" or "1975" is an artist."""

    name: str
    path: Path
    table: pa.Table

    def texts(self, column: str) -> tuple[str, ...]:
        """Return a column as it is written; an empty cell is an empty text."""
        return tuple(self.table[column].to_pylist())

    def numbers(self, *columns: str) -> npt.NDArray[np.float64]:
        """Return columns as numbers, shape (n_rows, n_columns); an empty cell is NaN.

        Raises
        ------
        DatasetError
            If a cell is neither empty nor a number.
        """
        return np.array([[self._number(cell, name) for cell in self.texts(name)] for name in columns]).T

    def _number(self, cell: str, column: str) -> float:
        try:
            return float(cell) if cell else np.nan
        except ValueError:
            raise self.error(f"holds {cell!r} in the column {column}, which is no number") from None

    def error(self, what: str) -> DatasetError:
        """Make the error that says what is wrong with this table."""
        return DatasetError(f"{self.name}: {self.path} {what}")


def read_labels(path: Path, description: Description) -> Labels:
    """Read a table of labels and check that it is what its description says.

    Raises
    ------
    DatasetError
        If the file is missing or cannot be parsed, a column is absent, or there is no row.
    """
    convert = pyarrow.csv.ConvertOptions(
        strings_can_be_null=False, column_types=dict.fromkeys(description.columns, pa.string())
    )
    try:
        table = pyarrow.csv.read_csv(path, convert_options=convert)
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(f"{description.name}: {path} cannot be read: {error}") from error
    labels = Labels(name=description.name, path=path, table=table)
    if absent := [name for name in description.columns if name not in table.column_names]:
        raise labels.error(f"lacks the columns {', '.join(absent)}")
    if not table.num_rows:
        raise labels.error("has no rows")
    return labels
