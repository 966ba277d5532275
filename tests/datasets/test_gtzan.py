"""GTZAN: copies are dropped, what is refused, the real table's counts, and clips known by their names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import gtzan
from reprise.errors import DatasetError

COLUMNS = gtzan.DESCRIPTION.columns


def _write(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "tables" / "gtzan_features57.csv"
    path.parent.mkdir()
    lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _row(artist: str, spotify: str, offset: int = 0, label: str = "rock") -> dict[str, str]:
    row = {name: str(i + offset) for i, name in enumerate(gtzan.COLUMNS)}
    row |= {"filename": f"{label}.00001.wav", "label": label, "artist": artist, "title": "T"}
    return row | {name: spotify for name in COLUMNS if name.startswith("spotify_")}


def test_unidentified_tracks_have_no_values(tmp_path: Path) -> None:
    _write(tmp_path, _row("NaN", "0.5"), _row("", "", 1), _row("Null", "0.25", 2))
    table = gtzan.load(tmp_path)
    assert table.identified.tolist() == [True, False, True]
    assert table.artists.tolist() == ["NaN", "", "Null"]
    np.testing.assert_array_equal(table.spotify[table.identified], [[0.5] * 12, [0.25] * 12])
    np.testing.assert_array_equal(table.statistics[0], np.arange(52))
    assert table.genres.tolist() == ["rock"] * 3


def test_of_copies_the_identified_one_stays(tmp_path: Path) -> None:
    _write(tmp_path, _row("", "", 1), _row("Other", "0.1", 2), _row("Known", "0.5", 1), _row("", "", 1))
    table = gtzan.load(tmp_path)
    assert (table.artists.tolist(), table.n_copies) == (["Other", "Known"], 2)
    everything = gtzan.load(tmp_path, copies=True)
    assert (everything.artists.tolist(), everything.n_copies) == (["", "Other", "Known", ""], 2)


def test_unstable_statistics_are_left_out() -> None:
    assert len(gtzan.COLUMNS) == len(set(gtzan.COLUMNS)) == 52
    assert not any(name.startswith(("harmony", "perceptr", "tempo")) for name in gtzan.COLUMNS)


def test_a_genre_of_another_set_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, _row("x", "0.5", label="polka"))
    with pytest.raises(DatasetError, match="unknown genres: polka"):
        gtzan.load(tmp_path)


def test_a_missing_column_is_named_with_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _row("x", "0.5"), columns=COLUMNS[1:])
    with pytest.raises(DatasetError, match="lacks the columns chroma_stft_mean") as caught:
        gtzan.load(tmp_path)
    assert str(path) in str(caught.value)


def test_the_real_table(shared_data: Path) -> None:
    table, everything = gtzan.load(shared_data), gtzan.load(shared_data, copies=True)
    assert (len(everything.genres), everything.identified.sum()) == (842, 330)
    assert (len(table.genres), table.n_copies) == (829, 13)
    assert set(table.genres) == set(gtzan.GENRES)
    assert np.isfinite(table.statistics).all()
    assert not np.isnan(everything.spotify[everything.identified][:, :10]).any()


def test_clips_are_known_by_their_names(tmp_path: Path) -> None:
    for name in ("genres/rock/rock.00001.wav", "genres/rock/._rock.00001.wav", "genres/blues/blues.00000.au",
                 "genres/bextract_single.mf", "genres/rock/notes.txt"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [(clip.path.name, clip.genre) for clip in gtzan.clips(tmp_path)] == [
        ("blues.00000.au", "blues"), ("rock.00001.wav", "rock"),
    ]  # fmt: skip
    (tmp_path / "genres/rock/jazz.00001.wav").touch()
    with pytest.raises(DatasetError, match="folder of another genre"):
        gtzan.clips(tmp_path)


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no clips"):
        gtzan.clips(tmp_path)


def test_the_shared_clips_are_classical(shared_data: Path) -> None:
    found = gtzan.clips(shared_data)
    assert len(found) >= 80
    assert {clip.genre for clip in found} == {"classical"}
