"""``reprise worker``: one more process that analyses."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="worker")
@click.option("--quiet", is_flag=True, help="No line on stderr for each task.")
def command(quiet: bool) -> int:
    """Take tasks out of the library's queue and do them, until it is stopped.

    On another machine it needs the same database, the same folder of data and the music at the same paths.
    """
    from reprise.web.worker import main

    return main(is_quiet=quiet)
