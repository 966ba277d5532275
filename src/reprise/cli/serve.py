"""``reprise serve``: the library in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["command"]


@click.command(name="serve")
@click.option("--host", metavar="ADDRESS", help="Where to listen. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="On which port. Default: 8808.")
@click.option("--public", is_flag=True, default=None, help="Let others come too; everybody must log in.")
@click.option(
    "--allowed-host", "allowed_hosts", multiple=True, metavar="NAME",
    help="With --public: a name that the server answers to; repeat.",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(min=0), metavar="N", help="Processes that analyse. Default: 1."
)
@click.option("--no-demo", is_flag=True, help="Leave an empty library empty.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Folder of database and uploads. Default: the user's data.")  # fmt: skip
@click.option("--database", metavar="URL", help="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.")
def command(no_demo: bool, data: Path | None, allowed_hosts: tuple[str, ...], **flags: Any) -> int:
    """Serve the library to browsers, and analyse what is brought in.

    Listens on this machine alone, where everybody is the owner, unless told otherwise.
    """
    from reprise.web.serve import serve

    said = flags | {"data": data.absolute() if data else None, "allowed_hosts": allowed_hosts or None}
    return serve(said, demo=not no_demo, say=click.echo)
