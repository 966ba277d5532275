"""Which files a run is about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reprise.cli.files import find_files


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.mp3", "a.WAV", "c/d.flac", "c/.e.ogg", ".f/g.ogg", "h.txt", "c/e/i.m4a"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(tree: Path, *paths: Path, skip: tuple[Path, ...] = ()) -> list[str]:
    found = find_files(map(str, paths or (tree,)), skip=map(str, skip))
    return [os.path.relpath(path, tree) for path in found.files]


def test_a_folder_is_searched_to_its_bottom_and_sorted(tree: Path) -> None:
    assert names(tree) == ["a.WAV", "b.mp3", "c/d.flac", "c/e/i.m4a"]


def test_a_named_file_may_have_any_name_or_none(tree: Path) -> None:
    assert names(tree, tree / "h.txt", tree / "c" / ".e.ogg", tree / "missing") == [
        "h.txt",
        "c/.e.ogg",
        "missing",
    ]


def test_each_file_stands_there_once(tree: Path) -> None:
    (tree / "z.mp3").symlink_to("b.mp3")
    assert names(tree, tree / "b.mp3", tree, tree / "c", tree / "c" / ".." / "b.mp3") == [
        "b.mp3", "a.WAV", "c/d.flac", "c/e/i.m4a",
    ]  # fmt: skip


def test_loops_of_links_and_dead_links_end(tree: Path) -> None:
    (tree / "c" / "loop").symlink_to("..")
    (tree / "c" / "self.mp3").symlink_to("self.mp3")
    (tree / "dead.mp3").symlink_to("nowhere")
    assert names(tree) == ["a.WAV", "b.mp3", "c/d.flac", "c/e/i.m4a"]


def test_a_linked_folder_is_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "j.opus").touch()
    (tree / "link").symlink_to(elsewhere)
    assert "link/j.opus" in names(tree)


def test_folders_named_like_audio_are_folders_and_pipes_are_left_out(tree: Path) -> None:
    (tree / "album.mp3").mkdir()
    (tree / "album.mp3" / "k.mp3").touch()
    os.mkfifo(tree / "pipe.wav")
    assert names(tree)[:3] == ["a.WAV", "album.mp3/k.mp3", "b.mp3"]
    assert "pipe.wav" not in names(tree)


def test_the_output_is_not_analysed(tree: Path) -> None:
    assert "b.mp3" not in names(tree, tree, skip=(tree / "c" / ".." / "b.mp3",))


def test_a_deep_tree(tmp_path: Path) -> None:
    here = tmp_path
    for _ in range(200):
        here = here / "d"
    here.mkdir(parents=True)
    (here / "a.mp3").touch()
    assert len(find_files([str(tmp_path)]).files) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed_is_reported(tree: Path) -> None:
    (tree / "c").chmod(0)
    try:
        found = find_files([str(tree)])
    finally:
        (tree / "c").chmod(0o755)
    assert [error.filename for error in found.unreadable] == [str(tree / "c")]
    assert len(found.files) == 2


def test_names_that_are_not_text(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xff.mp3"
    with open(raw, "wb"):  # noqa: PTH123
        pass
    assert [os.fsencode(path) for path in find_files([str(tmp_path)]).files] == [raw]
