"""Pictures say what the arrays do, under names that are files everywhere."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from reprise.datasets.arrays import ArrayStore, Shard
from reprise.datasets.pictures import picture_name, png, write_pictures
from reprise.errors import DatasetError


@settings(deadline=None)  # the first call loads matplotlib
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_other_programs_read_the_same_grey_levels(grey: np.ndarray):
    image = pytest.importorskip("matplotlib.image")
    read = image.imread(io.BytesIO(png(grey)), format="png")
    np.testing.assert_array_equal(np.rint(255 * read).astype(np.uint8), grey)


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_are_single_files_and_differ_where_ids_do(a: str, b: str):
    assert "/" not in picture_name(a)
    assert (picture_name(a) == picture_name(b)) == (a == b)


def store(folder: Path, dtype: str) -> ArrayStore:
    arrays = ArrayStore(folder, "grey")
    values = np.arange(2 * 4 * 6).reshape(2, 4, 6).astype(dtype)
    arrays.add(Shard(ids=("spotify:a", "b/c.opus"), values=values, durations_s=np.ones(2, np.float32)))
    return arrays


def test_each_clip_is_written_once(tmp_path: Path):
    grey = store(tmp_path / "image", "uint8")
    assert write_pictures(grey, tmp_path / "pictures") == 2
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"spotify%3Aa.png", "b%2Fc.opus.png"}
    assert write_pictures(grey, tmp_path / "pictures") == 0


def test_only_grey_levels_are_pictures(tmp_path: Path):
    with pytest.raises(DatasetError, match="no pictures"):
        write_pictures(store(tmp_path / "mfcc", "float32"), tmp_path / "pictures")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be written"):
        write_pictures(store(tmp_path / "image", "uint8"), tmp_path / "file")
