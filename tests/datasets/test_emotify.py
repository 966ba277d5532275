"""Emotify's labels: what each column becomes, what is refused, and the real table's counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import emotify
from reprise.errors import DatasetError
from reprise.targets import EMOTIONS


def _write(folder: Path, *rows: str, header: str = f"clip,genre,raters,{','.join(EMOTIONS)}") -> Path:
    path = folder / "labels" / "emotify.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_each_column_becomes_what_it_means(tmp_path: Path) -> None:
    _write(tmp_path, "a.opus,rock,20,0,.1,.2,.3,.4,.5,.6,.7,.8", "b.opus,pop,5,1,1,1,1,1,1,1,1,1")
    rated = emotify.load(tmp_path)
    assert rated.clips == ("a.opus", "b.opus")
    assert rated.genres.tolist() == ["rock", "pop"]
    assert rated.raters.tolist() == [20, 5]
    np.testing.assert_allclose(rated.shares, [0.1 * np.arange(9), np.ones(9)])


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels.emotify\.csv cannot be read"):
        emotify.load(tmp_path)


def test_a_missing_emotion_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "a,rock,20" + 8 * ",0", header=f"clip,genre,raters,{','.join(EMOTIONS[:-1])}")
    with pytest.raises(DatasetError, match="lacks the columns sadness") as caught:
        emotify.load(tmp_path)
    assert str(path) in str(caught.value)


def test_an_unknown_genre_is_refused_with_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.opus,polka,20" + 9 * ",0")
    with pytest.raises(DatasetError, match="unknown genres: polka") as caught:
        emotify.load(tmp_path)
    assert str(path) in str(caught.value)


def test_the_real_table_has_its_332_clips(shared_data: Path) -> None:
    rated = emotify.load(shared_data)
    assert len(rated.clips) == len(set(rated.clips)) == 332
    assert rated.shares.shape == (332, 9)
    assert rated.shares.min() >= 0
    assert rated.shares.max() <= 1
    assert rated.raters.min() >= 1
    assert set(rated.genres) == set(emotify.GENRES)
