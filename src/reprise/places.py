"""Where Reprise keeps what belongs to a user and outlives a folder of work, such as the model that is in use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from reprise.errors import ConfigError

__all__ = ["data_directory"]


def data_directory() -> Path:
    """Return the folder of the user's own data; it need not be there yet.

    The environment variable ``REPRISE_DATA`` names another one than the platform's.

    Raises
    ------
    ConfigError
        If ``REPRISE_DATA`` is no absolute path, or there is no home folder.
    """
    if named := os.environ.get("REPRISE_DATA"):
        if not Path(named).is_absolute():
            raise ConfigError(f"REPRISE_DATA is {named!r}; it must be an absolute path")
        return Path(named)
    try:
        home = Path.home()
    except RuntimeError as error:
        raise ConfigError("there is no home folder to keep data in; set REPRISE_DATA to a folder") from error
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "reprise"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "reprise"
    # The XDG base directory specification: what is no absolute path is ignored.
    kept = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (kept if kept.is_absolute() else home / ".local" / "share") / "reprise"
