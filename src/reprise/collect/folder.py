"""A folder of audio with a table of labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reprise.audio import open_audio
from reprise.collect.base import Collection, Found, Provider
from reprise.datasets.folder import entries, several, unlisted_files
from reprise.datasets.rows import ArtistRow, LabelRow, Reject, TrackRow, features_of, whole
from reprise.datasets.store import Store
from reprise.errors import AudioError, DatasetError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["FolderReport", "collect"]

BATCH = 200


@dataclass(kw_only=True, slots=True)
class FolderReport:
    """What became of the rows of the table.

    Attributes
    ----------
    rows : int
        In the table.
    kept : int
        Stored.
    missing, outside, repeated : int
        Left out: see `reprise.datasets.folder.Entry`.
    unusable : int
        The file is not audio.
    unlisted : int
        Files in the folder of which the table says nothing.
    """

    rows: int = 0
    kept: int = 0
    missing: int = 0
    outside: int = 0
    repeated: int = 0
    unusable: int = 0
    unlisted: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kept} of {self.rows} rows stored; {self.missing} files missing, {self.outside} paths that"
            f" lead out of the folder, {self.repeated} files named before, {self.unusable} files that are no"
            f" audio; {self.unlisted} files without a row"
        )


def collect(store: Store, folder: str | Path, table: str | Path, *, name: str, licence: str) -> FolderReport:
    """Store the files of a folder with the labels of a CSV.

    Parameters
    ----------
    store : Store
        Receives the tracks, known by their path in the folder.
    folder : str or path-like
        Holds the audio, in folders of any depth.
    table : str or path-like
        A CSV (UTF-8, with a header): ``path`` (or file, clip, filename), relative to the folder; and, as far
        as there are any, title, artist, album, year, isrc, genre (several parted by ``;``), tags (the same)
        and the twelve audio features. Where title and artist are not given, the file's own tags say.
    name : str
        What the collection is called: the provider and catalogue of its values.
    licence : str
        What may be done with it.

    Returns
    -------
    FolderReport
        Counts of what was kept and left out.

    Raises
    ------
    DatasetError
        If the folder or the table cannot be read.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    report = FolderReport()
    listed: set[Path] = set()
    rows = entries(root, Path(table))
    provider = Provider(name=name, licence=licence)
    with Collection(store, provider, {"folder": str(root), "table": str(table)}) as run:
        while batch := list(islice(rows, BATCH)):
            report.rows += len(batch)
            tracks, rejects = [], []
            for entry in batch:
                if entry.fault is not None:
                    setattr(report, entry.fault, getattr(report, entry.fault) + 1)
                elif entry.path is not None:
                    listed.add(entry.path)
                    ref = entry.path.relative_to(root).as_posix()
                    try:
                        tracks.append(_track(name, ref, entry.path, entry.row))
                    except AudioError as error:
                        rejects.append(Reject(catalogue=name, ref=ref, reason=error.reason))
            run.add(Found(tracks=tracks, rejects=rejects))
            report.kept += len(tracks)
            report.unusable += len(rejects)
    report.unlisted = unlisted_files(root, Path(table), listed)
    return report


def _track(name: str, ref: str, path: Path, row: Mapping[str, str]) -> TrackRow:
    with open_audio(path) as stream:
        tags, duration_s = stream.tags, stream.duration_s
    artist = row.get("artist") or tags.artist
    isrc = row.get("isrc") or tags.isrc
    labels = [LabelRow(name=text) for text in several(row.get("genre") or row.get("genres"))]
    labels += [LabelRow(name=text, kind="tag") for text in several(row.get("tags"))]
    return TrackRow(
        catalogue=name,
        ref=ref,
        title=row.get("title") or tags.title or path.stem,
        artists=(ArtistRow(name=artist),) if artist else (),
        album=row.get("album") or tags.album,
        duration_ms=None if duration_s is None else round(1000 * duration_s),
        year=whole(row.get("year"), 1, 9999),
        features=features_of(row) if any(row.get(feature) for feature in SPOTIFY_FEATURES) else None,
        labels=tuple(labels),
        identifiers=(("isrc", isrc),) if isrc else (),
        preview_path=str(path),
    )
