"""FMA's tables with their headers of several lines: what is read, and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import fma
from reprise.errors import DatasetError


def _header(*columns: str) -> list[str]:
    """Write a header of several lines from names that are joined by ``/``."""
    return ["," + ",".join(line) for line in zip(*(name.split("/") for name in columns), strict=True)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tracks and a damaged line, of the first of which the Echo Nest knows something."""
    columns = fma.DESCRIPTION.columns
    cells = {
        "track/title": ("Food", "This World"), "artist/name": ("AWOL", '"Nicky, Cook"'), "artist/id": ("1", "6"),
        "track/license": ("CC BY 4.0", ""), "track/genre_top": ("Hip-Hop", ""),
        "track/genres_all": ('"[21, 10, 77]"', "__import__"),
        "set/split": ("training", "test"), "set/subset": ("small", "full"),
    }  # fmt: skip
    rows = [
        ",".join([str(ref), *(cells.get(name, ("", ""))[i] for name in columns)])
        for i, ref in enumerate((2, 5))
    ]
    tables = {
        "tracks": [*_header(*columns), "track_id" + "," * len(columns), *rows, "7,too,few"],
        "genres": ["genre_id,#tracks,parent,title,top_level", "10,1,0,Pop,10", "21,1,0,Hip-Hop,21"],
        "echonest": [
            *_header(*(f"echonest/audio_features/{name}" for name in fma.ECHONEST), "echonest/metadata/album_date"),
            "track_id" + "," * 9, "2,0.1,0.2,0.3,0.4,0.5,0.6,inf,165.9,2009", "99,1,1,1,1,1,1,1,100,",
        ],
        "features": [*_header("mfcc/mean/01", "mfcc/mean/02"), "track_id,,", "2,7.18,5.23", "5,1,oops"],
    }  # fmt: skip
    for name, lines in tables.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_tracks_with_their_genres_and_features(folder: Path) -> None:
    found = fma.load(folder)
    assert found.track_ids.tolist() == [2, 5]
    assert (found.titles, found.artists) == (("Food", "This World"), ("AWOL", "Nicky, Cook"))
    assert found.artist_ids.tolist() == ["1", "6"]
    assert found.licences == ("CC BY 4.0", "")
    assert found.top_genres.tolist() == ["Hip-Hop", ""]
    assert found.genres == (("Hip-Hop", "Pop"), ())
    assert (found.splits.tolist(), found.subsets.tolist()) == (["training", "test"], ["small", "full"])
    np.testing.assert_array_equal(
        found.echonest, [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, np.nan, 165.9], [np.nan] * 8]
    )


def test_the_echo_nest_may_be_absent(folder: Path) -> None:
    (folder / "echonest.csv").unlink()
    assert np.isnan(fma.load(folder).echonest).all()


def test_librosa_statistics(folder: Path) -> None:
    found = fma.load_features(folder)
    assert found.columns == ("mfcc/mean/01", "mfcc/mean/02")
    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.values, np.array([[7.18, 5.23], [1, np.nan]], np.float32))
    (folder / "features.csv").write_text("\n".join([*_header("mfcc/mean/01"), "track_id,"]))
    with pytest.raises(DatasetError, match="has no rows"):
        fma.load_features(folder)


def test_a_table_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "echonest.csv").write_text((folder / "features.csv").read_text())
    with pytest.raises(DatasetError, match="lacks the columns echonest/audio_features/danceability"):
        fma.load(folder)
    (folder / "tracks.csv").write_text("a,b\nc\n")
    with pytest.raises(DatasetError, match="no table of FMA"):
        fma.load(folder)
