"""Many files for the command line: progress on stderr, results to an output, interruptions in order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import click

from reprise.analysis import analyze_many
from reprise.cli.interrupt import Interrupts
from reprise.cli.output import Output
from reprise.cli.progress import progress_bar
from reprise.cli.text import printable

__all__ = ["Request", "available_cores", "run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is to be analysed, and how."""

    files: Sequence[str]
    jobs: int | None = None
    detail: bool | Literal["full"] = False
    embedding: bool = False
    learned: bool = True

    @property
    def workers(self) -> int:
        """How many processes are worth starting; at least two files each where nobody has said."""
        worth = len(self.files) if self.jobs else (len(self.files) + 1) // 2
        return max(1, min(self.jobs or available_cores(), worth))


def available_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(request: Request, output: Output, *, show_progress: bool, show_failures: bool) -> int:
    """Analyse all files into an output.

    Parameters
    ----------
    request : Request
    output : Output
        Is closed at the end, also where the run is interrupted: what is finished is kept.
    show_progress : bool
        Draw a progress bar on stderr.
    show_failures : bool
        Say on stderr which files failed.

    Returns
    -------
    int
        The exit code: 0, 1 if a file failed, 128 + signal if the run was interrupted.
    """
    finished = failed = 0
    with Interrupts().taken() as interrupts:
        try:
            with progress_bar("files", show=show_progress) as draw:
                results = analyze_many(
                    request.files,
                    jobs=request.workers,
                    detail=request.detail,
                    embedding=request.embedding,
                    learned=request.learned,
                )
                for result in results:
                    record = result.to_dict()
                    with interrupts.held_back():
                        output.write(record)
                    finished += 1
                    failed += "error" in record
                    if show_failures and "error" in record:
                        _say_failed(record)
                    draw(finished, len(request.files))
        except KeyboardInterrupt:
            click.echo("Interrupted: what was finished is kept.", err=True)
        finally:
            with interrupts.until_done():
                output.close()
    if show_progress:
        click.echo(f"{finished} of {len(request.files)} files analysed, {failed} failed.", err=True)
    return interrupts.exit_code or int(failed > 0)


def _say_failed(record: dict[str, Any]) -> None:
    click.echo(f"{printable(record['path'])}: {printable(record['error']['message'])}", err=True)
