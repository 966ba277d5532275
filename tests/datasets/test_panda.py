"""Panda's labels: what each column becomes, what is refused, and the real table's counts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import panda
from reprise.errors import DatasetError
from reprise.targets import HEADS

ROW = {
    **dict.fromkeys(panda.DESCRIPTION.columns, ""),
    "clip": "clips/panda/a.opus", "artist_key": "nan", "quadrant": "Q3", "genres": "Pop/Rock; Folk ;",
    "tag_valence_1_9": "5", "tag_arousal_1_9": "9",
}  # fmt: skip
SONG = {
    **ROW,
    "clip": "clips/panda/b.opus", "artist_key": "Null", "quadrant": "Q1", "genres": "",
    **{f"spotify_{name}": str(0.1 * i) for i, name in enumerate(HEADS)},
    "spotify_tempo": "120.5", "spotify_key": "11", "spotify_mode": "0", "spotify_loudness": "-7.5",
    "artist_mean_n": "12", "artist_mean_energy": "0.75",
}  # fmt: skip


def _write(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "labels" / "panda.csv"
    path.parent.mkdir()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_each_column_becomes_what_it_means(tmp_path: Path) -> None:
    _write(tmp_path, ROW, SONG)
    songs = panda.load(tmp_path)
    assert songs.clips == ("clips/panda/a.opus", "clips/panda/b.opus")
    assert songs.artists.tolist() == ["nan", "Null"]
    assert songs.genres == (frozenset({"Pop/Rock", "Folk"}), frozenset())
    assert songs.quadrants.tolist() == [2, 0]
    assert songs.valence.tolist() == [0.5, 0.5]
    assert songs.arousal.tolist() == [1.0, 1.0]
    assert np.isnan(songs.spotify[0]).all()
    np.testing.assert_allclose(songs.spotify[1], 0.1 * np.arange(7))
    assert songs.artist_mean_n.tolist() == [0, 12]
    assert songs.artist_mean[1, HEADS.index("energy")] == 0.75
    assert (songs.tempo_bpm[1], songs.key[1], songs.mode[1], songs.loudness_db[1]) == (120.5, 11, 0, -7.5)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels.panda\.csv cannot be read"):
        panda.load(tmp_path)


@pytest.mark.parametrize("column", panda.DESCRIPTION.columns)
def test_every_column_that_is_read_is_asked_for(tmp_path: Path, column: str) -> None:
    path = _write(tmp_path, {name: cell for name, cell in SONG.items() if name != column})
    with pytest.raises(DatasetError, match=f"lacks the columns {column}$") as caught:
        panda.load(tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("quadrant", ["Q5", "q1", "", "1"])
def test_an_unknown_quadrant_is_refused_with_the_file(tmp_path: Path, quadrant: str) -> None:
    path = _write(tmp_path, ROW, {**SONG, "quadrant": quadrant})
    with pytest.raises(DatasetError, match="unknown quadrants") as caught:
        panda.load(tmp_path)
    assert str(path) in str(caught.value)


def test_the_real_table_has_its_804_clips_and_69_songs_of_spotify(shared_data: Path) -> None:
    songs = panda.load(shared_data)
    assert len(songs.clips) == len(set(songs.clips)) == 804
    assert int((~np.isnan(songs.spotify)).all(axis=1).sum()) == 69
    assert "nan" in songs.artists  # an artist, not a missing value
    assert not (songs.artists == "").any()
    assert all((shared_data / clip).is_file() for clip in songs.clips)
    for values in (songs.valence, songs.arousal, songs.spotify, songs.artist_mean):
        known = values[~np.isnan(values)]
        assert known.min() >= 0
        assert known.max() <= 1
    assert np.bincount(songs.quadrants, minlength=4).min() > 100
