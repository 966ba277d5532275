"""GTZAN's table: only identified tracks are taken, what is refused, and the real table's counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import gtzan_spotify
from reprise.errors import DatasetError

COLUMNS = gtzan_spotify.DESCRIPTION.columns


def _write(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "tables" / "gtzan_features57.csv"
    path.parent.mkdir()
    lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _row(artist: str, spotify: str) -> dict[str, str]:
    return {
        name: artist if name == "artist" else spotify if name.startswith("spotify_") else str(i)
        for i, name in enumerate(COLUMNS)
    }


def test_only_tracks_with_spotifys_values_are_taken(tmp_path: Path) -> None:
    _write(tmp_path, _row("NaN", "0.5"), _row("Unknown", ""), _row("Null", "0.25"))
    known = gtzan_spotify.load(tmp_path)
    assert known.artists.tolist() == ["NaN", "Null"]
    np.testing.assert_array_equal(known.spotify, [[0.5] * 7, [0.25] * 7])
    np.testing.assert_array_equal(known.statistics, [np.arange(52)] * 2)


def test_unstable_statistics_are_left_out() -> None:
    assert len(gtzan_spotify.COLUMNS) == len(set(gtzan_spotify.COLUMNS)) == 52
    assert not any(name.startswith(("harmony", "perceptr", "tempo")) for name in gtzan_spotify.COLUMNS)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gtzan_features57\.csv cannot be read"):
        gtzan_spotify.load(tmp_path)


def test_a_missing_column_is_named_with_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _row("x", "0.5"), columns=COLUMNS[1:])
    with pytest.raises(DatasetError, match="lacks the columns chroma_stft_mean") as caught:
        gtzan_spotify.load(tmp_path)
    assert str(path) in str(caught.value)


def test_the_real_table_has_330_identified_tracks(shared_data: Path) -> None:
    known = gtzan_spotify.load(shared_data)
    assert known.statistics.shape == (330, 52)
    assert known.spotify.shape == (330, 7)
    assert np.isfinite(known.statistics).all()
    assert known.spotify.min() >= 0
    assert known.spotify.max() <= 1
