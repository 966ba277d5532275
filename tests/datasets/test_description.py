"""Tables of labels: text stays text, and whatever is wrong is said with the file's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets.description import Description, read_labels
from reprise.errors import DatasetError

DESCRIPTION = Description(
    name="a set", citation="Somebody (2024).", licence="CC0", columns=("artist", "value", "other")
)


def _write(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "artist", ["NaN", "Null", "None", "1975", "true", "2024-01-01", "", "Æther, the", "N/A"]
)
def test_an_artist_of_any_name_stays_text(tmp_path: Path, artist: str) -> None:
    labels = read_labels(_write(tmp_path, f'artist,value,other\n"{artist}",1,2\n'), DESCRIPTION)
    assert labels.texts("artist") == (artist,)


def test_an_empty_cell_is_no_number_and_columns_keep_their_order(tmp_path: Path) -> None:
    labels = read_labels(_write(tmp_path, "other,artist,value\n0.5,x,\n-1e3,y,7\n"), DESCRIPTION)
    np.testing.assert_array_equal(labels.numbers("value", "other"), [[np.nan, 0.5], [7, -1000]])


def test_text_for_a_number_is_refused_with_file_column_and_cell(tmp_path: Path) -> None:
    path = _write(tmp_path, "artist,value,other\nx,high,\ny,2,3\n")
    with pytest.raises(DatasetError) as caught:
        read_labels(path, DESCRIPTION).numbers("value")
    for part in ("a set", str(path), "'high'", "value"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("artist,other\nx,1\n", "lacks the columns value"),
        ("artist\nx\n", "lacks the columns value, other"),
        ("artist,value,other\n", "has no rows"),
        ("artist,value,other\nx,1\n", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_table_that_is_not_what_its_description_says_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(DatasetError, match=reason) as caught:
        read_labels(path, DESCRIPTION)
    assert str(path) in str(caught.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a set: .*absent\.csv cannot be read"):
        read_labels(tmp_path / "absent.csv", DESCRIPTION)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"artist,value,other\n\xff\xfe\x00,1,2\n")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_labels(path, DESCRIPTION)
