"""AudioFiler's table: what is refused, what cleaning drops and counts, and that no copy crosses a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.datasets.audiofiler import DESCRIPTION, GENRES, AudioFiler, clean, load, split
from reprise.errors import DatasetError
from reprise.features.short_term import FEATURE_NAMES


def _songs(n: int, seed: int = 0) -> AudioFiler:
    rng = np.random.default_rng(seed)
    return AudioFiler(
        features=rng.lognormal(size=(n, 69)).astype(np.float32), genres=rng.integers(0, len(GENRES), n)
    )


def _table(n: int = 3) -> pa.Table:
    songs = _songs(n)
    columns = {name: songs.features[:, k].astype(np.float64) for k, name in enumerate(FEATURE_NAMES)}
    return pa.table({**columns, "genre": [GENRES[i] for i in songs.genres]})


def _write(table: pa.Table, folder: Path) -> Path:
    path = folder / "table.parquet"
    pq.write_table(table, path)
    return path


def test_a_table_is_loaded_in_its_order(tmp_path: Path) -> None:
    songs = load(_write(_table(), tmp_path))
    np.testing.assert_array_equal(songs.features, _songs(3).features)
    np.testing.assert_array_equal(songs.genres, _songs(3).genres)


def test_what_is_not_the_table_is_refused(tmp_path: Path) -> None:
    table = _table()
    bpm = table.column_names.index("bpm")
    broken = {
        "lacks the columns bpm": table.drop_columns(["bpm"]),
        "no rows": table.slice(0, 0),
        "unknown genres: Polka": table.set_column(69, "genre", pa.array(["Polka", "Rock", "Rock"])),
        "not finite": table.set_column(bpm, "bpm", pa.array([1.0, np.nan, 2.0])),
        "missing": table.set_column(bpm, "bpm", pa.array([1.0, None, 2.0])),
        "not a number": table.set_column(bpm, "bpm", pa.array(["fast", "slow", "slow"])),
    }
    for message, wrong in broken.items():
        with pytest.raises(DatasetError, match=message):
            load(_write(wrong, tmp_path))
    with pytest.raises(DatasetError, match="cannot be read"):
        load(tmp_path / "absent.parquet")


def test_copies_and_contradictions_are_dropped_and_counted() -> None:
    songs = _songs(40)
    genres = songs.genres.copy()
    genres[0], genres[1] = 3, 4
    order = np.array([*range(40), 0, 0, 1, 7])
    table = AudioFiler(features=songs.features[order], genres=np.append(genres, [3, 3, 5, genres[7]]))
    cleaned = clean(table)
    # Song 0 stays once of three, song 7 once of two; song 1 goes, for it is under two genres.
    assert cleaned.copies_dropped == 3
    assert cleaned.conflicting_dropped == 2
    np.testing.assert_array_equal(cleaned.features, np.delete(songs.features, 1, axis=0))
    np.testing.assert_array_equal(cleaned.genres, np.delete(genres, 1))


def test_near_copies_share_a_group_and_strangers_do_not() -> None:
    songs = _songs(60)
    near = songs.features[5] * np.float32(1.001)
    table = AudioFiler(
        features=np.vstack([songs.features, near]), genres=np.append(songs.genres, songs.genres[5])
    )
    groups = clean(table).groups
    assert groups[5] == groups[60]
    assert np.unique(groups).size == 60


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(1, 120))
def test_near_copies_are_those_that_all_pairs_show(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    songs = _songs(n, seed)
    # Chains of copies, from far below the threshold to far above it.
    steps = np.exp(rng.uniform(0, 0.5, (n, 1)) * rng.standard_normal((n, 69)))
    features = np.vstack([songs.features, songs.features * steps]).astype(np.float32)
    groups = clean(AudioFiler(features=features, genres=np.zeros(len(features), np.int64))).groups
    x = np.log(features[:, :-1].astype(np.float64))
    x = np.clip((x - np.median(x, axis=0)) / x.std(axis=0), -6, 6)
    near = np.linalg.norm(x[:, np.newaxis] - x, axis=2) < 2.0
    linked = near
    for _ in range(8):
        linked = linked.astype(float) @ linked > 0
    np.testing.assert_array_equal(groups[:, np.newaxis] == groups, linked)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_a_split_shares_out_everything_and_no_group_twice(seed: int) -> None:
    songs = _songs(600, seed=3)
    near = songs.features[:80] * np.float32(1.0005)
    table = clean(
        AudioFiler(
            features=np.vstack([songs.features, near]), genres=np.append(songs.genres, songs.genres[:80])
        )
    )
    parts = split(table, seed=seed)
    together = np.concatenate([parts.train, parts.validation, parts.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(len(table.genres)))
    sides = [set(table.groups[rows]) for rows in (parts.train, parts.validation, parts.test)]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    again = split(table, seed=seed)
    np.testing.assert_array_equal(parts.test, again.test)


def test_the_real_table_is_as_described(shared_data: Path) -> None:
    table = load(shared_data / "tables" / "audiofiler_features69.parquet")
    assert table.features.shape == (54_240, 69)
    assert set(table.genres) == set(range(len(GENRES)))
    unique = len(np.unique(table.features, axis=0))
    assert 3_000 < 54_240 - unique < 4_000
    assert "nknown" in DESCRIPTION.licence
