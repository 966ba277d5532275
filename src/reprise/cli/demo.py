"""``reprise demo``: pieces whose truth is known, analysed before your eyes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from reprise.demo import Piece

__all__ = ["command"]

_SAMPLE_RATE = 44100
_OCTAVES = (0.5, 2.0, 1.5, 2.0 / 3.0, 3.0, 1.0 / 3.0)


@click.command(name="demo")
@click.argument("files", nargs=-1, type=click.Path(path_type=str), metavar="[FILES]...")
@click.option(
    "--keep", metavar="DIR", type=click.Path(file_okay=False), help="Keep the rendered pieces here."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one a core."
)
@click.option(
    "--test-set",
    is_flag=True,
    help="Draw a song that no trained model has heard instead, and let each guess its features.",
)
@click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="With --test-set: the folder of finished runs.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("../shared/data"),
    show_default=True,
    help="With --test-set: the folder with the labelled clips.",
)
@click.option("--seed", type=click.IntRange(min=0), help="With --test-set: draw this song again.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="FEATURE",
    help="With --test-set: show this feature alone; repeat.",
)
@click.option("--play", is_flag=True, help="With --test-set: play the song, if there is a player.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png",
              help="With --test-set: write spectrogram and predictions as a picture.")  # fmt: skip
def command(
    files: tuple[str, ...], keep: str | None, jobs: int | None, test_set: bool, **drawing: Any
) -> int:
    """Render short pieces, analyse them and show truth beside measurement.

    The pieces are synthesised here, so their tempo, key and metre are known. FILES are any audio files or
    folders of your own, which are analysed too.
    """
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    if not test_set:
        _require_none_of(drawing)
        return _show_pieces(files, keep, jobs)
    if files or keep or jobs:
        raise click.UsageError("--test-set draws its own song: it takes no FILES, --keep or --jobs")
    from reprise.cli.demo_test_set import show_unheard

    show_unheard(**drawing)
    return 0


def _require_none_of(drawing: Mapping[str, Any]) -> None:
    if any(drawing[name] for name in ("targets", "play", "output")) or drawing["seed"] is not None:
        raise click.UsageError("--seed, --target, --play and --output go with --test-set")


def _show_pieces(files: tuple[str, ...], keep: str | None, jobs: int | None) -> int:
    from rich.console import Console

    from reprise.cli.batch import Request, run
    from reprise.cli.files import find_files
    from reprise.cli.table import TableOutput
    from reprise.demo import PIECES

    console = Console(highlight=False)
    progress = sys.stderr.isatty()
    with ExitStack() as stack:
        folder = Path(keep or stack.enter_context(TemporaryDirectory(prefix="reprise-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        pieces = {str(_write(piece, folder)): piece for piece in PIECES}
        output = _DemoOutput(console, pieces)
        request = Request(files=tuple(pieces), jobs=jobs)
        code = run(request, output, show_progress=progress, show_failures=True)
    if keep:
        console.print(f"The pieces are kept in {keep}.", markup=False)
    if files and code <= 1:
        console.print()
        request = Request(files=find_files(files).files, jobs=jobs)
        own = TableOutput(console, request.files)
        code = max(code, run(request, own, show_progress=progress, show_failures=False))
    return code


def _write(piece: Piece, folder: Path) -> Path:
    import soundfile

    from reprise.demo import render

    path = folder / f"{piece.name}.wav"
    soundfile.write(path, render(piece, _SAMPLE_RATE).T, _SAMPLE_RATE)
    return path


@dataclass(slots=True)
class _Tally:
    """Counts how often a quantity was right, over the pieces that have it."""

    right: int = 0
    of: int = 0

    def count(self, is_right: bool) -> str:
        """Add one and return the colour that says so."""
        self.right += is_right
        self.of += 1
        return "green" if is_right else "red"


class _DemoOutput:
    """Collects the records of the pieces and prints them beside the truth."""

    def __init__(self, console: Console, pieces: Mapping[str, Piece]) -> None:
        self._console, self._pieces = console, pieces
        self._records: dict[str, dict[str, Any]] = {}

    def write(self, record: dict[str, Any]) -> None:
        if "error" not in record:
            self._records[record["path"]] = record

    def close(self) -> None:
        from rich.table import Table

        from reprise.cli.table import short_heads

        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("Piece", no_wrap=True, overflow="ellipsis", min_width=12)
        for name in ("BPM", "Key", "Metre", *short_heads()):
            table.add_column(name, no_wrap=True, justify="left" if name == "Key" else "right")
        tallies = _Tally(), _Tally(), _Tally()
        for path, piece in self._pieces.items():
            if path in self._records:
                table.add_row(*_cells(piece, self._records[path], tallies))
        self._console.print(table)
        tempo, key, metre = (f"{tally.right} of {tally.of}" for tally in tallies)
        self._console.print(f"Right: tempo {tempo}, key {key}, metre {metre}. In brackets: the truth.")


def _cells(piece: Piece, record: Mapping[str, Any], tallies: Sequence[_Tally]) -> list[Text]:
    from rich.text import Text

    from reprise.cli.table import feature_cell, key_symbol, number
    from reprise.targets import HEADS

    tempo, key, metre = tallies
    is_key = (record["key"], record["mode"]) == (piece.key, piece.mode)
    measured_key, true_key = key_symbol(record["key"], record["mode"]), key_symbol(piece.key, piece.mode)
    return [
        Text(piece.style),
        Text(
            f"{number(record['tempo'], '.1f')} ({number(piece.tempo_bpm, '.0f')})",
            style=_tempo_colour(piece.tempo_bpm, record["tempo"], tempo),
        ),
        Text(f"{measured_key} ({true_key})", style=key.count(is_key)),
        Text(
            f"{number(record['time_signature'], 'd')} ({number(piece.time_signature, 'd')})",
            style=metre.count(record["time_signature"] == piece.time_signature),
        ),
        *(feature_cell(record[name], bar=False) for name in HEADS),
    ]


def _tempo_colour(truth: float | None, measured: float | None, tally: _Tally) -> str:
    """Green within 4 %, yellow for a related metrical level, red for anything else."""
    if truth is None or measured is None:
        return tally.count(truth is measured)
    if tally.count(abs(measured - truth) <= 0.04 * truth) == "green":
        return "green"
    return "yellow" if any(abs(measured - truth * f) <= 0.04 * truth * f for f in _OCTAVES) else "red"
