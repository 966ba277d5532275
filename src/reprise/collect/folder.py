"""A folder of audio with a table of labels."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reprise.audio import open_audio
from reprise.collect.base import Collection, Found, Provider
from reprise.datasets.rows import ArtistRow, LabelRow, Reject, TrackRow, features_of, whole
from reprise.datasets.store import Store
from reprise.errors import AudioError, DatasetError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["FolderReport", "collect"]

BATCH = 200

_PATH_COLUMNS = ("path", "file", "clip", "filename")


@dataclass(kw_only=True, slots=True)
class FolderReport:
    """What became of the rows of the table.

    Attributes
    ----------
    rows : int
        In the table.
    kept : int
        Stored.
    missing : int
        No such file in the folder.
    outside : int
        The path leads out of the folder, or is none.
    unusable : int
        The file is not audio.
    unlisted : int
        Files in the folder of which the table says nothing.
    """

    rows: int = 0
    kept: int = 0
    missing: int = 0
    outside: int = 0
    unusable: int = 0
    unlisted: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kept} of {self.rows} rows stored; {self.missing} files missing, {self.outside} paths that"
            f" lead out of the folder, {self.unusable} files that are no audio; {self.unlisted} files without"
            " a row"
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
    rows = _read(Path(table))
    with Collection(
        store, Provider(name=name, licence=licence), {"folder": str(root), "table": str(table)}
    ) as run:
        done = False
        while not done:
            tracks, rejects = [], []
            for row in rows:
                report.rows += 1
                track = _track(root, row, name, report, listed)
                if isinstance(track, TrackRow):
                    tracks.append(track)
                elif track is not None:
                    rejects.append(track)
                if len(tracks) == BATCH:
                    break
            else:
                done = True
            run.add(Found(tracks=tracks, rejects=rejects))
            report.kept += len(tracks)
    report.unlisted = sum(1 for path in _files(root) if path not in listed) - _is_inside(root, Path(table))
    return report


def _track(
    root: Path, row: Mapping[str, str], name: str, report: FolderReport, listed: set[Path]
) -> TrackRow | Reject | None:
    given = next((row[column] for column in _PATH_COLUMNS if row.get(column)), "")
    path = _inside(root, given)
    if path is None:
        report.outside += 1
        return None
    if not path.is_file():
        report.missing += 1
        return None
    listed.add(path)
    ref = path.relative_to(root).as_posix()
    try:
        with open_audio(path) as stream:
            tags, duration_s = stream.tags, stream.duration_s
    except AudioError as error:
        report.unusable += 1
        return Reject(catalogue=name, ref=ref, reason=error.reason)
    artist = row.get("artist") or tags.artist
    isrc = row.get("isrc") or tags.isrc
    labels = [LabelRow(name=text) for text in _several(row.get("genre") or row.get("genres"))]
    labels += [LabelRow(name=text, kind="tag") for text in _several(row.get("tags"))]
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


def _read(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            if not set(reader.fieldnames or ()) & set(_PATH_COLUMNS):
                raise DatasetError(f"{path}: no column of paths; one of {', '.join(_PATH_COLUMNS)} is needed")
            for row in reader:
                yield {key: value for key, value in row.items() if isinstance(value, str)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read as a table: {error}") from error


def _several(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield Path(folder) / name


def _is_inside(root: Path, table: Path) -> int:
    return int(table.resolve().is_relative_to(root))
