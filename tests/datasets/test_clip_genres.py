"""The genres of clips: from tables, from stores, by the ends of their paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprise.datasets.clip_genres import genres_of, read_clip_genres
from reprise.errors import DatasetError


def test_tables_of_both_spellings_are_read(tmp_path: Path):
    path = tmp_path / "labels.csv"
    path.write_text(
        "\ufeffclip,genres\na.wav,Rock; pop;rock\nb.wav,\nc.wav, Jazz \n,lost\n", encoding="utf-8"
    )
    assert read_clip_genres(path) == {"a.wav": ("rock", "pop"), "b.wav": (), "c.wav": ("jazz",)}
    path.write_text("genre,clip\nDub,d.wav\n", encoding="utf-8")
    assert read_clip_genres(path) == {"d.wav": ("dub",)}


def test_only_one_genre_is_a_genre_and_paths_meet_by_their_ends():
    known = {"b/c.wav": ("rock",), "two.wav": ("rock", "pop"), "spotify:1": ("jazz",)}
    found = genres_of(["/a/b/c.wav", "b/c.wav", "c.wav", "x/two.wav", "spotify:1"], known)
    assert found == ("rock", "rock", None, None, "jazz")


@pytest.mark.parametrize(
    "content", [b"", b"song,genre\na,b\n", b"clip,style\na,b\n", b"clip,genre\n\xff,x\n"]
)
def test_tables_that_are_none_are_named(tmp_path: Path, content: bytes):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"labels\.csv"):
        read_clip_genres(path)
    with pytest.raises(DatasetError, match="cannot be read"):
        read_clip_genres(tmp_path / "absent.csv")
