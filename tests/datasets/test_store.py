"""The store: schema and migrations, provenance of every value, nothing half-written, hostile text."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from reprise.datasets import schema
from reprise.datasets.rows import (
    ArtistRow,
    LabelRow,
    Reject,
    TrackRow,
    clean_text,
    features_of,
    number,
    whole,
)
from reprise.datasets.store import Outcome, Request, Source, Store
from reprise.errors import DatasetError
from reprise.targets import SPOTIFY_FEATURES

FEATURES = (0.1, 0.2, 3, -5.5, 1, 0.3, 0.4, 0.5, 0.6, 0.7, 120.5, 4)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "songs.sqlite") as store:
        yield store


def add(store: Store, *rows: TrackRow, provider: str = "table") -> int:
    with store.transaction():
        return store.add(rows, source_in(store, provider))


def source_in(store: Store, provider: str) -> Source:
    run = store.count("SELECT max(id) FROM runs")
    return Source(provider=provider, licence=f"licence of {provider}", run_id=run)


def track(ref: str = "t1", **more: object) -> TrackRow:
    given = {"catalogue": "spotify", "ref": ref, "title": "Song", "artists": (ArtistRow(name="Somebody"),)}
    return TrackRow(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def run(store: Store) -> int:
    return store.begin_run("table", {"from": "test"})


def test_is_in_write_ahead_mode_with_every_table(store: Store):
    assert next(store.select("PRAGMA journal_mode"))[0] == "wal"
    tables = {name for (name,) in store.select("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"tracks", "artists", "features", "labels", "previews", "provenance", "runs", "requests"} <= tables
    assert store.schema_version == len(schema.MIGRATIONS)


def test_upgrades_an_older_file_and_keeps_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "old.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr("reprise.datasets.store.MIGRATIONS", schema.MIGRATIONS[:1])
        with Store(path) as old:
            assert old.schema_version == 1
            assert old.columns("tracks_data") == ()
            old.begin_run("table", {})
            add(old, track(features=FEATURES))
    with Store(path) as new:
        assert new.schema_version == len(schema.MIGRATIONS)
        assert [row[:3] for row in new.select("SELECT * FROM tracks_features")] == [
            ("t1", "Song", "Somebody")
        ]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "old.sqlite"
    Store(path).close()
    broken = (*schema.MIGRATIONS, "CREATE TABLE extra (a);\nCREATE TABLE tracks (oops);\n")
    monkeypatch.setattr("reprise.datasets.store.MIGRATIONS", broken)
    with pytest.raises(DatasetError):
        Store(path)
    monkeypatch.undo()
    with Store(path) as store:
        assert store.schema_version == len(schema.MIGRATIONS)
        assert store.columns("extra") == ()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough " * 50])
def test_only_data_sets_are_opened(tmp_path: Path, content: bytes):
    path = tmp_path / "some.file"
    path.write_bytes(content)
    if content:
        with pytest.raises(DatasetError, match="not a data set"):
            Store(path)
    else:
        Store(path).close()  # an empty file is an empty database to SQLite


def test_another_programs_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    with pytest.raises(DatasetError, match="not a data set of Reprise"):
        Store(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path):
    path = tmp_path / "new.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(DatasetError, match="newer"):
        Store(path)


def test_every_value_says_where_it_came_from(store: Store):
    add(store, track(features=FEATURES, labels=(LabelRow(name="soul"),), preview_url="https://x/1",
                     identifiers=(("isrc", "GB1"),)), provider="spotify")  # fmt: skip
    jazz = (LabelRow(name="jazz", weight=3.0),)
    add(store, track(title=None, artists=(), features=(0.9,) * 12, labels=jazz), provider="reccobeats")
    for table in ("tracks", "artists", "features", "track_labels", "previews", "identifiers"):
        unknown = f"SELECT count(*) FROM {table} WHERE provenance_id NOT IN (SELECT id FROM provenance)"
        assert store.count(unknown) == 0
        assert store.count(f"SELECT count(*) FROM {table}") > 0
    rows = store.select(
        "SELECT f.provider, p.licence, f.energy, length(p.retrieved_at) FROM features f"
        " JOIN provenance p ON p.id = f.provenance_id ORDER BY f.provider"
    )
    assert list(rows) == [
        ("reccobeats", "licence of reccobeats", 0.9, 20),
        ("spotify", "licence of spotify", 0.2, 20),
    ]
    # The account of the track itself stays that of the provider who gave it.
    [(title, provider)] = store.select(
        "SELECT title, p.provider FROM tracks t JOIN provenance p ON p.id = t.provenance_id"
    )
    assert (title, provider) == ("Song", "spotify")


def test_the_newest_account_takes_the_place_of_the_one_before(store: Store):
    add(store, track(popularity=10, artists=(ArtistRow(name="A"), ArtistRow(name="B"))))
    add(store, track(title="Song (Remaster)", artists=(ArtistRow(name="A"),)))
    assert list(store.select("SELECT name, artist, popularity FROM tracks_data")) == [
        ("Song (Remaster)", "A", None)
    ]
    assert store.count("SELECT count(*) FROM tracks") == 1


def test_the_view_prefers_complete_features(store: Store):
    add(store, track(features=(0.5, *(None,) * 11)), provider="spotify")
    add(store, track(title=None, features=FEATURES), provider="reccobeats")
    [(provider, known, key)] = store.select("SELECT features_provider, features_known, key FROM tracks_data")
    assert (provider, known, key) == ("reccobeats", 12, 3)
    assert store.columns("tracks_features") == ("id", "name", "artist", *SPOTIFY_FEATURES, "preview_url")


def test_a_batch_is_written_whole_or_not_at_all(store: Store, run: int):
    with pytest.raises(KeyboardInterrupt), store.transaction():
        request = store.finish_request("table", run, Request(key="page 1", state="done", attempts=1))
        store.add([track()], Source(provider="table", licence="?", run_id=run, request_id=request))
        raise KeyboardInterrupt
    assert store.outcome("table", "page 1") is None
    assert store.count("SELECT count(*) FROM tracks") == 0
    assert add(store, track()) == 1  # the staging tables were rolled back with the rest


def test_a_store_that_is_in_use_or_cannot_be_written_says_so(store: Store):
    other = sqlite3.connect(store.path, isolation_level=None)
    store._db.execute("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatasetError, match="cannot be written: database is locked"):
        add(store, track())
    other.execute("ROLLBACK")
    other.close()
    store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(DatasetError, match="cannot be written"):
        add(store, track())
    store._db.execute("PRAGMA query_only = OFF")
    assert add(store, track()) == 1


def test_finished_requests_are_remembered_and_failed_ones_asked_again(store: Store, run: int):
    store.finish_request("a", run, Request(key="k", state="failed", attempts=5, error="timeout"))
    assert store.outcome("a", "k") is None
    found = Outcome(follow=("x", "y"), more=True)
    store.finish_request("a", run, Request(key="k", state="done", attempts=1, http_status=200), found)
    assert store.outcome("a", "k") == found
    assert store.outcome("b", "k") is None
    assert store.count("SELECT attempts FROM requests") == 6


def test_rejected_tracks_stay_out(store: Store, run: int):
    add(store, track("keep"), track("drop"))
    with store.transaction():
        store.reject([Reject(catalogue="spotify", ref="drop", reason="no tempo")], source_in(store, "table"))
        assert store.remove("spotify", ["drop"]) == 1
    assert add(store, track("drop"), track("keep")) == 1
    assert [ref for (ref,) in store.select("SELECT ref FROM tracks")] == ["keep"]


def test_a_known_preview_is_not_forgotten_but_a_new_url_counts(store: Store):
    add(store, track(preview_url="https://x/old"))
    with store.transaction():
        store._db.execute("UPDATE previews SET state = 'dead', attempts = 3")
    add(store, track(preview_url="https://x/old"))
    assert list(store.select("SELECT state, attempts FROM previews")) == [("dead", 3)]
    add(store, track(preview_url="https://x/new"))
    assert list(store.select("SELECT url, state, attempts FROM previews")) == [("https://x/new", "known", 0)]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\x00b\x1b[31mc", "a b [31mc"), ("\ud800 lone", "lone"), ("  \t ", None), (7, None),
     ("é\u2028x", "é x"), ("x" * 5000, "x" * 2000), ("'; DROP TABLE tracks; --", "'; DROP TABLE tracks; --")],
)  # fmt: skip
def test_hostile_text_is_cleaned(store: Store, text: object, cleaned: str | None):
    assert clean_text(text) == cleaned
    add(
        store,
        track(title=text, album=text, artists=(ArtistRow(name=text),), labels=(LabelRow(name=str(text)),)),
    )  # type: ignore[arg-type]
    assert [title for (title,) in store.select("SELECT title FROM tracks")] == [cleaned]


def test_only_finite_numbers_pass():
    assert [number(v) for v in (1, 0.5, "2.5", " 3 ")] == [1.0, 0.5, 2.5, 3.0]
    hostile = (None, True, "nan", float("nan"), float("inf"), "1e999", 10**400, "", [], {}, "0x10")
    assert [number(v) for v in hostile] == [None] * len(hostile)
    assert [whole(v, 0, 100) for v in (0, 100, 101, -1, "50", 2**70, "x")] == [
        0,
        100,
        None,
        None,
        50,
        None,
        None,
    ]
    assert features_of({"energy": 0.5, "tempo": "nan"}) == tuple(
        0.5 if name == "energy" else None for name in SPOTIFY_FEATURES
    )


def test_queries_stream_and_cannot_write(store: Store):
    add(store, *(track(f"t{i}") for i in range(3000)))
    rows = store.select("SELECT ref FROM tracks ORDER BY id")
    first = next(rows)
    add(store, track("later"))  # while it is being read
    assert (first, sum(1 for _ in rows)) == (("t0",), 2999)
    with pytest.raises(DatasetError, match="cannot be run"):
        list(store.select("DELETE FROM tracks"))
    with pytest.raises(DatasetError, match="cannot be run"):
        list(store.select("SELECT nonsense"))


def test_vectors_keep_their_columns(store: Store):
    add(store, track("v"))
    with store.transaction():
        rows = [("spotify", "v", b"\0" * 8), ("spotify", "unknown", b"")]
        assert store.add_vectors("pair", ["a", "b"], rows, source_in(store, "table")) == 1
    with pytest.raises(DatasetError, match="other columns"), store.transaction():
        store.add_vectors("pair", ["a", "c"], [], source_in(store, "table"))


def test_a_killed_run_is_told_from_a_finished_one(store: Store):
    store.begin_run("deezer", {"query": "x"})
    finished = store.begin_run("deezer", {"query": "x"})
    store.end_run(finished, "finished", "3 tracks")
    assert [status for (status,) in store.select("SELECT status FROM runs WHERE provider = 'deezer'")] == [
        "stopped",
        "finished",
    ]
