"""The reference pages say what the code says."""

from __future__ import annotations

import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

from reprise import errors
from reprise.cli.columns import COLUMNS
from reprise.collect import base
from reprise.datasets.audiofiler import GENRES
from reprise.records import TrackAnalysis
from reprise.targets import EMOTIONS, HEADS, QUADRANTS, TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
RECORD = (REFERENCE / "record.md").read_text(encoding="utf-8")
ERRORS = (REFERENCE / "errors.md").read_text(encoding="utf-8")
ROWS = {
    row[0]: row
    for row in (re.findall(r"[^|]+", line) for line in RECORD.splitlines() if line.startswith("| `"))
}
ROWS = {name.strip(" `"): [cell.strip() for cell in cells] for name, cells in ROWS.items()}


def test_every_field_of_the_record_is_described_and_no_other():
    assert set(ROWS) == {field.name for field in fields(TrackAnalysis)}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_kind_range_unit_and_meaning_are_those_of_the_targets(target: Target):
    _, kind, _, unit, values, _, meaning = ROWS[target.name]
    assert kind == target.kind
    assert values == f"{target.low:g}..{target.high:g}"
    assert unit == (target.unit or "–")
    assert meaning == target.definition


def test_names_within_the_record_are_there():
    for name in (*EMOTIONS, *QUADRANTS, *HEADS):
        assert f"`{name}`" in RECORD
    genres = re.search(r"The 26 genres: (.*?)\.\n", RECORD, flags=re.DOTALL)
    assert genres
    assert tuple(genres[1].replace("\n", " ").split(", ")) == tuple(GENRES)


def test_every_field_has_a_column():
    keys = {column.key[0] for column in COLUMNS if column.key}
    assert set(ROWS) <= keys


def test_every_error_is_named_in_its_place():
    tree = re.search(r"```\n(RepriseError.*?)```", ERRORS, flags=re.DOTALL)
    assert tree
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in tree[1].splitlines():
        name = re.search(r"\w+Error", line)
        assert name
        depth = name.start() // 4
        path = [*path[:depth], name[0]]
        if depth:
            parents[name[0]] = path[depth - 1]
    classes = {name: getattr(errors, name) for name in errors.__all__}
    classes |= {
        kind.__name__: kind
        for kind in vars(base).values()
        if isinstance(kind, type) and issubclass(kind, errors.RepriseError)
    }
    del classes["RepriseError"]
    assert parents == {name: kind.__base__.__name__ for name, kind in classes.items()}
    described = set(re.findall(r"^\| `(\w+)` \|", ERRORS, flags=re.MULTILINE))
    assert described == set(classes)


def test_the_page_about_the_weights_is_up_to_date():
    tool = runpy.run_path(str(ROOT / "tools" / "document_models.py"))
    assert tool["PAGE"].read_text(encoding="utf-8") == tool["render"](), "run python tools/document_models.py"


def test_every_file_of_weights_has_a_card_with_terms():
    tool = runpy.run_path(str(ROOT / "tools" / "document_models.py"))
    cards = tool["cards"]()
    vouched = {path.name for card in cards.values() for path in tool["files_of"](card)}
    there = {path.name for path in tool["WEIGHTS"].iterdir() if path.suffix in (".npz", ".onnx")}
    assert there == vouched
    for name, card in cards.items():
        assert card["what"], name
        assert card["trained_on"], name
        assert card.get("license") or card.get("terms"), name
        assert len(card["sha256"]) == 64, name


def test_the_notice_has_the_terms_of_what_others_made():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "Permission to use, copy, modify, and/or distribute this software" in notice
    for name in ("musicnn.onnx", "FluidR3", "BeatNet"):
        assert name in notice
