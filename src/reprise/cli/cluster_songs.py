"""Which songs ``reprise cluster`` works on, and what MusiCNN hears in them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from pathlib import Path

import click

from reprise.cli.batch import available_cores
from reprise.cli.files import find_files
from reprise.cli.progress import progress_bar
from reprise.cli.text import printable
from reprise.datasets.arrays import ArrayStore
from reprise.datasets.clip_genres import genres_of, read_clip_genres, store_genres
from reprise.datasets.featurise import featurise, previews
from reprise.datasets.store import Store
from reprise.errors import DatasetError
from reprise.features.clip_sets import CLIP_SETS
from reprise.records import FloatArray

__all__ = ["Songs", "Source", "gather"]

_SETS = ("musicnn", "tags")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where songs come from: audio files, else the previews of a store, else all arrays in a folder."""

    paths: tuple[str, ...]
    store: Path | None
    selection: str | None
    arrays: Path
    labels: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Songs:
    """What is clustered.

    Attributes
    ----------
    ids : tuple of str
        Of their arrays, sorted.
    titles : tuple of str
        Artist and title where they are known, else the id.
    genres : tuple of (str or None)
    embeddings, tags : float32 arrays, shapes (n, 400) and (n, 100)
    n_failed : int
        Files that could not be read.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    genres: tuple[str | None, ...]
    embeddings: FloatArray
    tags: FloatArray
    n_failed: int


@dataclass(frozen=True, kw_only=True)
class _Clips:
    """Files to listen to by id, ``None`` for whatever has arrays; and what a store knows of them."""

    files: dict[str, Path] | None
    titles: dict[str, str] = field(default_factory=dict)
    genres: dict[str, tuple[str, ...]] = field(default_factory=dict)


def gather(source: Source, jobs: int | None) -> Songs:
    """Find the songs, listen to those that nobody has listened to yet, and load what was heard.

    Raises
    ------
    DatasetError
        If there are no songs, or a table, a store or an array cannot be read.
    """
    tables = [read_clip_genres(path) for path in source.labels]
    clips = _clips(source)
    n_failed = 0 if clips.files is None else _listen(clips.files, source.arrays, jobs)
    stores = [ArrayStore(source.arrays / name, CLIP_SETS[name].definition) for name in _SETS]
    heard = stores[0].ids() & stores[1].ids()
    ids = tuple(sorted(heard if clips.files is None else heard & clips.files.keys()))
    if not ids:
        raise DatasetError(_why_empty(source))
    genres = genres_of(ids, reduce(or_, tables, clips.genres))
    if tables and not any(genres):
        raise DatasetError(f"no label is of a song here: songs are called like {ids[0]!r}")
    embeddings, tags = (store.load(ids) for store in stores)
    return Songs(
        ids=ids,
        titles=tuple(clips.titles.get(song, song) for song in ids),
        genres=genres,
        embeddings=embeddings,
        tags=tags,
        n_failed=n_failed,
    )


def _clips(source: Source) -> _Clips:
    if source.paths:
        return _Clips(files={name: Path(name) for name in find_files(source.paths).files})
    if source.store is None:
        return _Clips(files=None)
    if not source.store.is_file():
        raise click.UsageError(f"there is no data set {source.store}")
    with Store(source.store) as store:
        rows = store.select("SELECT catalogue || ':' || id, artist, name FROM tracks_data")
        titles = {song: " – ".join(filter(None, names)) or song for song, *names in rows}
        files, genres = previews(store, source.selection), store_genres(store)
    return _Clips(files=files, titles=titles, genres=genres)


def _why_empty(source: Source) -> str:
    if source.paths:
        return "there is no song among these files"
    if source.store is not None:
        return f"{source.store}: no preview is on disk; reprise collect previews downloads them"
    return (
        f"{source.arrays}: no song has arrays here; make them with"
        " reprise dataset features --set musicnn --set tags"
    )


def _listen(clips: dict[str, Path], arrays: Path, jobs: int | None) -> int:
    with progress_bar("songs", show=sys.stderr.isatty()) as draw:
        report = featurise(clips, arrays, _SETS, jobs=jobs or available_cores(), progress=draw)
    for clip, reason in report.failed.items():
        click.echo(f"{printable(clip)}: {printable(reason)}", err=True)
    return len(report.failed)
