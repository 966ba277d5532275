"""The page of results has every recipe, and its tables say what the file of all numbers says."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from reprise.training.recipe import recipe_names

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "results.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_has_a_row(name: str) -> None:
    assert any(name in row[:2] for row in ROWS)


def test_the_tables_agree_with_the_file_of_all_numbers() -> None:
    with (DOCS / "results" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        numbers = {
            (row["run"], row["of"], row["metric"]): float(row["value"])
            for row in csv.DictReader(file)
            if row["labels"] == "own"
        }
    checked = 0
    for target, text in re.findall(r"^### (\w+)\n\n(\|.*?)\n\n", PAGE, flags=re.DOTALL | re.MULTILINE):
        for line in text.splitlines()[2:]:
            name, _, r2, *_ = (cell.strip() for cell in line.strip("|").split("|"))
            assert float(r2) == pytest.approx(numbers[name, target.lower(), "r2"], abs=6e-4)
            checked += 1
    for row in ROWS:
        if row[0] in ("spotify_genres", "audiofiler", "clips_genre"):
            assert float(row[4]) == pytest.approx(numbers[row[1], "all", "top1"], abs=6e-4)
            checked += 1
    assert checked > 40


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((results/[^)]+)\)", PAGE)
    assert len(pictures) >= 8
    for picture in pictures:
        assert (DOCS / picture).read_bytes().startswith(b"\x89PNG")
