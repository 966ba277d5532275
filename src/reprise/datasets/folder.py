"""A folder of audio files with a table of labels: anybody's own collection."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description
from reprise.datasets.rows import features_of
from reprise.errors import DatasetError
from reprise.targets import TARGETS

__all__ = ["DESCRIPTION", "Entry", "LabelledFolder", "entries", "load", "several", "unlisted_files"]

DESCRIPTION = Description(
    name="folder",
    citation="Your own collection: cite whoever made the recordings and the labels.",
    licence="That of the recordings and of the labels; whoever owns the folder knows it.",
    columns=("path",),
)

PATH_COLUMNS = ("path", "file", "clip", "filename")
"""Under any of these names the column of paths is found."""

Fault = Literal["missing", "outside", "repeated"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A row of the table.

    Attributes
    ----------
    row : mapping of str to str
        Its cells by column.
    path : Path or None
        The file, all links followed; None where there is a fault.
    fault : {"missing", "outside", "repeated"}, optional
        No such file; a path that is empty or leads out of the folder, directly or through links; a file that an
        earlier row named.
    """

    row: Mapping[str, str]
    path: Path | None = None
    fault: Fault | None = None


@dataclass(frozen=True, kw_only=True)
class LabelledFolder:
    """The files that are there, with their labels; of faulty rows the numbers.

    Attributes
    ----------
    paths : tuple of Path
        The files, all links followed.
    artists, titles : tuple of str
        Empty where the table does not say.
    genres : tuple of frozenset of str
    features : array, shape (n, 12)
        In the order of `reprise.targets.SPOTIFY_FEATURES`; NaN where there is no number or it is out of range.
    missing, outside, repeated : int
        Rows that were left out: see `Entry`.
    out_of_range : int
        Numbers that were left out because `reprise.targets.TARGETS` has no such value.
    unlisted : int
        Files in the folder without a row.
    """

    paths: tuple[Path, ...]
    artists: tuple[str, ...]
    titles: tuple[str, ...]
    genres: tuple[frozenset[str], ...]
    features: npt.NDArray[np.float64]
    missing: int
    outside: int
    repeated: int
    out_of_range: int
    unlisted: int


def load(folder: Path, table: Path | None = None) -> LabelledFolder:
    """Load a folder of audio with its table of labels.

    Parameters
    ----------
    folder : Path
        Holds the audio, in folders of any depth.
    table : Path, optional
        A CSV (UTF-8, with a header): ``path`` (or file, clip, filename), relative to the folder; and, as far as there
        are any, artist, title, genre (several parted by ``;``) and the twelve features. ``labels.csv`` in the folder
        by default.

    Raises
    ------
    DatasetError
        If the folder or the table cannot be read, the column of paths is absent, or no row names a file that is there.
    """
    table = table or folder / "labels.csv"
    found = list(entries(folder, table))
    good = [(entry.path, entry.row) for entry in found if entry.path is not None]
    if not good:
        raise DatasetError(
            f"{DESCRIPTION.name}: none of the {len(found)} rows of {table} names a file in {folder}"
        )
    rows = [row for _, row in good]
    features = np.array([features_of(row) for row in rows], np.float64)
    low, high = np.array([(t.low, t.high) for t in TARGETS]).T
    out_of_range = (features < low) | (features > high)
    faults = [entry.fault for entry in found]
    paths = tuple(path for path, _ in good)
    return LabelledFolder(
        paths=paths,
        artists=tuple(row.get("artist", "") for row in rows),
        titles=tuple(row.get("title", "") for row in rows),
        genres=tuple(frozenset(several(row.get("genre") or row.get("genres"))) for row in rows),
        features=np.where(out_of_range, np.nan, features),
        missing=faults.count("missing"),
        outside=faults.count("outside"),
        repeated=faults.count("repeated"),
        out_of_range=int(out_of_range.sum()),
        unlisted=unlisted_files(folder, table, set(paths)),
    )


def entries(folder: Path, table: Path) -> Iterator[Entry]:
    """Yield the rows of a table of labels, each with the file that it names.

    Parameters
    ----------
    folder, table : Path
        As for `load`.

    Raises
    ------
    DatasetError
        If the folder is none, or the table cannot be read or has no column of paths.
    """
    root = folder.resolve()
    listed: set[Path] = set()
    for row in _rows(table):
        path = _inside(root, next((row[column] for column in PATH_COLUMNS if row.get(column)), ""))
        if path is None:
            yield Entry(row=row, fault="outside")
        elif not path.is_file():
            yield Entry(row=row, fault="missing")
        elif path in listed:
            yield Entry(row=row, fault="repeated")
        else:
            listed.add(path)
            yield Entry(row=row, path=path)


def unlisted_files(folder: Path, table: Path, listed: set[Path]) -> int:
    """Count the files in a folder that are neither listed nor the table itself."""
    known = listed | {table.resolve()}
    return sum(
        Path(place, name) not in known for place, _, names in os.walk(folder.resolve()) for name in names
    )


def several(text: str | None) -> list[str]:
    """Take apart names that are parted by semicolons."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _inside(root: Path, given: str) -> Path | None:
    """Return the file that a table names, if it lies in the folder once links are followed."""
    if not given or "\0" in given:
        return None
    try:
        path = (root / given).resolve()
        # A name that is no UTF-8 could not be stored; resolving a link may bring one in.
        str(path).encode("utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path != root and path.is_relative_to(root) else None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            if not set(reader.fieldnames or ()) & set(PATH_COLUMNS):
                raise DatasetError(
                    f"{DESCRIPTION.name}: {path} lacks the columns {PATH_COLUMNS[0]} (or {', '.join(PATH_COLUMNS[1:])})"
                )
            for row in reader:
                yield {key: value for key, value in row.items() if isinstance(value, str)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{DESCRIPTION.name}: {path} cannot be read as a table: {error}") from error
