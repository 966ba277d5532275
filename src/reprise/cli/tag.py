"""``reprise tag``: what was heard, written into the files as tags, and taken out again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.web.library.file_tags import Written

__all__ = ["command", "tag"]

_LONG = 60


@click.group()
def tag() -> None:
    """Write what was heard into the files as tags, and take it out again.

    The audio is never touched, and a file is replaced in one step.
    """


command = tag


@tag.command()
@click.argument("what", nargs=-1, required=True, metavar="QUERY|PATH...", type=click.Path(path_type=str))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--uploads", is_flag=True, help="Also files that were uploaded, which are left alone else.")
@library_options
def write(
    what: tuple[str, ...], dry_run: bool, uploads: bool, data: Path | None, database: str | None
) -> int:
    """Write BPM, INITIALKEY, MOOD, GENRE and REPRISE_... into the files that PATHS name or QUERY finds.

    What stood there before is kept: reprise tag undo brings it back.
    """
    open_library(data, database)
    from reprise.web.library.file_tags import write_all
    from reprise.web.library.ids import new_id

    batch = new_id()
    code = _say(write_all(_tracks(what), batch, dry_run=dry_run, uploads=uploads), dry_run)
    if not dry_run:
        click.echo(f"To take it back: reprise tag undo {batch}")
    return code


@tag.command()
@click.argument("batch", required=False)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@library_options
def undo(batch: str | None, dry_run: bool, data: Path | None, database: str | None) -> int:
    """Take back what was written together as BATCH, or last. What others have changed since is left alone."""
    open_library(data, database)
    from reprise.web.library.file_tags import last_batch, undo_batch

    batch = batch or last_batch()
    if batch is None:
        click.echo("There is nothing to undo.")
        return 0
    return _say(undo_batch(batch, dry_run=dry_run), dry_run)


def _tracks(what: tuple[str, ...]) -> Iterator[Any]:
    """Yield the tracks that paths name or a query finds; keys first, for they change while they are read."""
    from reprise.errors import ParameterError
    from reprise.web.library.models import Track
    from reprise.web.library.paths import stored_path
    from reprise.web.library.search import find

    there = [os.path.lexists(each) for each in what]
    if all(there):
        keys = []
        for each in what:
            real = stored_path(os.path.realpath(each))
            below = real.rstrip(os.sep) + os.sep
            found = Track.objects.filter(missing_since=None, path__startswith=real).values_list("pk", "path")
            keys += [pk for pk, path in found if path == real or path.startswith(below)]
    elif not any(there):
        keys = list(find(" ".join(what)).filter(missing_since=None).values_list("pk", flat=True))
    else:
        raise ParameterError(
            f"{what[there.index(False)]}: there is no such file; give paths or a query, not both"
        )
    if not keys:
        raise ParameterError("nothing in the library is named by this")
    for pk in dict.fromkeys(keys):
        if track := Track.objects.filter(pk=pk).first():
            yield track


def _say(done: Iterator[Written], dry_run: bool) -> int:
    changed = same = failed = 0
    for each in done:
        if each.change is None:
            failed += 1
            click.echo(f"{printable(each.path)}: {printable(each.error)}", err=True)
            continue
        changed, same = changed + bool(each.change), same + (not each.change)
        if each.change and (dry_run or sys.stdout.isatty()):
            click.echo(f"{printable(each.path)} ({each.change.format})")
            for name in each.change.before:
                before, after = (_shown(side[name]) for side in (each.change.before, each.change.after))
                click.echo(f"  {printable(name)}: {before} -> {after}")
        if each.left_alone:
            names = ", ".join(map(printable, each.left_alone))
            click.echo(f"{printable(each.path)}: left alone, because changed since: {names}", err=True)
    verb = "would change" if dry_run else "changed"
    click.echo(f"{changed:,} files {verb}, {same:,} are so already, {failed:,} failed")
    return int(failed > 0)


def _shown(values: tuple[str, ...]) -> str:
    text = printable("; ".join(values))
    return "nothing" if not text else text if len(text) <= _LONG else f"{text[:_LONG]}..."
