"""The Million Song Dataset joined with Last.fm's tags: songs with one genre each.

Both come as SQLite files: ``track_metadata.db`` (table ``songs``) and ``lastfm_tags.db`` (tables ``tids``,
``tags`` and ``tid_tag``, which refer to each other by row number).

References
----------
T. Bertin-Mahieux, D. P. W. Ellis, B. Whitman, P. Lamere, "The Million Song Dataset", ISMIR 2011.
"""

from __future__ import annotations

import re
import sqlite3
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path

from reprise.collect.base import Collection, Found, Provider
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow, whole
from reprise.datasets.store import Store
from reprise.errors import ConfigError, DatasetError

__all__ = ["PROVIDER", "MillionSongReport", "collect", "read_genres", "tag_key"]

PROVIDER = Provider(
    name="million_song",
    licence="Million Song Dataset: research use; Last.fm tags: research use, CC BY-NC-SA",
)
BATCH = 20_000

_NO_WORD = re.compile(r"[^\w&]+|_+")
_SCHEMA = {
    "songs": {"track_id", "title", "artist_id", "artist_name", "release", "duration", "year"},
    "tids": {"tid"},
    "tags": {"tag"},
    "tid_tag": {"tid", "tag", "val"},
}


@dataclass(kw_only=True, slots=True)
class MillionSongReport:
    """What became of the songs.

    Attributes
    ----------
    songs : int
        In the metadata.
    tagged : int
        With at least one tag that stands for a genre, whether in the metadata or not.
    conflicting : int
        Left out, because their tags stand for several genres.
    unknown : int
        With one genre, but not in the metadata.
    kept : int
        Stored.
    genres : Counter of str
        How many songs of each genre were stored.
    """

    songs: int = 0
    tagged: int = 0
    conflicting: int = 0
    unknown: int = 0
    kept: int = 0
    genres: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.kept} of {self.songs} songs stored, in {len(self.genres)} genres; {self.tagged} have tags"
            f" of a genre, {self.conflicting} of them left out for conflicting genres, {self.unknown} for"
            " being unknown to the metadata"
        )


def tag_key(tag: str) -> str:
    """Level a tag's spelling: case, width and signs between words make no difference."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", tag).casefold()).strip()


def read_genres(path: str | Path | None = None) -> dict[str, str]:
    """Read the mapping from tags to genres.

    Parameters
    ----------
    path : str or path-like, optional
        A TOML file with a table ``[genres]`` of genre = [tags]; the one of this package by default, which
        has the 26 genres of AudioFiler.

    Returns
    -------
    dict of str to str
        Levelled tag -> genre.

    Raises
    ------
    ConfigError
        If the file is not of that form, or a tag stands under two genres.
    """
    where = Path(path) if path else files("reprise.collect").joinpath("genres.toml")
    try:
        genres = tomllib.loads(where.read_text(encoding="utf-8")).get("genres")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{where}: not a mapping of genres: {error}") from error
    if not isinstance(genres, dict) or not genres:
        raise ConfigError(f"{where}: the table [genres] is missing")
    mapping: dict[str, str] = {}
    for genre, tags in genres.items():
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ConfigError(f"{where}: {genre!r} must be a list of tags")
        for tag in tags:
            if mapping.setdefault(tag_key(tag), genre) != genre:
                raise ConfigError(
                    f"{where}: the tag {tag!r} stands under {mapping[tag_key(tag)]!r} and {genre!r}"
                )
    return mapping


def collect(
    store: Store,
    metadata: str | Path,
    tags: str | Path,
    *,
    genres: Mapping[str, str] | None = None,
    min_weight: float = 0.0,
) -> MillionSongReport:
    """Join metadata and tags, and store the songs that have one genre.

    Parameters
    ----------
    store : Store
        Receives the songs, with their genre.
    metadata, tags : str or path-like
        ``track_metadata.db`` and ``lastfm_tags.db``. They are only read.
    genres : mapping of str to str, optional
        From `read_genres`.
    min_weight : float
        Tags below this weight of 0..100 are not looked at: neither as a genre nor as a conflict.

    Returns
    -------
    MillionSongReport
        Counts of what was kept and left out.

    Raises
    ------
    DatasetError
        If a file is not what it should be.
    """
    mapping = dict(read_genres() if genres is None else genres)
    arguments = {"metadata": str(metadata), "tags": str(tags), "min_weight": min_weight}
    report = MillionSongReport()
    try:
        with (
            closing(_open(Path(metadata), ("songs",))) as songs,
            closing(_open(Path(tags), ("tids", "tags", "tid_tag"))) as lastfm,
            Collection(store, PROVIDER, arguments) as run,
        ):
            report.songs = songs.execute("SELECT count(*) FROM songs").fetchone()[0]
            labelled = _labelled(lastfm, mapping, min_weight, report)
            while batch := dict(islice(labelled, BATCH)):
                rows = list(_songs(songs, batch))
                report.unknown += len(batch) - len(rows)
                report.kept += len(rows)
                report.genres.update(row.labels[0].name for row in rows)
                run.add(Found(tracks=rows))
    except sqlite3.Error as error:
        raise DatasetError(f"the SQLite files cannot be read: {error}") from error
    return report


def _open(path: Path, tables: Iterable[str]) -> sqlite3.Connection:
    """Open a stranger's SQLite file for reading: plain tables only, no views that run what they like."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        for table in tables:
            kind = db.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))}
            if kind != ("table",) or not columns >= _SCHEMA[table]:
                wanted = ", ".join(sorted(_SCHEMA[table]))
                raise DatasetError(f"{path}: has no table {table!r} with the columns {wanted}")
    except sqlite3.Error as error:
        db.close()
        raise DatasetError(f"{path}: not an SQLite file that can be read: {error}") from error
    except BaseException:
        db.close()
        raise
    return db


