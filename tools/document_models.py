"""Print docs/reference/models.md, from the cards of the shipped weights: ``python tools/document_models.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src" / "reprise" / "models" / "weights"
PAGE = ROOT / "docs" / "reference" / "models.md"

INTRODUCTION = """# The shipped weights

Everything that was trained lies in `src/reprise/models/weights/`, {total} in all. Each model has a JSON card beside
it, which this page is printed from (`python tools/document_models.py`; a test compares the two). The card's SHA-256 is
checked when weights are loaded; a file that differs is a `ModelError`. Nothing is unpickled and nothing is downloaded.

The numbers in a weights file are offered under the licence that the card names. What they were fitted to has terms of
its own, which the card repeats: several of the collections are for research use, and Spotify's values are Spotify's.
Whether a model fitted to such data may be used for your purpose is a question that this project cannot answer for you.

| model | files | size | licence |
|---|---|---|---|
"""

FIELDS = {
    "what": "What it is",
    "kind": "Kind",
    "authors": "Authors",
    "paper": "Paper",
    "source": "Source",
    "license": "Licence",
    "trained_on": "Trained on",
    "terms": "Terms of the data",
    "input": "Input",
    "outputs": "Output",
    "split": "Split",
    "limits": "Limits",
    "figures": "Figures",
    "made_by": "Made by",
    "tool": "Made by",
}
"""What of a card is printed, in this order; the rest is for programs."""


def cards() -> dict[str, dict[str, Any]]:
    """Return the cards by name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(WEIGHTS.glob("*.json"))
    }


def files_of(card: Mapping[str, Any]) -> list[Path]:
    """Return the files that a card vouches for: the one it names, or all that begin with the model's name."""
    named = card.get("files") or ([card["file"]] if "file" in card else [f"{card['name']}.npz"])
    return [WEIGHTS / name for name in named]


def text_of(value: Any) -> str:
    """Write a card's value as one line of Markdown."""
    if isinstance(value, Mapping):
        return "; ".join(f"*{key}*: {text_of(part)}" for key, part in value.items())
    if isinstance(value, list):
        return " × ".join(str(part) for part in value)
    return str(value)


def size_of(n_bytes: int) -> str:
    """Write a size with two significant digits: training again changes the others."""
    kilobytes = float(f"{n_bytes / 1000:.2g}")
    return f"{kilobytes / 1000:.1f} MB" if kilobytes >= 1000 else f"{kilobytes:.0f} kB"


def section(name: str, card: Mapping[str, Any]) -> str:
    """Return the part of the page about one model."""
    lines = [f"- **{title}:** {text_of(card[key])}" for key, title in FIELDS.items() if card.get(key)]
    return f"\n## {name}\n\nVersion {card['version']}.\n\n" + "\n".join(lines) + "\n"


def render() -> str:
    """Return the page."""
    rows = []
    for name, card in cards().items():
        files = files_of(card)
        size = sum(path.stat().st_size for path in files)
        licence = str(card.get("license", "Apache-2.0, on data of unknown terms")).split(" for ")[0]
        shown = ", ".join(f"`{path.name}`" for path in files)
        rows.append(f"| [{name}](#{name}) | {shown} | {size_of(size)} | {licence} |")
    total = sum(path.stat().st_size for path in WEIGHTS.iterdir() if path.suffix != ".json")
    body = "".join(section(name, card) for name, card in cards().items())
    return INTRODUCTION.format(total=size_of(total)) + "\n".join(rows) + "\n" + body


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(PAGE)
