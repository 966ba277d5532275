"""How a batch gets into the tables: staged once, then placed by set operations.

`executemany` fills temporary tables, and a dozen statements move them on. That is what lets a million rows in
within a minute, and it is the only way in, for a page of fifty tracks and for a table of a million alike.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reprise.datasets.rows import ArtistRow, TrackRow, clean_text, name_key
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["Batch", "place"]

_FEATURES = ", ".join(SPOTIFY_FEATURES)

_STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS new_tracks (
    n INTEGER PRIMARY KEY, catalogue TEXT, ref TEXT, title TEXT, album TEXT, duration_ms INTEGER,
    popularity INTEGER, explicit INTEGER, year INTEGER, preview_url TEXT, preview_path TEXT,
    has_features INTEGER, {_FEATURES}, track_id INTEGER);
CREATE TEMP TABLE IF NOT EXISTS new_artists (
    n INTEGER, position INTEGER, catalogue TEXT, ref TEXT, name TEXT, popularity INTEGER);
CREATE TEMP TABLE IF NOT EXISTS new_artist_labels (catalogue TEXT, ref TEXT, name TEXT);
CREATE TEMP TABLE IF NOT EXISTS new_labels (n INTEGER, kind TEXT, name TEXT, weight REAL);
CREATE TEMP TABLE IF NOT EXISTS new_identifiers (n INTEGER, scheme TEXT, value TEXT);
"""

_CLEAR = """
DELETE FROM new_tracks;
DELETE FROM new_artists;
DELETE FROM new_artist_labels;
DELETE FROM new_labels;
DELETE FROM new_identifiers;
"""

_PLACE = f"""
DELETE FROM new_tracks WHERE (catalogue, ref) IN
    (SELECT catalogue, ref FROM rejects WHERE provider = :provider);

INSERT INTO tracks (catalogue, ref, title, album, duration_ms, popularity, explicit, year, provenance_id)
SELECT catalogue, ref, title, album, duration_ms, popularity, explicit, year, :provenance
FROM new_tracks WHERE true
ON CONFLICT (catalogue, ref) DO UPDATE SET title = excluded.title, album = excluded.album,
    duration_ms = excluded.duration_ms, popularity = excluded.popularity, explicit = excluded.explicit,
    year = excluded.year, provenance_id = excluded.provenance_id
WHERE excluded.title IS NOT NULL;

UPDATE new_tracks SET track_id =
    (SELECT t.id FROM tracks t WHERE t.catalogue = new_tracks.catalogue AND t.ref = new_tracks.ref);

INSERT INTO artists (catalogue, ref, name, popularity, provenance_id)
SELECT catalogue, ref, name, popularity, :provenance FROM new_artists WHERE true
ON CONFLICT (catalogue, ref) DO UPDATE SET name = excluded.name, popularity = excluded.popularity,
    provenance_id = excluded.provenance_id
WHERE excluded.popularity IS NOT NULL OR (name IS NULL AND excluded.name IS NOT NULL);

DELETE FROM track_artists WHERE track_id IN (
    SELECT nt.track_id FROM new_tracks nt JOIN new_artists na ON na.n = nt.n WHERE nt.title IS NOT NULL);

INSERT OR REPLACE INTO track_artists (track_id, position, artist_id)
SELECT nt.track_id, na.position, a.id FROM new_artists na
CROSS JOIN new_tracks nt ON nt.n = na.n
CROSS JOIN artists a ON a.catalogue = na.catalogue AND a.ref = na.ref
WHERE nt.title IS NOT NULL ORDER BY na.rowid;

INSERT OR IGNORE INTO labels (kind, name)
SELECT kind, name FROM new_labels UNION SELECT 'genre', name FROM new_artist_labels;

INSERT OR REPLACE INTO track_labels (track_id, label_id, provider, weight, provenance_id)
SELECT nt.track_id, l.id, :provider, nl.weight, :provenance FROM new_labels nl
JOIN new_tracks nt ON nt.n = nl.n
JOIN labels l ON l.kind = nl.kind AND l.name = nl.name;

INSERT OR REPLACE INTO artist_labels (artist_id, label_id, provider, provenance_id)
SELECT a.id, l.id, :provider, :provenance FROM new_artist_labels nl
JOIN artists a ON a.catalogue = nl.catalogue AND a.ref = nl.ref
JOIN labels l ON l.kind = 'genre' AND l.name = nl.name;

INSERT OR IGNORE INTO identifiers (track_id, scheme, value, provenance_id)
SELECT nt.track_id, ni.scheme, ni.value, :provenance
FROM new_identifiers ni JOIN new_tracks nt ON nt.n = ni.n;

INSERT OR REPLACE INTO features (track_id, provider, {_FEATURES}, provenance_id)
SELECT track_id, :provider, {_FEATURES}, :provenance FROM new_tracks WHERE has_features;

INSERT INTO previews (track_id, provider, url, state, path, provenance_id)
SELECT track_id, :provider, preview_url, iif(preview_path IS NULL, 'known', 'saved'), preview_path,
    :provenance
FROM new_tracks WHERE preview_url IS NOT NULL OR preview_path IS NOT NULL
ON CONFLICT (track_id, provider) DO UPDATE SET url = excluded.url, state = excluded.state,
    path = excluded.path, attempts = 0, error = NULL, provenance_id = excluded.provenance_id
WHERE excluded.path IS NOT NULL OR (url IS NOT excluded.url AND state <> 'saved');
"""

