"""The walk from a list of songs to a set to train on works as its page shows it, with providers on the loopback."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", flags=re.DOTALL)


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    for name in ("httpx", "matplotlib", "pandas", "sklearn"):
        pytest.importorskip(name)
    return runpy.run_path(str(ROOT / "tools" / "document_dataset_tutorial.py"))


@pytest.fixture(scope="module")
def page(tool: dict[str, Any]) -> str:
    text: str = tool["PAGE"].read_text(encoding="utf-8")
    return text


def test_every_command_prints_what_the_page_shows(tool: dict[str, Any], page: str):
    walked = TIME.sub("TIME", tool["walk"](page))
    shown = BLOCK.findall(TIME.sub("TIME", page))
    assert len(shown) >= 12
    for before, after in zip(shown, BLOCK.findall(walked), strict=True):
        assert after == before, "run python tools/document_dataset_tutorial.py"


def test_every_step_is_shown(page: str):
    commands = re.findall(r"^\$ reprise (\w+ \w+)", page, flags=re.MULTILINE)
    assert [command for command in dict.fromkeys(commands) if command != "collect status"] == [
        "collect import", "collect reccobeats", "collect deezer", "collect previews",
        "dataset clean", "dataset describe", "dataset split", "dataset check", "dataset features", "dataset export",
    ]  # fmt: skip


def test_the_songs_are_many_enough_to_be_split(tool: dict[str, Any]):
    songs = tool["songs"]()
    assert len({song.spotify_id for song in songs}) == len(songs)
    assert all(len(song.spotify_id) == 22 for song in songs)
    artists = {(song.genre, song.artist) for song in songs}
    assert len(artists) == len({artist for _, artist in artists}) == 3 * tool["ARTISTS"]
