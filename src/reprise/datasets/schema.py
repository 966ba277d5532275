"""The schema of a data set's SQLite file, as numbered migrations.

``PRAGMA user_version`` says how many of `MIGRATIONS` a file has seen. A migration that was released is never
edited: what changes is a new one at the end.
"""

from __future__ import annotations

from reprise.targets import SPOTIFY_FEATURES

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

APPLICATION_ID = 0x52505253
"""``RPRS`` in the file's header, so that another program's SQLite file is not taken for a data set."""

_WHOLE = ("key", "mode", "time_signature")
_FEATURE_COLUMNS = ",\n    ".join(
    f"{name} {'INTEGER' if name in _WHOLE else 'REAL'}" for name in SPOTIFY_FEATURES
)
_KNOWN = " + ".join(f"({name} IS NOT NULL)" for name in SPOTIFY_FEATURES)

_TABLES = f"""
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    arguments TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'finished', 'stopped')),
    message TEXT
);
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'refused', 'failed')),
    http_status INTEGER,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    finished_at TEXT NOT NULL,
    UNIQUE (provider, key)
);
CREATE TABLE provenance (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    licence TEXT NOT NULL,
    retrieved_at TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    request_id INTEGER REFERENCES requests (id)
);
CREATE TABLE artists (
    id INTEGER PRIMARY KEY,
    catalogue TEXT NOT NULL,
    ref TEXT NOT NULL,
    name TEXT,
    popularity INTEGER,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    UNIQUE (catalogue, ref)
);
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY,
    catalogue TEXT NOT NULL,
    ref TEXT NOT NULL,
    title TEXT,
    album TEXT,
    duration_ms INTEGER,
    popularity INTEGER,
    explicit INTEGER,
    year INTEGER,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    UNIQUE (catalogue, ref)
);
CREATE TABLE track_artists (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    artist_id INTEGER NOT NULL REFERENCES artists (id),
    PRIMARY KEY (track_id, position)
) WITHOUT ROWID;
CREATE INDEX track_artists_by_artist ON track_artists (artist_id);
CREATE TABLE identifiers (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (track_id, scheme, value)
) WITHOUT ROWID;
CREATE INDEX identifiers_by_value ON identifiers (scheme, value);
CREATE TABLE features (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    {_FEATURE_COLUMNS},
    known INTEGER GENERATED ALWAYS AS ({_KNOWN}) VIRTUAL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (track_id, provider)
) WITHOUT ROWID;
CREATE TABLE labels (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('genre', 'tag')),
    name TEXT NOT NULL,
    UNIQUE (kind, name)
);
CREATE TABLE track_labels (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels (id),
    provider TEXT NOT NULL,
    weight REAL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (track_id, label_id, provider)
) WITHOUT ROWID;
CREATE INDEX track_labels_by_label ON track_labels (label_id);
CREATE TABLE artist_labels (
    artist_id INTEGER NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels (id),
    provider TEXT NOT NULL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (artist_id, label_id, provider)
) WITHOUT ROWID;
CREATE TABLE previews (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    url TEXT,
    state TEXT NOT NULL DEFAULT 'known'
        CHECK (state IN ('known', 'saved', 'failed', 'dead', 'refused', 'unusable')),
    path TEXT,
    bytes INTEGER,
    sha256 TEXT,
    duration_s REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    checked_at TEXT,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (track_id, provider)
) WITHOUT ROWID;
CREATE TABLE rejects (
    catalogue TEXT NOT NULL,
    ref TEXT NOT NULL,
    provider TEXT NOT NULL,
    reason TEXT NOT NULL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (catalogue, ref, provider)
) WITHOUT ROWID;
CREATE TABLE vector_sets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    columns TEXT NOT NULL
);
CREATE TABLE vectors (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    set_id INTEGER NOT NULL REFERENCES vector_sets (id),
    vector BLOB NOT NULL,
    provenance_id INTEGER NOT NULL REFERENCES provenance (id),
    PRIMARY KEY (track_id, set_id)
);
"""

_SELECTED_FEATURES = ", ".join(f"f.{name}" for name in SPOTIFY_FEATURES)

_VIEWS = f"""
CREATE VIEW tracks_data AS
SELECT t.ref AS id, t.title AS name,
    (SELECT group_concat(name, '; ') FROM (
        SELECT a.name FROM track_artists ta JOIN artists a ON a.id = ta.artist_id
        WHERE ta.track_id = t.id ORDER BY ta.position)) AS artist,
    {_SELECTED_FEATURES},
    (SELECT p.url FROM previews p WHERE p.track_id = t.id AND p.url IS NOT NULL
        ORDER BY p.state = 'saved' DESC, p.state = 'known' DESC, p.provider LIMIT 1) AS preview_url,
    t.catalogue, t.album, t.duration_ms, t.popularity, t.explicit, t.year,
    (SELECT min(i.value) FROM identifiers i WHERE i.track_id = t.id AND i.scheme = 'isrc') AS isrc,
    (SELECT group_concat(name, '; ') FROM (
        SELECT DISTINCT l.name FROM track_labels tl JOIN labels l ON l.id = tl.label_id
        WHERE tl.track_id = t.id AND l.kind = 'genre' ORDER BY l.name)) AS genre,
    f.provider AS features_provider, pr.licence AS features_licence, pr.retrieved_at AS features_retrieved_at,
    f.known AS features_known, t.id AS track_id
FROM tracks t
LEFT JOIN features f ON f.track_id = t.id AND f.provider = (
    SELECT best.provider FROM features best WHERE best.track_id = t.id
    ORDER BY best.known DESC, best.provider = 'spotify' DESC, best.provider LIMIT 1)
LEFT JOIN provenance pr ON pr.id = f.provenance_id;

CREATE VIEW tracks_features AS
SELECT id, name, artist, {", ".join(SPOTIFY_FEATURES)}, preview_url
FROM tracks_data WHERE features_known > 0;
"""

_SELECTIONS = """
CREATE TABLE selections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    report TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs (id)
);
CREATE TABLE selected (
    selection_id INTEGER NOT NULL REFERENCES selections (id) ON DELETE CASCADE,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    genres TEXT NOT NULL,
    PRIMARY KEY (selection_id, track_id)
) WITHOUT ROWID;
CREATE INDEX selected_by_track ON selected (track_id);
CREATE TABLE splits (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs (id)
);
CREATE TABLE split_tracks (
    split_id INTEGER NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'test')),
    PRIMARY KEY (split_id, track_id)
) WITHOUT ROWID;
CREATE INDEX split_tracks_by_track ON split_tracks (track_id);
"""

_SAME_AUDIO = """
CREATE TABLE same_audio (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    offset_s REAL NOT NULL,
    overlap_s REAL NOT NULL,
    bit_error_rate REAL NOT NULL,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    PRIMARY KEY (track_id, other_id)
) WITHOUT ROWID;
CREATE INDEX same_audio_by_other ON same_audio (other_id);
"""

MIGRATIONS: tuple[str, ...] = (_TABLES, _VIEWS, _SELECTIONS, _SAME_AUDIO)
"""Scripts in order; the file's ``user_version`` counts those that ran."""
