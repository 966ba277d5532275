"""Tables in and out: round trips, formulas that must not run, cells that are not what they should be."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.datasets.exchange import (
    export_per_feature,
    export_table,
    import_table,
)
from reprise.datasets.rows import clean_text, clean_texts
from reprise.datasets.store import Store
from reprise.datasets.writing import mask_formula, unmask_formula
from reprise.errors import DatasetError, ParameterError
from reprise.targets import SPOTIFY_FEATURES

HEADER = ["id", "name", "artist", *SPOTIFY_FEATURES, "preview_url"]
VALUES = ["0.5", "0.6", "-1", "-7.5", "1", "0.1", "0.2", "0.3", "0.4", "0.7", "99.5", "4"]


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "songs.sqlite") as store:
        yield store


def write(path: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def load(store: Store, path: Path):
    return import_table(store, path, catalogue="spotify", provider="table", licence="CC0")


ROWS = [
    ["a1", "Song, with \"quotes\"", "One; Two", *VALUES, "https://x/a1"],
    ["a2", "two\nlines", "Ünë", *VALUES[:-1], "", ""],
    ["a3", "", "", *[""] * 12, ""],
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("view", ["tracks_data", "tracks_features"])
def test_a_round_trip_changes_nothing(store: Store, tmp_path: Path, suffix: str, view: str):
    load(store, write(tmp_path / "in.csv", *ROWS))
    first = tmp_path / f"first{suffix}"
    assert export_table(store, view, first) == (3 if view == "tracks_data" else 2)
    with Store(tmp_path / "again.sqlite") as again:
        load(again, first)
        columns = ", ".join(HEADER)
        query = f"SELECT {columns} FROM tracks_features ORDER BY id"
        assert list(again.select(query)) == list(store.select(query))
        assert len(list(store.select(query))) == 2


def test_the_columns_are_those_promised(store: Store, tmp_path: Path):
    load(store, write(tmp_path / "in.csv", *ROWS))
    export_table(store, "tracks_features", tmp_path / "out.csv")
    header, *rows = read(tmp_path / "out.csv")
    assert header == HEADER
    assert rows[0] == [
        "a1", 'Song, with "quotes"', "One; Two", *VALUES, "https://x/a1",
    ]  # fmt: skip
    export_table(store, "tracks_data", tmp_path / "data.parquet")
    table = pq.read_table(tmp_path / "data.parquet")
    assert table.schema.names[: len(HEADER)] == HEADER
    assert table["features_licence"].to_pylist() == ["CC0", "CC0", "CC0"]


def test_one_table_per_feature(store: Store, tmp_path: Path):
    more = ["a0", "Slow", "X", *VALUES[:-2], "60", "", ""]
    load(store, write(tmp_path / "in.csv", *ROWS, more))
    counts = export_per_feature(store, tmp_path / "per")
    assert counts == {name: 2 if name == "time_signature" else 3 for name in SPOTIFY_FEATURES} | {
        "time_signature": 1
    }
    header, *rows = read(tmp_path / "per" / "tempo.csv")
    assert header == HEADER
    assert [(row[0], row[HEADER.index("tempo")]) for row in rows] == [
        ("a0", "60.0"),
        ("a1", "99.5"),
        ("a2", "99.5"),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0", "'=1"])
def test_text_never_becomes_a_formula(store: Store, tmp_path: Path, cell: str):
    load(store, write(tmp_path / "in.csv", ["a1", mask_formula(cell), mask_formula(cell), *VALUES, ""]))
    export_table(store, "tracks_features", tmp_path / "out.csv")
    [_, row] = read(tmp_path / "out.csv")
    assert row[1][0] not in "=+-@\t\r\n"
    assert unmask_formula(row[1]) == cell.strip()  # outer space does not survive the store
    assert float(row[HEADER.index("loudness")]) == -7.5  # numbers stay numbers
    export_table(store, "tracks_features", tmp_path / "raw.csv", raw=True)
    assert read(tmp_path / "raw.csv")[1][1] == cell.strip()


@given(st.text())
def test_masking_is_undone_exactly(text: str):
    masked = mask_formula(text)
    assert unmask_formula(masked) == text
    assert masked[:1] not in tuple("=+-@\t\r\n")


@given(st.lists(st.text() | st.none() | st.integers() | st.just("x" * 3000)))
def test_a_column_of_texts_is_cleaned_as_each_of_them_is(column: list[object]):
    assert clean_texts(column) == [clean_text(value) for value in column]


def test_an_import_that_is_killed_leaves_whole_batches_and_can_be_done_again(tmp_path: Path):
    rows = [[f"a{i}", f"Song {i}", f"One {i % 50}; Two", *VALUES, "https://x"] for i in range(20_000)]
    table = write(tmp_path / "in.csv", *rows)
    script = (
        "import itertools, sys, time, types\n"
        "from reprise.datasets import exchange as e; from reprise.datasets.store import Store\n"
        "e.BATCH_ROWS = 200\n"
        # Slow enough for whoever kills it to see it in the middle, however busy the machine is.
        "slowly = lambda rows, n: time.sleep(0.03) or itertools.islice(rows, n)\n"
        "e.itertools = types.SimpleNamespace(**{**vars(itertools), 'islice': slowly})\n"
        "store = Store(sys.argv[1])\n"
        "e.import_table(store, sys.argv[2], catalogue='spotify', provider='table', licence='CC0')\n"
    )
    path = tmp_path / "killed.sqlite"
    process = subprocess.Popen([sys.executable, "-c", script, str(path), str(table)])
    while not (path.is_file() and placed(path) > 1000):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    with Store(path) as store:
        n = store.count("SELECT count(*) FROM tracks")
        assert 1000 < n < 20_000
        assert n % 200 == 0
        assert store.count("SELECT count(*) FROM track_artists") == 2 * n
        assert load(store, table).placed == 20_000
        assert store.count("SELECT count(*) FROM tracks_features") == 20_000
        assert store.count("SELECT count(*) FROM artists") == 51


def placed(path: Path) -> int:
    try:
        with Store(path) as store:
            return store.count("SELECT count(*) FROM tracks")
    except DatasetError:  # it is just being made
        return 0


def test_odd_rows_are_counted_and_left_out(store: Store, tmp_path: Path):
    bad = ["nan", "1e999", "high", *VALUES[3:]]
    report = load(
        store,
        write(
            tmp_path / "in.csv",
            ["a1", "Fine", "X", *bad, ""],
            ["", "No id", "X", *VALUES, ""],
            ["a2", "one, too", "many", "cells", *VALUES, ""],
            ["a3", "short"],
        ),
    )
    assert (report.rows, report.placed, report.without_id, report.ragged, report.bad_values) == (
        4,
        1,
        1,
        2,
        3,
    )
    [row] = store.select("SELECT danceability, energy, key, loudness, features_known FROM tracks_data")
    assert row == (None, None, None, -7.5, 9)


def test_hostile_files_give_one_line_errors(store: Store, tmp_path: Path):
    def refused(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DatasetError) as caught:
            load(store, tmp_path / name)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "empty" in refused("empty.csv", b"")
    assert "no column of ids" in refused("noid.csv", b"name,artist\nx,y\n")
    assert "cannot be read" in refused("latin.csv", b"id,name\n1,caf\xe9\n")
    assert "cannot be read" in refused("endless.csv", b'id,name\n1,"' + b"x" * 200_000)
    assert "cannot be read" in refused("broken.parquet", b"PAR1 this is not parquet PAR1")
    assert "must end in" in refused("table.xlsx", b"PK")
    with pytest.raises(DatasetError, match="cannot be read"):
        load(store, tmp_path / "missing.csv")
    assert store.count("SELECT count(*) FROM runs WHERE status <> 'stopped'") == 0


def test_exports_are_atomic_and_named_right(store: Store, tmp_path: Path):
    out = tmp_path / "out.csv"
    out.write_text("before")
    with pytest.raises(DatasetError, match="cannot be run"):
        export_table(store, "tracks_data", out, where="nonsense >")
    assert out.read_text() == "before"
    with pytest.raises(ParameterError, match="tracks_data"):
        export_table(store, "track_data", out)
    with pytest.raises(ParameterError, match="must end in"):
        export_table(store, "tracks_data", tmp_path / "out.xlsx")
    with pytest.raises(DatasetError, match="cannot be written"):
        export_table(store, "tracks_data", tmp_path / "nowhere" / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir() if "part" in path.name) == []


def test_odd_parquet_columns_are_understood(store: Store, tmp_path: Path):
    table = pa.table({
        "track_id": pa.array([7, None], pa.int64()),
        "track_name": ["Seven", "x"],
        "artists": [["a", "list"], None],
        "explicit": [True, False],
        "duration_ms": [1e300, 5.0],
        "energy": pa.array([0.5, float("nan")], pa.float32()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "odd.parquet")
    assert load(store, tmp_path / "odd.parquet").without_id == 1
    assert list(store.select("SELECT id, name, artist, explicit, duration_ms, energy FROM tracks_data")) == [
        ("7", "Seven", None, 1, None, 0.5)
    ]


def test_the_shared_table_of_114_genres_arrives_whole(store: Store, shared_data: Path):
    report = load(store, shared_data / "tables" / "spotify_tracks_114_genres.parquet")
    assert (report.rows, report.placed, report.bad_values) == (114_000, 114_000, 0)
    assert store.count("SELECT count(*) FROM tracks") == 89_741
    assert store.count("SELECT count(*) FROM track_labels") == 113_550
    assert store.count("SELECT count(*) FROM labels WHERE kind = 'genre'") == 114
