"""``reprise analyze``: files and folders in, one record a file out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.cli.batch import Request
    from reprise.cli.output import Output

__all__ = ["command"]

# Written out, not imported, so that `reprise analyze --help` stays light; a test holds the two together.
_FORMATS = ("table", "json", "jsonl", "csv", "parquet")


class CannotStart(click.ClickException):
    """The run cannot begin; one line says why."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the line, safe to print."""
        return printable(self.message)


@click.command(name="analyze")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str), metavar="PATH...")
@click.option(
    "-f",
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    help="Default: by the extension of -o; without -o a table on a terminal, JSON Lines in a pipe.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes. Default: one a core."
)
@click.option(
    "--resume", is_flag=True, help="Skip what the output file already holds; try failed files again."
)
@click.option("--embedding", is_flag=True, help="Add the embedding that similarity works on.")
@click.option(
    "--detail", is_flag=True, help="Add the full analysis: bars, beats, tatums, sections and segments."
)
@click.option("--no-learned", is_flag=True, help="Leave out what was learnt from corrections.")
def command(
    paths: tuple[str, ...],
    output_format: str | None,
    output: str | None,
    jobs: int | None,
    resume: bool,
    no_learned: bool,
    **extras: bool,
) -> int:
    """Say what is in audio files and in folders of them.

    A folder is searched to its bottom for audio files; hidden ones are left out. A file that cannot be
    analysed becomes a record with its error, and the run goes on. Exit code: 0 all well, 1 a file failed,
    2 wrong usage.
    """
    target = None if output in (None, "-") else output
    if target is not None:
        _check_target(target, paths)
    chosen = _choose_format(output_format, target)
    _check_usage(chosen, target, resume)

    from reprise.cli.batch import Request
    from reprise.cli.files import find_files

    found = find_files(paths, skip=[target] if target else [])
    for error in found.unreadable:
        click.echo(f"{printable(error.filename)}: {error.strerror}", err=True)
    if not found.files:
        click.echo("No audio files found.", err=True)
    request = Request(
        files=found.files,
        jobs=jobs,
        detail="full" if extras["detail"] else False,
        embedding=extras["embedding"],
        learned=not no_learned,
    )
    if chosen == "table":
        return _to_table(request, target) or int(bool(found.unreadable))
    return _to_records(request, chosen, target, resume) or int(bool(found.unreadable))


def _check_target(target: str, paths: tuple[str, ...]) -> None:
    real = os.path.realpath(target)
    if Path(real).is_dir():
        raise CannotStart(f"cannot write {target}: it is a folder")
    if any(os.path.realpath(path) == real for path in paths):
        raise CannotStart(f"cannot write {target}: it is one of the files to analyse")


def _choose_format(output_format: str | None, target: str | None) -> str:
    if output_format:
        return output_format
    if target is None:
        return "table" if sys.stdout.isatty() else "jsonl"
    from reprise.cli.formats import EXTENSIONS

    try:
        return EXTENSIONS[Path(target).suffix.lower()]
    except KeyError:
        raise click.UsageError(f"no format is known by the extension of {target!r}: give --format") from None


def _check_usage(output_format: str, target: str | None, resume: bool) -> None:
    if resume and (target is None or output_format == "table"):
        raise click.UsageError("--resume needs an output file (-o) in a format other than table")
    if output_format == "parquet" and target is None and sys.stdout.isatty():
        raise click.UsageError("parquet is not text: give -o FILE")


def _to_records(request: Request, output_format: str, target: str | None, resume: bool) -> int:
    from dataclasses import replace

    from reprise.cli.batch import run
    from reprise.cli.output import record_key

    extras = {name for name in ("embedding", "detail") if getattr(request, name)}
    wanted = {record_key(path) for path in request.files}
    done: set[str] = set()

    def keep(record: dict[str, Any]) -> bool:
        key = record_key(record["path"])
        is_whole = extras <= record.keys() and ("detail" not in extras or "segments" in record["detail"])
        if key in done or (key in wanted and ("error" in record or not is_whole)):
            return False
        done.add(key)
        return True

    output = _open_output(output_format, target, extras, keep if resume else None)
    todo = [path for path in request.files if record_key(path) not in done]
    show_progress = sys.stderr.isatty() and (target is not None or not sys.stdout.isatty())
    return run(replace(request, files=todo), output, show_progress=show_progress, show_failures=True)


def _open_output(
    output_format: str, target: str | None, extras: set[str], keep: Callable[[dict[str, Any]], bool] | None
) -> Output:
    from reprise.cli.output import OutputFile, OutputStream
    from reprise.errors import DatasetError

    if target is None:
        return OutputStream(sys.stdout.buffer, output_format, extras)
    try:
        if Path(target).exists() and not Path(target).is_file():
            # A device or a named pipe is written to, never replaced.
            return OutputStream(Path(target).open("wb"), output_format, extras)
        return OutputFile(target, output_format, keep=keep)
    except OSError as error:
        raise CannotStart(f"cannot write {target}: {error.strerror}") from error
    except DatasetError as error:
        raise CannotStart(f"cannot resume: {error}") from error


def _to_table(request: Request, target: str | None) -> int:
    from rich.console import Console

    from reprise.cli.batch import run
    from reprise.cli.table import TableOutput

    if target is None:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        console = Console(highlight=False)
        output = TableOutput(console, request.files)
        return run(request, output, show_progress=sys.stderr.isatty(), show_failures=False)
    try:
        file = Path(target).open("w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise CannotStart(f"cannot write {target}: {error.strerror}") from error
    with file:
        output = TableOutput(Console(file=file, width=120, highlight=False), request.files)
        return run(request, output, show_progress=sys.stderr.isatty(), show_failures=True)
