"""The files of the containers say what the code does; no container engine runs here, so an image is not built."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from reprise.cli import COMMANDS
from reprise.config import Config

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name
            assert name in kept, name


def test_settings_and_commands_are_known() -> None:
    known = {f"REPRISE_{each.name.upper()}" for each in fields(Config)}
    own = {"REPRISE_DB_PASSWORD", "REPRISE_MUSIC"}
    assert set(re.findall(r"REPRISE_[A-Z_]+", DOCKERFILE + COMPOSE)) <= known | own
    for command in re.findall(r"reprise\W+(serve|worker|user|scan)", DOCKERFILE + COMPOSE):
        assert command in COMMANDS


def test_it_does_not_run_as_root_and_is_looked_after() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER reprise$", final, re.MULTILINE)
    assert "/healthz" in final
    assert "no-new-privileges" in COMPOSE
