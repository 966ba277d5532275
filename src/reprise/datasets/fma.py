"""The Free Music Archive data set: metadata, genres, Echo Nest and librosa features, from a folder that the user has.

``fma_metadata`` holds ``tracks.csv`` (two header lines and one that names the index), ``genres.csv``,
``echonest.csv`` and ``features.csv`` (three header lines and one). Audio lies in ``fma_small/000/000002.mp3``.

References
----------
.. [1] Defferrard, M., Benzi, K., Vandergheynst, P. and Bresson, X. "FMA: a dataset for music analysis." ISMIR, 2017.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description
from reprise.datasets.rows import number
from reprise.errors import DatasetError
from reprise.targets import HEADS

__all__ = [
    "DESCRIPTION",
    "ECHONEST",
    "Fma",
    "FmaFeatures",
    "as_vector",
    "audio_files",
    "load",
    "load_features",
    "read_echonest",
    "read_features",
    "read_genres",
    "read_tracks",
    "track_genres",
]

DESCRIPTION = Description(
    name="fma",
    citation="Defferrard, M., Benzi, K., Vandergheynst, P., Bresson, X. (2017). FMA: a dataset for music analysis. "
    "ISMIR.",
    licence="Metadata: CC BY 4.0. Each track's audio: the licence that its artist chose, in track/license.",
    columns=(
        "album/date_released", "album/title", "artist/id", "artist/name", "set/split", "set/subset",
        "track/date_recorded", "track/duration", "track/genre_top", "track/genres_all", "track/license", "track/title",
    ),
)  # fmt: skip
"""The columns are those of ``tracks.csv``, the lines of its header joined by ``/``."""

ECHONEST: tuple[str, ...] = (*HEADS, "tempo")
"""What the Echo Nest says of a track: seven features as Spotify's, 0..1, and tempo in bpm."""

_AUDIO_FEATURES = "echonest/audio_features/"


@dataclass(frozen=True, kw_only=True)
class Fma:
    """The tracks.

    Attributes
    ----------
    track_ids : array of int, shape (n,)
    titles, artists, licences : tuple of str
    artist_ids : array of str, shape (n,)
        The group of each track in every split.
    top_genres : array of str, shape (n,)
        One of 16; empty where the track's genres have several roots.
    genres : tuple of tuple of str
        All its genres, with those above them.
    splits, subsets : arrays of str, shape (n,)
        The authors' own: training, validation or test, by artist; the smallest of small, medium and large.
    echonest : array, shape (n, 8)
        The values of `ECHONEST`; NaN for most tracks.
    """

    track_ids: npt.NDArray[np.int64]
    titles: tuple[str, ...]
    artists: tuple[str, ...]
    licences: tuple[str, ...]
    artist_ids: npt.NDArray[np.str_]
    top_genres: npt.NDArray[np.str_]
    genres: tuple[tuple[str, ...], ...]
    splits: npt.NDArray[np.str_]
    subsets: npt.NDArray[np.str_]
    echonest: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FmaFeatures:
    """The authors' 518 librosa statistics.

    Attributes
    ----------
    track_ids : array of int, shape (n,)
    columns : tuple of str
        ``mfcc/mean/01`` and so on.
    values : array of float32, shape (n, n_columns)
        NaN for what is no number.
    """

    track_ids: npt.NDArray[np.int64]
    columns: tuple[str, ...]
    values: npt.NDArray[np.float32]


def load(folder: Path) -> Fma:
    """Load ``tracks.csv``, ``genres.csv`` and, if it is there, ``echonest.csv`` of a folder ``fma_metadata``.

    Raises
    ------
    DatasetError
        If a table is missing, lacks a column or has no rows.
    """
    names = read_genres(folder / "genres.csv")
    tracks = list(read_tracks(folder / "tracks.csv"))
    if not tracks:
        raise DatasetError(f"{DESCRIPTION.name}: {folder / 'tracks.csv'} has no rows")
    place = folder / "echonest.csv"
    heard = dict(read_echonest(place)) if place.is_file() else {}
    unheard = dict.fromkeys(ECHONEST, np.nan)

    def column(name: str) -> tuple[str, ...]:
        return tuple(row[name] for _, row in tracks)

    return Fma(
        track_ids=np.array([int(ref) for ref, _ in tracks]),
        titles=column("track/title"),
        artists=column("artist/name"),
        licences=column("track/license"),
        artist_ids=np.array(column("artist/id")),
        top_genres=np.array(column("track/genre_top")),
        genres=tuple(track_genres(cell, names) for cell in column("track/genres_all")),
        splits=np.array(column("set/split")),
        subsets=np.array(column("set/subset")),
        echonest=np.array(
            [[_float(heard.get(ref, unheard).get(name)) for name in ECHONEST] for ref, _ in tracks]
        ),
    )