def _labelled(
    lastfm: sqlite3.Connection, mapping: Mapping[str, str], min_weight: float, report: MillionSongReport
) -> Iterator[tuple[str, tuple[str, float]]]:
    """Yield track id -> genre and weight for the songs whose tags stand for one genre."""
    lastfm.execute("CREATE TEMP TABLE meant (tag INTEGER PRIMARY KEY, genre TEXT)")
    known = (
        (row, mapping[key])
        for row, tag in lastfm.execute("SELECT rowid, tag FROM tags")
        if isinstance(tag, str) and (key := tag_key(tag)) in mapping
    )
    lastfm.executemany("INSERT INTO meant VALUES (?, ?)", list(known))
    cursor = lastfm.execute(
        "SELECT tids.tid, count(DISTINCT meant.genre), min(meant.genre), max(tid_tag.val)"
        " FROM tid_tag JOIN meant ON meant.tag = tid_tag.tag JOIN tids ON tids.rowid = tid_tag.tid"
        " WHERE tid_tag.val >= ? GROUP BY tid_tag.tid",
        (min_weight,),
    )
    for tid, n_genres, genre, weight in cursor:
        report.tagged += 1
        if n_genres > 1:
            report.conflicting += 1
        else:
            yield str(tid), (genre, weight)


def _songs(songs: sqlite3.Connection, batch: Mapping[str, tuple[str, float]]) -> Iterator[TrackRow]:
    songs.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (track_id TEXT PRIMARY KEY)")
    songs.execute("DELETE FROM wanted")
    songs.executemany("INSERT INTO wanted VALUES (?)", ((tid,) for tid in batch))
    cursor = songs.execute(
        "SELECT s.track_id, s.title, s.artist_id, s.artist_name, s.release, s.duration, s.year"
        " FROM wanted w JOIN songs s ON s.track_id = w.track_id"
    )
    for track_id, title, artist_id, artist_name, release, duration_s, year in cursor:
        genre, weight = batch[track_id]
        yield TrackRow(
            catalogue="msd",
            ref=track_id,
            title=title,
            artists=(ArtistRow(catalogue="msd", ref=artist_id, name=artist_name),),
            album=release,
            duration_ms=whole(1000 * duration_s if isinstance(duration_s, float) else None, 0, 1 << 40),
            year=whole(year, 1, 9999),  # 0 stands for unknown
            labels=(LabelRow(name=genre, weight=weight),),
        )
