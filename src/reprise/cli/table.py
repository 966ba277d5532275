"""The table for people: one row a track, errors below in red."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reprise.cli.text import printable
from reprise.targets import HEADS

__all__ = [
    "KEY_NAMES",
    "feature_cell",
    "key_name",
    "key_symbol",
    "number",
    "print_failures",
    "print_tracks",
    "short_heads",
]

KEY_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")

_BARS = " ▁▂▃▄▅▆▇█"
_WIDE = 100
"""From this width on there is room for bars beside the numbers and for all of the metre and the genre."""

Record = Mapping[str, Any]


def key_name(key: int, mode: int | None) -> str:
    """Name a key: ``"A minor"``; a dash where none was found."""
    if key < 0:
        return "–"
    return f"{KEY_NAMES[key]} {('minor', 'major')[mode]}" if mode is not None else KEY_NAMES[key]


def key_symbol(key: int, mode: int | None) -> str:
    """Name a key as chord symbols do: ``"Am"``, ``"A"``; a dash where none was found."""
    return "–" if key < 0 else KEY_NAMES[key] + ("m" if mode == 0 else "")


def number(value: float | None, pattern: str) -> str:
    """Format a number; a dash where it is not known."""
    return "–" if value is None else format(value, pattern)


def feature_cell(value: float | None, *, bar: bool) -> Text:
    """Show a value in 0..1 as two decimals, with a small bar where there is room."""
    if value is None:
        return Text("–", style="dim")
    digits = f"{value:.2f}".removeprefix("0")
    if not bar:
        return Text(digits)
    block = _BARS[min(8, max(0, round(value * 8)))]
    return Text.assemble((f"{digits:>4}", ""), (block, "cyan"))


def short_heads() -> list[str]:
    """Name the seven features in three letters."""
    return [name[:3].capitalize() for name in HEADS]


def print_tracks(console: Console, records: Sequence[Record], *, title: str | None = None) -> None:
    """Print the analysed tracks as a table as wide as the console.

    Parameters
    ----------
    console : Console
    records : sequence of records
        Of tracks, without failures.
    title : str, optional
    """
    wide = console.width >= _WIDE
    table = Table(
        box=None, pad_edge=False, title=title, title_justify="left", padding=(0, 1, 0, 0), expand=True
    )
    table.add_column("Track", ratio=3, overflow="ellipsis", no_wrap=True, min_width=12)
    table.add_column("BPM", justify="right", no_wrap=True)
    table.add_column("Key", no_wrap=True)
    table.add_column("Metre" if wide else "M", justify="right", no_wrap=True)
    if wide:
        table.add_column("LUFS", justify="right", no_wrap=True)
    for name in short_heads():
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Genre", ratio=1, overflow="ellipsis", no_wrap=True, min_width=6)
    for record in records:
        table.add_row(*_row(record, wide=wide))
    console.print(table)


def _row(record: Record, *, wide: bool) -> list[Text]:
    genre = next(iter(record["genres"]), None)
    cells = [
        _track_cell(record),
        Text(number(record["tempo"], ".1f" if wide else ".0f")),
        Text(key_name(record["key"], record["mode"])),
        Text(number(record["time_signature"], "d")),
        *([Text(number(record["loudness_lufs"], ".1f"))] if wide else []),
        *(feature_cell(record[name], bar=wide) for name in HEADS),
        Text(printable(genre["name"]) if genre else "–"),
    ]
    if genre and wide:
        cells[-1].append(f" {genre['probability']:.0%}", style="dim")
    return cells


def _track_cell(record: Record) -> Text:
    """The file's name and, below it, what its tags say; as `Text`, in which no markup is read."""
    cell = Text(printable(Path(record["path"]).name))
    said = " – ".join(printable(part) for part in (record["artist"], record["title"]) if part)
    if said:
        cell.append("\n" + said, style="dim")
    if record["warnings"]:
        cell.append("\n" + printable("; ".join(record["warnings"])), style="yellow")
    return cell


def print_failures(console: Console, records: Sequence[Record]) -> None:
    """Print the files that failed, one line each, in red."""
    for record in records:
        text = Text(f"{printable(record['path'])}: {printable(record['error']['message'])}", style="red")
        console.print(text, soft_wrap=True)


class TableOutput:
    """Collects records and prints them in the order in which the files were given.

    Parameters
    ----------
    console : Console
    files : sequence of str
    """

    def __init__(self, console: Console, files: Sequence[str]) -> None:
        self._console, self._files = console, files
        self._records: dict[str, Record] = {}

    def write(self, record: dict[str, Any]) -> None:
        """Take one record."""
        self._records[record["path"]] = record

    def close(self) -> None:
        """Print the table."""
        records = [self._records[path] for path in self._files if path in self._records]
        tracks = [record for record in records if "error" not in record]
        if tracks:
            print_tracks(self._console, tracks)
        print_failures(self._console, [record for record in records if "error" in record])