def load_features(folder: Path) -> FmaFeatures:
    """Load ``features.csv`` of a folder ``fma_metadata``: 220 MB for all 106,574 tracks.

    Raises
    ------
    DatasetError
        If the table is missing, is another one or has no rows.
    """
    track_ids: list[int] = []
    vectors: list[npt.NDArray[np.float32]] = []
    columns: tuple[str, ...] = ()
    for ref, row in read_features(folder / "features.csv"):
        columns = columns or tuple(row)
        track_ids.append(int(ref))
        vectors.append(as_vector(row.values()))
    if not vectors:
        raise DatasetError(f"{DESCRIPTION.name}: {folder / 'features.csv'} has no rows")
    return FmaFeatures(track_ids=np.array(track_ids), columns=columns, values=np.array(vectors))


def read_tracks(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield track id and `DESCRIPTION`'s cells of each line of ``tracks.csv``; damaged lines are left out."""
    return _lines(path, 2, DESCRIPTION.columns)


def read_echonest(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield track id and `ECHONEST` features of each line of ``echonest.csv``."""
    for ref, row in _lines(path, 3, tuple(_AUDIO_FEATURES + name for name in ECHONEST)):
        yield ref, {name.removeprefix(_AUDIO_FEATURES): cell for name, cell in row.items()}


def read_features(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield track id and cells of each line of ``features.csv``."""
    return _lines(path, 3)


def read_genres(path: Path) -> dict[int, str]:
    """Read the names of FMA's 163 genres by their ids from ``genres.csv``."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restval="")
            if absent := [name for name in ("genre_id", "title") if name not in (rows.fieldnames or ())]:
                raise DatasetError(f"{DESCRIPTION.name}: {path} lacks the columns {', '.join(absent)}")
            return {int(row["genre_id"]): row["title"] for row in rows if row["genre_id"].isdecimal()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{DESCRIPTION.name}: {path} cannot be read: {error}") from error


def track_genres(cell: str, names: Mapping[int, str]) -> tuple[str, ...]:
    """Name the genres of a cell such as ``"[21, 10]"``, each once; what is no list names none."""
    try:
        found = json.loads(cell or "[]")
    except (ValueError, RecursionError):
        return ()
    ids = [value for value in found if isinstance(value, int)] if isinstance(found, list) else []
    return tuple(dict.fromkeys(names[i] for i in ids if i in names))


def audio_files(folder: Path) -> dict[str, Path]:
    """Find ``000/000002.mp3`` and its like: track id -> file."""
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    files = folder.resolve().glob("[0-9][0-9][0-9]/[0-9][0-9][0-9][0-9][0-9][0-9].mp3")
    return {str(int(path.stem)): path for path in files}


def as_vector(cells: Iterable[str]) -> npt.NDArray[np.float32]:
    """Take cells for numbers; what is none becomes not-a-number."""
    return np.array([_float(cell) for cell in cells], "<f4")


def _float(cell: str | float | None) -> float:
    value = number(cell)
    return np.nan if value is None else value


def _lines(path: Path, n_header: int, columns: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield track id and some cells, else all, of each line of a table whose header has several lines."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = list(islice(reader, n_header))
            if len(header) < n_header or len({len(row) for row in header}) != 1:
                raise DatasetError(f"{DESCRIPTION.name}: {path} is no table of FMA")
            names = ["/".join(parts) for parts in zip(*header, strict=True)]
            if absent := [name for name in columns if name not in names]:
                raise DatasetError(f"{DESCRIPTION.name}: {path} lacks the columns {', '.join(absent)}")
            places = {name: names.index(name) for name in columns or names[1:]}
            for row in reader:
                if row and row[0].isdecimal() and len(row) == len(names):
                    yield str(int(row[0])), {name: row[i] for name, i in places.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{DESCRIPTION.name}: {path} cannot be read: {error}") from error
