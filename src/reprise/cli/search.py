"""``reprise search``: find songs of the library by words and conditions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.text import printable
from reprise.targets import HEADS

if TYPE_CHECKING:
    from rich.table import Table

    from reprise.web.library.models import Track

__all__ = ["command"]

_WIDE = 120


# A condition that excludes begins with a dash, as options do; there are no short options here.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("--sort", default="", metavar="NAME",
              help="A column, with - before it to reverse it; else the best fit first, or the newest.")  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a song.")
def command(query: tuple[str, ...], sort: str, limit: int, *, as_json: bool) -> int:
    """Find songs of the library.

    QUERY is words, which may be misspelt, and conditions: beatles "energy>0.7" genre:rock,pop tempo:120..130 -live
    """
    for word in query:
        if word.startswith("--"):
            raise click.NoSuchOption(word)
    from reprise.web.boot import boot

    boot()
    from reprise.web.library.search import look_up

    found = look_up(" ".join(query), sort, limit=limit)
    if as_json:
        from reprise.web.api.shapes import summary

        for track in found.tracks:
            click.echo(json.dumps(summary(track), default=str))
        return 0
    _print(found.tracks, found.total, found.suggestions)
    return 0


def _print(tracks: list[Track], total: int, suggestions: list[str]) -> None:
    from rich.console import Console

    console = Console()
    if tracks:
        console.print(_table(tracks, is_wide=console.width >= _WIDE))
    for suggestion in suggestions:
        console.print(f"did you mean: {printable(suggestion)}", markup=False, highlight=False)
    shown = f"the first {len(tracks)} of {total}" if total > len(tracks) else str(total)
    console.print(f"{shown} found", markup=False, highlight=False)


def _table(tracks: list[Track], *, is_wide: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    from reprise.cli.table import feature_cell, key_name, number, short_heads

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for name in ("Title", "Artist"):
        table.add_column(name, ratio=3, overflow="ellipsis", no_wrap=True, min_width=10)
    for name in ("Year", "BPM"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Key", no_wrap=True)
    for name in short_heads() if is_wide else []:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Genre", ratio=1, overflow="ellipsis", no_wrap=True, min_width=6)
    for track in tracks:
        cells: list[Any] = [
            Text(printable(track.title)),
            Text(printable(track.artist.name) if track.artist else "–"),
            Text(number(track.year, "d")),
            Text(number(track.tempo, ".0f")),
            Text(key_name(track.key, track.mode) if track.key is not None else "–"),
            *(feature_cell(getattr(track, name), bar=False) for name in (HEADS if is_wide else ())),
            Text(printable(track.genre or "–")),
        ]
        table.add_row(*cells)
    return table