_SCRIPT = tuple(statement for statement in _PLACE.split(";") if statement.strip())
_N_VALUES = 12 + len(SPOTIFY_FEATURES)
_INSERT_TRACK = f"INSERT INTO new_tracks VALUES ({', '.join('?' * _N_VALUES)}, NULL)"


@dataclass(kw_only=True, slots=True)
class Batch:
    """What is known of some tracks, taken apart into the rows of the staging tables; texts are clean.

    Attributes
    ----------
    tracks : list of tuple
        ``n``, which the other rows refer to, then the columns of ``new_tracks``.
    artists, artist_labels, labels, identifiers : list of tuple
        The columns of the staging tables of these names.
    """

    tracks: list[tuple[Any, ...]] = field(default_factory=list)
    artists: list[tuple[Any, ...]] = field(default_factory=list)
    artist_labels: list[tuple[Any, ...]] = field(default_factory=list)
    labels: list[tuple[Any, ...]] = field(default_factory=list)
    identifiers: list[tuple[Any, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[TrackRow], artists: Iterable[ArtistRow] = ()) -> Batch:
        """Clean tracks and artists without a track and take them apart; a row without a usable ref is left out."""
        batch = cls()
        for row in rows:
            batch._push(row)
        for artist in artists:
            batch._push_artist(artist)
        return batch

    def _push(self, row: TrackRow) -> None:
        ref = clean_text(row.ref)
        if ref is None:
            return
        n = len(self.tracks)
        title = clean_text(row.title)
        values = row.features or (None,) * len(SPOTIFY_FEATURES)
        self.tracks.append((
            n, row.catalogue, ref, title, clean_text(row.album), row.duration_ms, row.popularity,
            row.explicit, row.year, clean_text(row.preview_url), row.preview_path, row.features is not None,
            *values,
        ))  # fmt: skip
        for position, artist in enumerate(row.artists):
            self._push_artist(artist, n, position)
        for given in row.labels:
            if label := clean_text(given.name, 200):
                self.labels.append((n, given.kind, label, given.weight))
        for scheme, value in row.identifiers:
            if cleaned := clean_text(value, 200):
                self.identifiers.append((n, scheme, cleaned))

    def _push_artist(self, artist: ArtistRow, n: int | None = None, position: int | None = None) -> None:
        name = clean_text(artist.name)
        ref = clean_text(artist.ref) or (name_key(name) if name else None)
        if ref is None:
            return
        self.artists.append((n, position, artist.catalogue, ref, name, artist.popularity))
        for genre in artist.genres:
            if label := clean_text(genre, 200):
                self.artist_labels.append((artist.catalogue, ref, label))


def place(db: sqlite3.Connection, batch: Batch, provider: str, provenance_id: int) -> int:
    """Put a batch into the tables, all with one provenance; the caller holds the transaction.

    Parameters
    ----------
    db : sqlite3.Connection
        The data set.
    batch : Batch
    provider : str
        Whose features, labels and previews these are.
    provenance_id : int
        The row of ``provenance`` that all of it refers to.

    Returns
    -------
    int
        How many rows were placed.
    """
    for statement in _STAGE.split(";"):
        db.execute(statement)
    db.executemany(_INSERT_TRACK, batch.tracks)
    db.executemany("INSERT INTO new_artists VALUES (?, ?, ?, ?, ?, ?)", batch.artists)
    db.executemany("INSERT INTO new_artist_labels VALUES (?, ?, ?)", batch.artist_labels)
    db.executemany("INSERT INTO new_labels VALUES (?, ?, ?, ?)", batch.labels)
    db.executemany("INSERT INTO new_identifiers VALUES (?, ?, ?)", batch.identifiers)
    values = {"provider": provider, "provenance": provenance_id}
    for statement in _SCRIPT:
        db.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement})
    placed = int(db.execute("SELECT count(*) FROM new_tracks").fetchone()[0])
    for statement in _CLEAR.split(";"):
        db.execute(statement)
    return placed
