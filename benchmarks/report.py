"""Markdown tables, and the block of a document that they are written into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["BEGIN", "END", "table", "write_block"]

BEGIN = "<!-- begin: python -m benchmarks.run --write docs/speed.md -->"
END = "<!-- end -->"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: the first column to the left, the others to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_block(path: Path, text: str) -> None:
    """Put the text between the marks in a file; the rest of the file stays.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
