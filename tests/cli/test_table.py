"""The table fits its terminal and shows hostile text as text."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from reprise.cli.table import TableOutput, feature_cell, key_name, print_tracks

Make = Callable[..., dict[str, Any]]


def shown(records: list[dict[str, Any]], width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, force_terminal=True)
    print_tracks(console, records)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_every_column_fits(width: int, make_record: Make) -> None:
    long = make_record("x" * 300 + ".mp3", title="y" * 300, key=1, tempo=174.06)
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_tracks(console, [long])
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in lines)
    for expected in ("C♯ minor", "174", ".75", "house", "Ene", "Val"):
        assert expected in "\n".join(lines)


def test_unknown_values_are_dashes(make_record: Make) -> None:
    unknown = make_record(
        key=-1, mode=None, tempo=None, time_signature=None, energy=None, genres=(), title=None, artist=None
    )
    text = shown([unknown], 80)
    assert text.count("–") >= 4 and "None" not in text


def test_markup_and_escape_sequences_in_tags_are_text(make_record: Make) -> None:
    evil = make_record(
        "[red]a.wav", title="[link=http://x]y[/link]\x1b]0;owned\x07", artist="\x1b[2J", warnings=("\x1b[1m",)
    )
    text = shown([evil], 200)
    assert "[red]a.wav" in text and "[link=http://x]y[/link]" in text
    assert "\x1b]" not in text and "\x1b[2J" not in text and "\x07" not in text


def test_rows_stand_in_the_order_of_the_files_and_failures_below(
    make_record: Make, failure: dict[str, Any]
) -> None:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    output = TableOutput(console, ["a.wav", "b.wav", "c.wav"])
    for record in (make_record("c.wav"), failure, make_record("a.wav")):
        output.write(record)
    output.close()
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.index("a.wav") < text.index("c.wav") < text.index("b.wav: -not audio")


def test_names_of_keys() -> None:
    assert [key_name(9, 0), key_name(3, 1), key_name(-1, None)] == ["A minor", "E♭ major", "–"]


@pytest.mark.parametrize(("value", "expected"), [(0.0, ".00 "), (0.5, ".50▄"), (1.0, "1.00█")])
def test_bars(value: float, expected: str) -> None:
    assert feature_cell(value, bar=True).plain.strip(" ") == expected.strip(" ")
