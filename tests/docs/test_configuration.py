"""The page of settings has all of them, with the defaults that they have."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

from reprise.config import Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "configuration.md"
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_every_setting_is_described_and_no_other():
    assert list(ROWS) == [each.name for each in fields(Config)]


def test_defaults_are_those_of_the_program():
    for each in fields(Config):
        if each.default is MISSING or each.default in ("", None, ()):
            continue
        assert ROWS[each.name] == f"`{str(each.default).lower()}`"
