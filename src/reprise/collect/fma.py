"""The Free Music Archive data set: metadata, genres, Echo Nest and librosa features, from a local copy.

``fma_metadata`` holds ``tracks.csv`` (two header lines and one that names the index), ``genres.csv``,
``echonest.csv`` and ``features.csv`` (three header lines and one). Audio lies in
``fma_small/000/000002.mp3``. `reprise.collect.fma_files` fetches both.

References
----------
M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson, "FMA: A Dataset for Music Analysis", ISMIR 2017.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from reprise.collect.base import Collection, Found, Provider
from reprise.collect.fma_files import check_sums
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, clean_text, features_of, number, whole
from reprise.datasets.store import Store
from reprise.errors import DatasetError

__all__ = ["PROVIDER", "FmaReport", "collect"]

PROVIDER = Provider(name="fma", licence="FMA metadata: CC BY 4.0")
ECHONEST = Provider(name="echonest", licence="FMA metadata: CC BY 4.0; Echo Nest audio features")
BATCH = 5_000


@dataclass(kw_only=True, slots=True)
class FmaReport:
    """How many tracks were stored, with Echo Nest features, with librosa features, and with audio here."""

    tracks: int = 0
    echonest: int = 0
    librosa: int = 0
    audio: int = 0

    def __str__(self) -> str:
        return (
            f"{self.tracks} tracks stored; {self.echonest} with Echo Nest features, {self.librosa} with"
            f" librosa features, {self.audio} with audio"
        )


def collect(
    store: Store, metadata: str | Path, *, audio: str | Path | None = None, with_features: bool = False
) -> FmaReport:
    """Read a local copy of FMA into the store.

    Parameters
    ----------
    store : Store
        Receives the tracks, each with the licence that its artist chose.
    metadata : str or path-like
        The folder ``fma_metadata``. Its files are checked against the SHA-1 sums in ``checksums``, if that
        is there.
    audio : str or path-like, optional
        A folder ``fma_small``, ``fma_medium``, ``fma_large`` or ``fma_full``: only tracks with a file there
        are stored.
    with_features : bool
        Also store the 518 librosa features of ``features.csv``, as vectors.

    Returns
    -------
    FmaReport
        Counts of what was stored.

    Raises
    ------
    DatasetError
        If a file is missing, altered, or not what it should be.
    """
    folder, report = Path(metadata), FmaReport()
    check_sums(folder)
    genres = _genres(folder / "genres.csv")
    wanted = None if audio is None else _audio(Path(audio))
    arguments = {"metadata": str(metadata), "audio": str(audio)}
    with Collection(store, PROVIDER, arguments) as run:
        for licence, rows in _by_licence(_tracks(folder / "tracks.csv", genres, wanted)):
            run.add(Found(tracks=rows), licence=licence)
            report.tracks += len(rows)
            report.audio += sum(1 for row in rows if row.preview_path)
        if with_features:
            report.librosa = _store_vectors(store, run, folder / "features.csv")
    if (folder / "echonest.csv").is_file():
        with Collection(store, ECHONEST, arguments) as run:
            report.echonest = _store_echonest(store, run, folder / "echonest.csv")
    return report


def _tracks(
    path: Path, genres: Mapping[int, str], wanted: Mapping[str, Path] | None
) -> Iterator[tuple[str, TrackRow]]:
    """Yield licence and track of each line."""
    for ref, row in _lines(path, 2):
        file = wanted.get(ref) if wanted is not None else None
        if wanted is not None and file is None:
            continue
        top = row.get("track/genre_top")
        named = [genres[i] for i in _numbers(row.get("track/genres_all")) if i in genres]
        labels = [LabelRow(name=top)] if top else []
        labels += [LabelRow(name=name, kind="tag") for name in dict.fromkeys(named)]
        created = row.get("track/date_recorded") or row.get("album/date_released") or ""
        duration_s = number(row.get("track/duration"))
        artist_id = row.get("artist/id")
        yield (
            row.get("track/license") or PROVIDER.licence,
            TrackRow(
                catalogue="fma",
                ref=ref,
                title=row.get("track/title") or None,
                artists=(ArtistRow(catalogue="fma", ref=artist_id or None, name=row.get("artist/name")),),
                album=row.get("album/title"),
                duration_ms=None if duration_s is None else whole(1000 * duration_s, 0, 1 << 40),
                year=whole(created[:4], 1, 9999),
                labels=tuple(labels),
                preview_path=None if file is None else str(file),
            ),
        )


def _by_licence(rows: Iterator[tuple[str, TrackRow]]) -> Iterator[tuple[str, list[TrackRow]]]:
    """Group batches of tracks by licence, because a provenance has one."""
    while batch := list(islice(rows, BATCH)):
        groups: dict[str, list[TrackRow]] = defaultdict(list)
        for licence, row in batch:
            groups[clean_text(licence, 300) or PROVIDER.licence].append(row)
        yield from groups.items()


def _store_echonest(store: Store, run: Collection, path: Path) -> int:
    known = {ref for (ref,) in store.select("SELECT ref FROM tracks WHERE catalogue = 'fma'")}
    prefix = "echonest/audio_features/"
    rows = (
        TrackRow(
            catalogue="fma",
            ref=ref,
            features=features_of({name.removeprefix(prefix): value for name, value in row.items()}),
        )
        for ref, row in _lines(path, 3)
        if ref in known
    )
    n = 0
    while batch := list(islice(rows, BATCH)):
        run.add(Found(tracks=batch))
        n += len(batch)
    return n


def _store_vectors(store: Store, run: Collection, path: Path) -> int:
    lines = _lines(path, 3)
    n = 0
    while batch := list(islice(lines, BATCH)):
        columns = list(batch[0][1])
        rows = [("fma", ref, _packed(row.values())) for ref, row in batch]
        with store.transaction():
            n += store.add_vectors("fma_librosa", columns, rows, run.source())
    return n


def _packed(cells: Iterable[str]) -> bytes:
    """Numbers as little-endian float32; what is none becomes not-a-number."""
    values = [number(cell) for cell in cells]
    return np.array([float("nan") if value is None else value for value in values], "<f4").tobytes()


def _lines(path: Path, n_header: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield track id and cells of each line of a table whose header has several lines."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = list(islice(reader, n_header))
            if len(header) < n_header or len({len(row) for row in header}) != 1:
                raise DatasetError(f"{path}: not a table of FMA")
            names = ["/".join(parts) for parts in zip(*header, strict=True)][1:]
            for row in reader:
                if row and row[0].isdecimal() and len(row) == len(names) + 1:
                    yield str(int(row[0])), dict(zip(names, row[1:], strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read as a table: {error}") from error


def _genres(path: Path) -> dict[int, str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restval="")
            if not {"genre_id", "title"} <= set(rows.fieldnames or ()):
                raise DatasetError(f"{path}: not FMA's table of genres")
            return {int(row["genre_id"]): row["title"] for row in rows if row["genre_id"].isdecimal()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read as a table of genres: {error}") from error


def _numbers(text: str | None) -> list[int]:
    """Read ``"[21, 10]"``."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return [value for value in found if isinstance(value, int)] if isinstance(found, list) else []


def _audio(folder: Path) -> dict[str, Path]:
    """Find ``000/000002.mp3`` and its like: track id -> file."""
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    files = folder.resolve().glob("[0-9][0-9][0-9]/[0-9][0-9][0-9][0-9][0-9][0-9].mp3")
    return {str(int(path.stem)): path for path in files}
