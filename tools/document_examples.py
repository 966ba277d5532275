"""Run the examples of the documentation and write what they print into the pages::

    python tools/document_examples.py [PAGE...]

In a block marked ``console`` every line after ``$`` is run by bash, in a block marked ``pycon`` every line after
``>>>`` by Python; what stands below them is replaced. All of a page's examples share one temporary folder, which holds
the demo's pieces as ``pieces/*.wav``, and its Python lines share their names.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WALK = ROOT / "docs" / "tutorial" / "build-a-dataset.md"
"""Needs a server to walk to: tools/document_dataset_tutorial.py runs it."""

PAGES = (ROOT / "README.md", *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page != WALK))
BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", flags=re.DOTALL)
COMMAND = re.compile(r"^\$ .*\n(?:> .*\n)*", flags=re.MULTILINE)
"""A command in a ``console`` block, with the lines that it goes on over."""

WIDTH = 110


@contextmanager
def folder_of_pieces(pieces: Path) -> Iterator[Path]:
    """Enter a temporary folder in which ``pieces`` leads to the demo's pieces."""
    before = Path.cwd()
    with TemporaryDirectory(prefix="reprise-docs-") as name:
        (Path(name) / "pieces").symlink_to(pieces)
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def command_of(shown: str) -> str:
    """Take the prompts off a command."""
    return "\n".join(line[2:] for line in shown.splitlines())


def run_console(block: str) -> str:
    """Run the commands of a block; returns the block with what they print now."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(WIDTH),
    }
    lines = []
    for shown in COMMAND.findall(block):
        done = subprocess.run(
            ["bash", "-c", command_of(shown)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            check=False,
        )
        lines += [*shown.splitlines(), *(line.rstrip() for line in done.stdout.splitlines())]
    return "\n".join(lines) + "\n"


def run_python(block: str, names: dict[str, Any]) -> str:
    """Run the lines of a block; returns the block with what they print now."""
    lines = []
    for example in doctest.DocTestParser().get_examples(block):
        shown = example.source.rstrip("\n").splitlines()
        lines += [f"{'...' if k else '>>>'} {line}".rstrip() for k, line in enumerate(shown)]
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                exec(compile(example.source, "<example>", "single"), names)
            lines += printed.getvalue().splitlines()
        except Exception as error:
            lines += ["Traceback (most recent call last):", "    ...", _named(error)]
    return "\n".join(lines) + "\n"


def _named(error: Exception) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}: {error}".removeprefix("builtins.")


def refresh(page: str) -> str:
    """Return a page with its examples run, in the current folder."""
    names: dict[str, Any] = {"__name__": "__main__"}

    def replace(found: re.Match[str]) -> str:
        language, block = found.groups()
        output = run_console(block) if language == "console" else run_python(block, names)
        return f"```{language}\n{output}```"

    return BLOCK.sub(replace, page)


def _write(pieces: Path) -> Mapping[str, Path]:
    import soundfile

    from reprise.demo import PIECES, render

    written = {piece.name: pieces / f"{piece.name}.wav" for piece in PIECES}
    for piece in PIECES:
        soundfile.write(written[piece.name], render(piece, 44100).T, 44100)
    return written


def main() -> None:
    """Refresh the pages that were named, or all."""
    pages = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    with TemporaryDirectory() as pieces:
        _write(Path(pieces))
        for page in pages:
            before = page.read_text(encoding="utf-8")
            if not BLOCK.search(before):
                continue
            with folder_of_pieces(Path(pieces)):
                after = refresh(before)
            page.write_text(after, encoding="utf-8")
            print(f"{page.relative_to(ROOT)}: {'changed' if after != before else 'as it was'}")


if __name__ == "__main__":
    main()
