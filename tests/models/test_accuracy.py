"""The published figures, for programs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from reprise.models.accuracy import published_accuracy
from reprise.targets import HEADS

ROOT = Path(__file__).resolve().parents[2]


def test_the_application_shows_what_the_documentation_says() -> None:
    spec = importlib.util.spec_from_file_location("publish_accuracy", ROOT / "tools" / "publish_accuracy.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert tool.published(page) == published_accuracy()
    assert set(published_accuracy()) == set(HEADS)
