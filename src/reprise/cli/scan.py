"""``reprise scan``: a folder of music into the library."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from reprise.cli.library_options import library_options, open_library
from reprise.cli.text import printable

__all__ = ["command"]

_LOOK_EVERY_S = 0.5
_SHOWN_FAILURES = 20


@click.command(name="scan")
@click.argument("folders", nargs=-1, metavar="DIR...", type=click.Path(path_type=str))
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N",
              help="Processes that read and analyse. Default: one a core.")  # fmt: skip
@click.option(
    "--wait", "wait_too", is_flag=True, help="Where a server is running, wait until its workers are done."
)
@click.option("--no-analysis", is_flag=True, help="Only look what is there; the next server analyses.")
@click.option("--retry-failed", is_flag=True, help="Try files again that could not be analysed.")
@click.option(
    "--forget-missing",
    is_flag=True,
    help="Remove tracks whose files are gone, with all that belongs to them.",
)
@library_options
def command(  # noqa: PLR0913 (one an option)
    folders: tuple[str, ...], jobs: int | None, wait_too: bool, no_analysis: bool,
    retry_failed: bool, forget_missing: bool, data: Path | None, database: str | None,
) -> int:  # fmt: skip
    """Add folders of music to the library, or bring it in line with them; without DIR, with all folders it knows.

    Only new and changed files are read. A file that was moved or renamed stays the same track, with its playlists and
    corrections; one that is gone is kept as missing until it is back. Where a server or a worker is running, it does
    the analysis; else this command does. It can be interrupted at any moment and goes on with the same command.
    """
    from reprise.cli.batch import available_cores
    from reprise.cli.interrupt import Interrupts

    open_library(data, database)
    jobs = jobs or available_cores()
    reports: list[Any] = []
    with Interrupts().taken() as interrupts:
        try:
            for folder in folders or _known_folders():
                reports.append(_scan(folder, jobs, retry_failed, forget_missing))
                _say(reports[-1])
            before = set(_failed().values_list("pk", flat=True))
            if not no_analysis:
                _analyse(jobs, wait_too)
        except KeyboardInterrupt:
            click.echo("Interrupted: what was done is kept, and the same command goes on.", err=True)
            return interrupts.exit_code or 130
    return _say_failures(before) or int(any(report.failures or report.warnings for report in reports))


def _known_folders() -> tuple[str, ...]:
    from reprise.web.library.models import Folder
    from reprise.web.library.paths import real_path

    known = tuple(real_path(path) for path in Folder.objects.order_by("path").values_list("path", flat=True))
    if not known:
        raise click.UsageError("the library knows no folder yet; name one: reprise scan DIR")
    return known


def _scan(folder: str, jobs: int, retry_failed: bool, forget_missing: bool) -> Any:
    from reprise.cli.progress import progress_bar
    from reprise.web.library.scan import scan

    with progress_bar("files", show=sys.stderr.isatty()) as draw:

        def observe(stage: str, done: int, total: int) -> None:
            if stage == "read":
                draw(done, total)

        return scan(
            folder, jobs=jobs, retry_failed=retry_failed, forget_missing=forget_missing, observer=observe
        )


def _say(report: Any) -> None:
    words = {
        "new": "new", "changed": "with other audio", "retagged": "with other tags", "moved": "moved",
        "back": "back", "missing": "missing now", "forgotten": "forgotten", "known": "known from tags or copies",
        "failures": "that cannot be read", "unchanged": "unchanged",
    }  # fmt: skip
    said = [f"{count:,} {text}" for name, text in words.items() if (count := getattr(report, name))]
    click.echo(
        f"{printable(report.folder)}: {report.found:,} files" + (": " + ", ".join(said) if said else "")
    )
    for warning in report.warnings:
        click.echo(printable(warning), err=True)
    for path, reason in report.failed[:_SHOWN_FAILURES]:
        click.echo(f"{printable(path)}: {printable(reason)}", err=True)
    if report.failures > _SHOWN_FAILURES:
        click.echo(f"... and {report.failures - _SHOWN_FAILURES:,} more", err=True)


def _analyse(jobs: int, wait_too: bool) -> None:
    """Let the queue be worked off: by the workers that are there, or by some of our own."""
    from reprise.web.library.liveness import alive_workers
    from reprise.web.library.queueing import waiting_of
    from reprise.web.library.tasks import analyse_track
    from reprise.web.serve import Workers

    total = waiting_of(analyse_track)
    if not total:
        return
    if count := alive_workers():
        click.echo(f"{total:,} files are in the queue of {count} running worker{'s' * (count > 1)}.")
        if wait_too:
            _wait(total)
        return
    workers = Workers(min(jobs, total), is_quiet=True)
    workers.start()
    try:
        _wait(total)
    finally:
        workers.stop()


def _wait(total: int) -> None:
    from reprise.cli.progress import progress_bar
    from reprise.web.library.queueing import waiting_of
    from reprise.web.library.tasks import analyse_track

    most = total
    with progress_bar("files", show=sys.stderr.isatty()) as draw:
        while left := waiting_of(analyse_track):
            most = max(most, left)
            draw(most - left, most)
            time.sleep(_LOOK_EVERY_S)


def _failed() -> Any:
    from reprise.web.library.models import Track

    return Track.objects.filter(status=Track.Status.FAILED, missing_since=None, origin=Track.Origin.FOLDER)


def _say_failures(before: set[int]) -> int:
    """Say how the analysis went; return 1 if files failed that had not before."""
    from reprise.web.library.models import Track
    from reprise.web.library.paths import shown_path

    rows = [
        row
        for row in _failed().order_by("path").values_list("pk", "path", "error_message")
        if row[0] not in before
    ]
    for _, path, reason in rows[:_SHOWN_FAILURES]:
        click.echo(f"{printable(shown_path(path))}: {printable(reason)}", err=True)
    if len(rows) > _SHOWN_FAILURES:
        click.echo(f"... and {len(rows) - _SHOWN_FAILURES:,} more", err=True)
    analysed = Track.objects.filter(status=Track.Status.ANALYSED, missing_since=None).count()
    click.echo(f"The library has {analysed:,} analysed tracks, {_failed().count():,} that failed.")
    return int(bool(rows))
