"""Print docs/reference/collect.md, from the commands themselves: ``python tools/document_collect.py``."""

from __future__ import annotations

from pathlib import Path

import click

from reprise.cli.collect import collect

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "collect.md"

INTRODUCTION = """# `reprise collect`

Every option of every command. [How to collect data](../how-to/collect.md) shows them at work. This page is printed by
`python tools/document_collect.py`, and a test compares the two.
"""


def render() -> str:
    """Return the page."""
    sections = [section(name, command) for name, command in sorted(collect.commands.items())]
    return INTRODUCTION + "".join(sections)


def section(name: str, command: click.Command) -> str:
    """Return a command's heading, its text and the table of its options."""
    context = click.Context(command)
    usage = " ".join(command.collect_usage_pieces(context))
    text = " ".join((command.help or "").split())
    rows = [row(option) for option in command.params if isinstance(option, click.Option)]
    table = "\n".join(["| Option | Meaning |", "|---|---|", *rows])
    return f"\n## `reprise collect {name} {usage}`\n\n{text}\n\n{table}\n"


def row(option: click.Option) -> str:
    """Return one line of the table."""
    value = "" if option.is_flag else f" {option.metavar or option.type.name.upper()}"
    default = (
        ""
        if option.is_flag or not isinstance(option.default, (str, int, float, Path)) or option.multiple
        else f" Default: `{option.default}`."
    )
    return f"| `{option.opts[0]}{value}` | {(option.help or '').replace('|', '/')}{default} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(PAGE)
