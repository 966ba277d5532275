"""The Million Song Dataset joined with Last.fm's tags: one genre each, conflicts left out and counted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from reprise.collect.million_song import collect, read_genres, tag_key
from reprise.errors import ConfigError, DatasetError

SONGS = [
    ("TRAAA01", "One Rock Song", "ARX1", "Rockers", "Album", 210.5, 1999),
    ("TRAAA02", "Conflicting", "ARX1", "Rockers", "Album", 210.5, 0),
    ("TRAAA03", "Twice The Same", "ARX2", "Raver", None, None, 2005),
    ("TRAAA04", "Untagged", "ARX2", "Raver", "Album", 100.0, 0),
    ("TRAAA05", "Only A Mood", "ARX2", "Raver", "Album", 100.0, 0),
    ("TRAAA06", "Weak Conflict", "ARX3", "=cmd()", "Album", 100.0, 0),
]
TAGS = {
    "TRAAA01": [("Classic-Rock", 100), ("seen live", 50)],
    "TRAAA02": [("rock", 100), ("jazz", 80)],
    "TRAAA03": [("Drum and Bass", 60), ("dnb", 100)],
    "TRAAA05": [("sad", 100)],
    "TRAAA06": [("Soul", 100), ("pop", 2)],
    "TRXXX99": [("rock", 100)],
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Both SQLite files with the tables of the originals."""
    metadata, tags = tmp_path / "track_metadata.db", tmp_path / "lastfm_tags.db"
    with sqlite3.connect(metadata) as db:
        db.execute("CREATE TABLE songs (track_id text PRIMARY KEY, title text, song_id text, release text,"
                   " artist_id text, artist_mbid text, artist_name text, duration real, artist_familiarity real,"
                   " artist_hotttnesss real, year int)")  # fmt: skip
        db.executemany("INSERT INTO songs (track_id, title, artist_id, artist_name, release, duration, year)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?)", SONGS)  # fmt: skip
    with sqlite3.connect(tags) as db:
        db.executescript("CREATE TABLE tids (tid TEXT); CREATE TABLE tags (tag TEXT);"
                         "CREATE TABLE tid_tag (tid INT, tag INT, val FLOAT);")  # fmt: skip
        names = list(dict.fromkeys(name for given in TAGS.values() for name, _ in given))
        db.executemany("INSERT INTO tids VALUES (?)", [(tid,) for tid in TAGS])
        db.executemany("INSERT INTO tags VALUES (?)", [(name,) for name in names])
        rows = [
            (i + 1, names.index(name) + 1, value) for i, tid in enumerate(TAGS) for name, value in TAGS[tid]
        ]
        db.executemany("INSERT INTO tid_tag VALUES (?, ?, ?)", rows)
    return metadata, tags


def genres(store) -> dict[str, str]:
    return dict(store.select("SELECT id, genre FROM tracks_data WHERE catalogue = 'msd'"))


def test_songs_with_one_genre_are_kept_and_the_rest_counted(store, files):
    report = collect(store, *files)
    assert genres(store) == {"TRAAA01": "Rock", "TRAAA03": "D&B"}
    assert (report.songs, report.tagged, report.conflicting, report.unknown, report.kept) == (6, 5, 2, 1, 2)
    assert report.genres == {"Rock": 1, "D&B": 1}
    assert "2 of 6 songs stored, in 2 genres" in str(report)
    assert list(
        store.select("SELECT name, artist, album, duration_ms, year FROM tracks_data ORDER BY id")
    ) == [
        ("One Rock Song", "Rockers", "Album", 210_500, 1999),
        ("Twice The Same", "Raver", None, None, 2005),
    ]
    [(licence,)] = store.select("SELECT DISTINCT licence FROM provenance")
    assert "research" in licence


def test_weak_tags_can_be_overlooked(store, files):
    report = collect(store, *files, min_weight=10)
    assert genres(store)["TRAAA06"] == "Soul"
    assert report.conflicting == 1


def test_a_mapping_of_ones_own(store, files, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[genres]\n"Moody" = ["sad"]\n"Loud" = ["rock", "classic rock", "jazz"]\n')
    report = collect(store, *files, genres=read_genres(own))
    assert genres(store) == {"TRAAA01": "Loud", "TRAAA02": "Loud", "TRAAA05": "Moody"}
    assert report.conflicting == 0


def test_the_files_are_not_changed(store, files):
    before = [path.read_bytes() for path in files]
    collect(store, *files)
    assert [path.read_bytes() for path in files] == before
    assert sorted(path.name for path in files[0].parent.iterdir() if "msd" in path.name) == []


def test_the_mapping_names_exactly_audiofilers_genres(shared_data):
    import pyarrow.parquet as pq

    table = pq.read_table(shared_data / "tables" / "audiofiler_features69.parquet", columns=["genre"])
    assert set(read_genres().values()) == set(table["genre"].to_pylist())


def test_spellings_of_a_tag_meet():
    assert tag_key("Hip-Hop") == tag_key("hip  hop") == tag_key("HIP_HOP") == tag_key("hip hop!") == "hip hop"
    assert tag_key("R&B") == "r&b"
    assert tag_key("ＲＯＣＫ") == "rock"
    assert read_genres()[tag_key("Drum & Bass")] == "D&B"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "missing"), ("[genres]", "missing"), ("not toml", "not a mapping"), ('[genres]\n"A" = "b"', "list of tags"),
     ('[genres]\n"A" = ["x-y"]\n"B" = ["X Y"]', "stands under"), ('[genres]\n"A" = [1]', "list of tags")],
)  # fmt: skip
def test_mappings_that_are_none(tmp_path, text, reason):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ConfigError, match=reason):
        read_genres(tmp_path / "own.toml")


def test_files_that_are_something_else(store, files, tmp_path):
    metadata, tags = files
    with pytest.raises(DatasetError, match="no such file"):
        collect(store, tmp_path / "nothing.db", tags)
    with pytest.raises(DatasetError, match="no table 'songs'"):
        collect(store, tags, metadata)
    (tmp_path / "junk.db").write_bytes(b"junk" * 1000)
    with pytest.raises(DatasetError, match="not an SQLite file"):
        collect(store, metadata, tmp_path / "junk.db")
    with sqlite3.connect(tmp_path / "trap.db") as db:  # a view that would run for ever
        columns = ", ".join(
            f"x AS {name}"
            for name in ["track_id", "title", "artist_id", "artist_name", "release", "duration", "year"]
        )
        db.execute("CREATE VIEW songs AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
                   f" SELECT {columns} FROM c")  # fmt: skip
    with pytest.raises(DatasetError, match="no table 'songs'"):
        collect(store, tmp_path / "trap.db", tags)
