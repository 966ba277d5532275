"""A split or a selection as one table: which songs, in which genres, with what columns."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.export import COLUMNS, export_songs
from reprise.datasets.split import Splitting, split
from reprise.errors import ParameterError, UnknownNameError
from reprise.targets import SPOTIFY_FEATURES


@pytest.fixture
def store(filled, song):
    """Forty songs of twenty artists, half of them also in the genre that is dropped for overlapping; one too short."""
    songs = [
        song(f"s{i}", f"artist {i % 20};=guest", ("rock", "old rock") if i % 2 else ("pop",))
        for i in range(40)
    ]
    store = filled(*songs, song("short", "nobody", ("pop",), duration_ms=1000))
    clean(store, Cleaning(several_genres="rarest", same_title=False), name="chosen")
    split(store, Splitting(all_artists=False, shares=(0.5, 0.25, 0.25)), selection="chosen", name="parts")
    return store


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_songs_with_artist_genres_and_features(store, tmp_path: Path) -> None:
    assert export_songs(store, tmp_path / "all.csv") == 41
    rows = {row["id"]: row for row in _rows(tmp_path / "all.csv")}
    assert tuple(rows["s1"]) == COLUMNS
    assert (rows["s1"]["artist"], rows["s1"]["genre"]) == ("artist 1; =guest", "old rock; rock")
    assert (rows["s1"]["name"], rows["s1"]["tempo"], rows["s1"]["features_licence"]) == (
        "Song s1",
        "120.5",
        "none",
    )


def test_a_selection_gives_its_own_genres(store, tmp_path: Path) -> None:
    assert export_songs(store, tmp_path / "chosen.csv", selection="chosen") == 40
    rows = {row["id"]: row["genre"] for row in _rows(tmp_path / "chosen.csv")}
    assert "short" not in rows
    assert rows["s0"] == "pop"
    assert rows["s1"] in {"rock", "old rock"}


def test_the_parts_are_the_split(store, tmp_path: Path) -> None:
    assert export_songs(store, tmp_path / "split.parquet", split="parts") == 40
    table = pq.read_table(tmp_path / "split.parquet")
    assert table.column_names == [*COLUMNS, "part"]
    assert all(str(table.schema.field(name).type) == "double" for name in SPOTIFY_FEATURES)
    assert set(table["genre"].to_pylist()) <= {"pop", "rock", "old rock"}
    for part in ("train", "validation", "test"):
        n = export_songs(store, tmp_path / "part.csv", split="parts", part=part)
        ids = {row["id"] for row in _rows(tmp_path / "part.csv")}
        expected = {r["id"] for r in table.select(["id", "part"]).to_pylist() if r["part"] == part}
        assert (ids, n) == (expected, len(expected))


def test_a_split_outlives_its_selection(store, tmp_path: Path) -> None:
    with store.transaction():
        store.write("DELETE FROM selections WHERE name = ?", [("chosen",)])
    assert export_songs(store, tmp_path / "split.csv", split="parts") == 40
    assert "old rock; rock" in {row["genre"] for row in _rows(tmp_path / "split.csv")}


def test_one_pass_without_sorting_or_temporary_tables(store, tmp_path: Path, monkeypatch) -> None:
    queries = []
    monkeypatch.setattr(
        "reprise.datasets.export.write_table", lambda _, query, *__: queries.append(query) or 0
    )
    export_songs(store, tmp_path / "x.csv", split="parts", part="train")
    plan = [detail for *_, detail in store.select(f"EXPLAIN QUERY PLAN {queries[0]}")]
    assert plan[0].startswith("SEARCH p USING PRIMARY KEY"), plan
    outer = [step for step in plan if "SCAN t" in step]
    assert not outer, plan


def test_what_is_not_there_is_named(store, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="split"):
        export_songs(store, tmp_path / "x.csv", split="nothing")
    with pytest.raises(UnknownNameError, match="selection"):
        export_songs(store, tmp_path / "x.csv", selection="nothing")
    with pytest.raises(UnknownNameError, match="part"):
        export_songs(store, tmp_path / "x.csv", split="parts", part="half")
    with pytest.raises(ParameterError, match="name the split"):
        export_songs(store, tmp_path / "x.csv", part="train")
    with pytest.raises(ParameterError, match=r"\.csv or \.parquet"):
        export_songs(store, tmp_path / "x.txt")
    assert list(tmp_path.glob("*x*")) == []
