"""The Free Music Archive data set from a local copy, read by `reprise.datasets.fma`, into the store.

`reprise.collect.fma_files` fetches the archives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reprise.collect.base import Collection, Found, Provider
from reprise.collect.fma_files import check_sums
from reprise.datasets.fma import (
    as_vector,
    audio_files,
    read_echonest,
    read_features,
    read_genres,
    read_tracks,
    track_genres,
)
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, clean_text, features_of, number, whole
from reprise.datasets.store import Store

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
    genres = read_genres(folder / "genres.csv")
    wanted = None if audio is None else audio_files(Path(audio))
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
    for ref, row in read_tracks(path):
        file = wanted.get(ref) if wanted is not None else None
        if wanted is not None and file is None:
            continue
        top = row["track/genre_top"]
        named = track_genres(row["track/genres_all"], genres)
        labels = [LabelRow(name=top)] if top else []
        labels += [LabelRow(name=name, kind="tag") for name in named]
        created = row["track/date_recorded"] or row["album/date_released"]
        duration_s = number(row["track/duration"])
        artist_id = row["artist/id"]
        yield (
            row["track/license"] or PROVIDER.licence,
            TrackRow(
                catalogue="fma",
                ref=ref,
                title=row["track/title"] or None,
                artists=(ArtistRow(catalogue="fma", ref=artist_id or None, name=row["artist/name"]),),
                album=row["album/title"],
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
    rows = (
        TrackRow(catalogue="fma", ref=ref, features=features_of(row))
        for ref, row in read_echonest(path)
        if ref in known
    )
    n = 0
    while batch := list(islice(rows, BATCH)):
        run.add(Found(tracks=batch))
        n += len(batch)
    return n


def _store_vectors(store: Store, run: Collection, path: Path) -> int:
    lines = read_features(path)
    n = 0
    while batch := list(islice(lines, BATCH)):
        columns = list(batch[0][1])
        rows = [("fma", ref, as_vector(row.values()).tobytes()) for ref, row in batch]
        with store.transaction():
            n += store.add_vectors("fma_librosa", columns, rows, run.source())
    return n
