"""Every command that the documentation shows exists, with the options shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reprise.cli import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
# The pages about collecting have tests of their own, in tests/collect.
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if page.name not in ("collect.md", "store.md")
]
SHELL = re.compile(r"^```(?:sh|console)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


def shown(page: Path) -> list[str]:
    """Return the commands of a page: of its blocks of shell, and the short ones within its text."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in SHELL.findall(text):
        lines = block.replace("\\\n", " ").splitlines()
        console = any(line.startswith("$ ") for line in lines)
        found += [line.removeprefix("$ ") for line in lines if line.startswith("$ ") or not console]
    return found + re.findall(r"`((?:make|reprise|python tools/)[ \w./-]+)`", text)


def words_of(command: str, program: str) -> list[list[str]]:
    """Return the arguments of each call of a program in a line of shell."""
    calls = []
    for part in re.split(r"\||;|&&", command):
        with_quotes_closed = part if part.count("'") % 2 == 0 else part + "'"
        words = shlex.split(re.sub(r"\d?>.*", "", with_quotes_closed), comments=True)
        if words and words[0].removeprefix(".venv/bin/") == program:
            calls.append(words[1:])
    return calls


CASES = [(page, line) for page in PAGES for line in shown(page)]
IDS = [f"{page.name}: {line[:60]}" for page, line in CASES]


@pytest.mark.parametrize(("page", "line"), CASES, ids=IDS)
def test_it_exists(page: Path, line: str):
    for words in words_of(line, "reprise"):
        if words and not words[0].startswith("-") and words[0].islower():
            assert words[0] in COMMANDS
            command = cli.get_command(click.Context(cli), words[0])
            assert command is not None
            if len(words) > 1 and not isinstance(command, click.Group):
                # Parses and checks all options; runs nothing. Folders that a reader has need not be here.
                known = {option for parameter in command.params for option in parameter.opts}
                assert {word for word in words if word.startswith("-")} <= known | {"--help"}
    for words in words_of(line, "make"):
        targets = re.findall(
            r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        assert {word for word in words if "=" not in word} <= set(targets)
    for words in words_of(line, "python"):
        if words and words[0].endswith(".py"):
            assert (ROOT / words[0]).is_file()
        elif words[:1] == ["-m"] and words[1].startswith(("reprise", "benchmarks")):
            parts = words[1].split(".")
            home = ROOT / "src" if parts[0] == "reprise" else ROOT
            assert home.joinpath(*parts).with_suffix(".py").is_file() or home.joinpath(*parts).is_dir()


def test_commands_are_found():
    assert words_of("reprise analyze a.wav -o b.csv 2> c; make demo", "reprise") == [
        ["analyze", "a.wav", "-o", "b.csv"]
    ]
    lines = {line for _, line in CASES}
    assert "make train" in lines
    assert any(line.startswith("make demo") for line in lines)
    assert any(words_of(line, "reprise") for line in lines)
