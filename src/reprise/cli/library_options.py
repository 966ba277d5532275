"""What commands of the library have in common: where it is, and bringing it up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["library_options", "open_library"]


def library_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which library is meant."""
    function = click.option(
        "--database", metavar="URL", help="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
    )(function)
    return click.option(
        "--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
        help="Folder of database and uploads. Default: the user's data.",
    )(function)  # fmt: skip


def open_library(data: Path | None, database: str | None) -> Any:
    """Bring the library up; return its settings."""
    from reprise.web.boot import boot

    return boot({"data": data.absolute() if data else None, "database": database})
