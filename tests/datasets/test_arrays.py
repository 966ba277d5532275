"""Shards are whole or not there, kinds are never mixed, and what is damaged is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets.arrays import ArrayStore, Shard
from reprise.errors import DatasetError


def shard(*ids: str) -> Shard:
    values = np.array([[float(clip[1:])] * 3 for clip in ids], np.float32)
    return Shard(ids=ids, values=values, durations_s=np.full(len(ids), 30, np.float32))


def test_gives_back_what_was_added(tmp_path: Path):
    store = ArrayStore(tmp_path / "x", "three numbers")
    store.add(shard("a0", "a1"))
    store.add(shard("a2"))
    again = ArrayStore(tmp_path / "x")
    assert again.definition == "three numbers"
    assert again.ids() == {"a0", "a1", "a2"}
    assert [found.ids for found in again.shards()] == [("a0", "a1"), ("a2",)]
    np.testing.assert_array_equal(again.load(["a2", "a0", "a2"])[:, 0], [2, 0, 2])


def test_other_definitions_are_refused(tmp_path: Path):
    ArrayStore(tmp_path, "three numbers").add(shard("a0"))
    with pytest.raises(DatasetError, match="holds other arrays"):
        ArrayStore(tmp_path, "four numbers")


def test_a_half_written_shard_is_not_seen(tmp_path: Path):
    store = ArrayStore(tmp_path, "x")
    store.add(shard("a0"))
    (tmp_path / "000001.part").write_bytes(b"PK half")
    assert store.ids() == {"a0"}
    store.add(shard("a1"))
    assert store.ids() == {"a0", "a1"}


def test_what_is_missing_or_damaged_is_said(tmp_path: Path):
    with pytest.raises(DatasetError, match="holds no arrays"):
        ArrayStore(tmp_path / "nothing")
    store = ArrayStore(tmp_path, "x")
    with pytest.raises(DatasetError, match="1 clips are not here"):
        store.load(["a9"])
    store.add(shard("a0"))
    with pytest.raises(DatasetError, match=r"1 clips are not here, the first is \['a9'\]"):
        store.load(["a0", "a9"])
    (tmp_path / "000000.npz").write_bytes(b"damaged")
    with pytest.raises(DatasetError, match="cannot be read"):
        store.ids()
    (tmp_path / "card.json").write_text("[]")
    with pytest.raises(DatasetError, match="cannot be read"):
        ArrayStore(tmp_path, "x")


def test_no_pickle_is_loaded(tmp_path: Path):
    ArrayStore(tmp_path, "x").add(shard("a0"))
    with (tmp_path / "000001.npz").open("wb") as file:
        np.savez(file, ids=np.array([{"a": 1}], object), values=np.zeros(1), durations_s=np.zeros(1))
    with pytest.raises(DatasetError, match="cannot be read"):
        ArrayStore(tmp_path).ids()
