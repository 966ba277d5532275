"""The examples of the documentation run and print what stands below them."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-from-python.md"
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*[A-Za-z])")
TRAINED_AGAIN = 0.15
"""How far a number may be from what the page says: weights that are fitted again give slightly others."""


def same(printed: str, shown: str) -> bool:
    """Whether two outputs have the same words, and numbers that are alike."""
    if NUMBER.sub("#", printed).split() != NUMBER.sub("#", shown).split():
        return False
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True)
    return all(abs(float(a) - float(b)) <= TRAINED_AGAIN * max(1.0, abs(float(b))) for a, b in pairs)


def test_the_examples_for_python_run(examples: dict[str, Any], folder_of_pieces: Path):
    text = PAGE.read_text(encoding="utf-8")
    refreshed = examples["refresh"](text)
    before, after = examples["BLOCK"].findall(text), examples["BLOCK"].findall(refreshed)
    assert len(before) >= 8
    assert len(before) == len(after)
    for (_, shown), (_, printed) in zip(before, after, strict=True):
        assert same(printed, shown), f"run python tools/document_examples.py: {printed}"
    assert "Traceback" not in refreshed


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]), ids=lambda p: p.name
)
def test_every_example_shows_what_it_prints(page: Path, examples: dict[str, Any]):
    for language, block in examples["BLOCK"].findall(page.read_text(encoding="utf-8")):
        assert "Traceback" not in block
        assert not re.search(r"^Error: ", block, flags=re.MULTILINE)
        if language == "pycon":
            assert doctest.DocTestParser().get_examples(block)
        else:
            assert examples["COMMAND"].findall(block)


def test_outputs_are_compared_with_tolerance_for_numbers_alone():
    assert same("(132.1, 'F')", "(132.4,  'F')")
    assert not same("(132.1, 'F')", "(132.1, 'G')")
    assert not same("0.2", "0.5")
    assert not same("[0.2]", "[0.2, 0.3]")


def test_console_examples_are_run_by_a_shell(examples: dict[str, Any], folder_of_pieces: Path):
    block = "$ ls pieces | sort > names\n$ cat names\nold\n$ printf '%s\n> two' one\nold\n"
    assert examples["run_console"](block) == (
        "$ ls pieces | sort > names\n$ cat names\nrock.wav\nwaltz.wav\n$ printf '%s\n> two' one\none\ntwo\n"
    )


def test_python_examples_share_their_names(examples: dict[str, Any]):
    names: dict[str, Any] = {}
    assert examples["run_python"](">>> x = 2\n>>> x + 1\nold\n", names) == ">>> x = 2\n>>> x + 1\n3\n"
    assert "ZeroDivisionError" in examples["run_python"](">>> x / 0\n", names)
