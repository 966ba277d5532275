"""Help is quick because it loads nothing heavy, and complete because the reference names every flag."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reprise._version import __version__
from reprise.cli import COMMANDS, cli, main

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
HEAVY = ("numpy", "scipy", "onnxruntime", "soundfile", "av", "pyarrow", "rich", "torch", "django", "sklearn")


@pytest.mark.parametrize("args", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    script = (
        "import sys; from reprise.cli import main; code = main(sys.argv[1:]);"
        f"print(); print('heavy', [m for m in {HEAVY} if m in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "heavy []"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"^  {name}\s", said, re.MULTILINE) for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"reprise {__version__}\n"


def test_an_unknown_command_is_wrong_usage_and_the_nearest_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["analise"]) == 2
    assert "did you mean 'analyze'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "args", [["analyze"], ["analyze", "x", "--format", "xml"], ["analyze", "x", "--jobs", "0"]]
)
def test_wrong_usage(args: list[str]) -> None:
    assert main(args) == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_documents_every_flag(name: str) -> None:
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if text.startswith(f"`reprise {name}")]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        for flag in parameter.opts if isinstance(parameter, click.Option) else ():
            assert f"`{flag}" in section, f"{flag} of reprise {name} is not in {REFERENCE}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_documents_no_flag_that_is_gone(name: str) -> None:
    sections = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = [text for text in sections if text.startswith(f"`reprise {name}")]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    known = {flag for parameter in command.params for flag in parameter.opts} | {"--help"}
    rows = re.findall(r"^\| `(-[^`|]*)` \|", section, flags=re.MULTILINE)
    named = {flag for row in rows for flag in re.findall(r"--[a-z-]+", row)}
    assert named <= known
