"""The pages of the documentation, and a folder with the demo's pieces that their examples run in."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from reprise.demo import PIECES, render

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def examples() -> dict[str, Any]:
    """What tools/document_examples.py defines."""
    return runpy.run_path(str(ROOT / "tools" / "document_examples.py"))


@pytest.fixture(scope="session")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two of the demo's pieces."""
    folder = tmp_path_factory.mktemp("pieces")
    for piece in PIECES:
        if piece.name in ("waltz", "rock"):
            soundfile.write(folder / f"{piece.name}.wav", render(piece, 44100).T, 44100)
    return folder


@pytest.fixture
def folder_of_pieces(examples: dict[str, Any], pieces: Path) -> Iterator[Path]:
    """Run a test in a folder that holds ``pieces``."""
    with examples["folder_of_pieces"](pieces) as folder:
        yield folder
