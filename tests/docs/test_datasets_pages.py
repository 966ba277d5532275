"""The pages about the real tables: small pictures that are shown, and numbers that the tables still give."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "datasets"
LARGEST_PICTURE = 60_000


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "document_datasets.py"))


def test_every_page_is_linked_and_every_picture_shown():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for page in FOLDER.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index
    shown = {
        name
        for page in FOLDER.glob("*.md")
        for name in re.findall(r"\]\(([\w-]+\.png)\)", page.read_text("utf-8"))
    }
    assert shown == {picture.name for picture in FOLDER.glob("*.png")}
    assert len(shown) >= 7


def test_pictures_are_small():
    for picture in FOLDER.glob("*.png"):
        data = picture.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) <= LARGEST_PICTURE, picture.name


def test_the_page_about_labelled_clips_is_what_the_tables_say(tool: dict[str, Any], shared_data: Path):
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("gtzan", "epidemic", "panda", "emotify"):
        assert tool[f"{name}_section"](shared_data) in page, "run python tools/document_datasets.py"


def test_the_table_of_the_free_music_archive_is_what_its_page_says(
    tool: dict[str, Any], shared_data: Path, tmp_path: Path
):
    pytest.importorskip("matplotlib")
    source = next(source for source in tool["SONG_TABLES"] if source.page == "fma-echonest")
    page = (FOLDER / f"{source.page}.md").read_text(encoding="utf-8")
    assert tool["song_page"](source, shared_data, tmp_path) == page, "run python tools/document_datasets.py"
    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in FOLDER.glob(f"{source.page}-*.png")
    }
