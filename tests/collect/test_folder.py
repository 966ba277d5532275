"""A folder of audio with a table of labels: paths that stay inside, files that are audio."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.collect.folder import collect
from reprise.errors import DatasetError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "deep").mkdir(parents=True)
    y = 0.2 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    for name in ("a.wav", "deep/b.flac", "=c.wav", "unlisted.wav"):
        soundfile.write(folder / name, y, 16_000)
    (folder / "no.mp3").write_text("not audio")
    soundfile.write(tmp_path / "outside.wav", y, 16_000)
    return folder


def table(path: Path, *rows: dict) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_labels_and_files_come_together(store, folder, tmp_path):
    labels = table(
        folder / "labels.csv",
        {
            "path": "a.wav",
            "title": "A",
            "artist": "X",
            "genre": "soul; funk",
            "tags": "calm",
            "energy": "0.5",
            "year": "1999",
        },
        {"path": "deep/b.flac", "artist": "Y"},
        {"path": "=c.wav"},
    )
    report = collect(store, folder, labels, name="mine", licence="CC BY 4.0")
    assert (report.rows, report.kept, report.unlisted) == (3, 3, 2)
    rows = list(
        store.select("SELECT id, name, artist, genre, energy, year, duration_ms FROM tracks_data ORDER BY id")
    )
    assert rows == [
        ("=c.wav", "=c", None, None, None, None, 1000),
        ("a.wav", "A", "X", "funk; soul", 0.5, 1999, 1000),
        ("deep/b.flac", "b", "Y", None, None, None, 1000),
    ]
    paths = dict(store.select("SELECT t.ref, p.path FROM previews p JOIN tracks t ON t.id = p.track_id"))
    assert paths["deep/b.flac"] == str(folder / "deep" / "b.flac")
    assert set(store.select("SELECT provider, licence FROM provenance")) == {("mine", "CC BY 4.0")}
    again = collect(store, folder, labels, name="mine", licence="CC BY 4.0")
    assert (again.kept, store.count("SELECT count(*) FROM tracks")) == (3, 3)


def test_paths_stay_inside(store, folder, tmp_path):
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    outside = ["../outside.wav", str(tmp_path / "outside.wav"), "link.wav", "deep/../../outside.wav", "", ".", "a\0b",
               "/etc/passwd"]  # fmt: skip
    labels = table(tmp_path / "labels.csv", *({"clip": path} for path in outside), {"clip": "missing.wav"},
                   {"clip": "no.mp3"}, {"clip": "deep"}, {"clip": "deep/../a.wav"}, {"clip": "a.wav"})  # fmt: skip
    report = collect(store, folder, labels, name="mine", licence="?")
    assert (report.outside, report.missing, report.unusable, report.kept) == (len(outside), 2, 1, 1)
    assert (report.rows, report.repeated) == (len(outside) + 5, 1)
    assert [ref for (ref,) in store.select("SELECT ref FROM tracks")] == ["a.wav"]
    assert list(store.select("SELECT ref FROM rejects")) == [("no.mp3",)]


def test_tables_and_folders_that_are_none(store, folder, tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        collect(store, tmp_path / "nowhere", folder / "x.csv", name="m", licence="?")
    with pytest.raises(DatasetError, match="cannot be read"):
        collect(store, folder, tmp_path / "nothing.csv", name="m", licence="?")
    (tmp_path / "bad.csv").write_text("name\nx\n")
    with pytest.raises(DatasetError, match="lacks the columns path"):
        collect(store, folder, tmp_path / "bad.csv", name="m", licence="?")
    (tmp_path / "latin.csv").write_bytes(b"path\ncaf\xe9.wav\n")
    with pytest.raises(DatasetError, match="cannot be read"):
        collect(store, folder, tmp_path / "latin.csv", name="m", licence="?")
