"""A labelled folder: what its rows give, and which of them are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets.folder import load
from reprise.errors import DatasetError
from reprise.targets import SPOTIFY_FEATURES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.wav", "deep/b.flac", "extra.wav", "../outside.wav"):
        (folder / name).touch()
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    return folder


def test_labels_come_with_their_files(folder: Path) -> None:
    (folder / "labels.csv").write_text(
        "clip,artist,title,genre,energy,tempo,danceability\n"
        "a.wav,NaN,1975,soul; funk,0.5,120,much\n"
        "deep/b.flac,,,,1.5,20,0.25\n",
        encoding="utf-8-sig",
    )
    found = load(folder)
    assert found.paths == ((folder / "a.wav").resolve(), (folder / "deep" / "b.flac").resolve())
    assert (found.artists, found.titles) == (("NaN", ""), ("1975", ""))
    assert found.genres == (frozenset({"soul", "funk"}), frozenset())
    by_name = dict(zip(SPOTIFY_FEATURES, found.features.T, strict=True))
    np.testing.assert_array_equal(by_name["energy"], [0.5, np.nan])
    np.testing.assert_array_equal(by_name["tempo"], [120, np.nan])
    np.testing.assert_array_equal(by_name["danceability"], [np.nan, 0.25])
    assert np.isnan(by_name["valence"]).all()
    assert (found.out_of_range, found.unlisted) == (2, 2)


def test_faulty_rows_are_counted_and_left_out(folder: Path, tmp_path: Path) -> None:
    outside = [
        "../outside.wav",
        str(tmp_path / "outside.wav"),
        "link.wav",
        "deep/../../outside.wav",
        '""',
        ".",
    ]
    rows = [*outside, "none.wav", "deep", "a.wav", "deep/../a.wav"]
    (tmp_path / "elsewhere.csv").write_text("\n".join(["path", *rows]))
    found = load(folder, tmp_path / "elsewhere.csv")
    assert [path.name for path in found.paths] == ["a.wav"]
    assert (found.outside, found.missing, found.repeated) == (len(outside), 2, 1)
    assert found.features.shape == (1, 12)


def test_a_table_that_names_nothing_there_is_refused(folder: Path) -> None:
    (folder / "labels.csv").write_text("path\nnone.wav\n")
    with pytest.raises(DatasetError, match="none of the 1 rows"):
        load(folder)
