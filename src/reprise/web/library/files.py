"""The files behind tracks."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from reprise.errors import DecodeError
from reprise.web.library.models import Track
from reprise.web.library.paths import real_path, shown_path

__all__ = ["open_track", "remove_track"]


def open_track(track: Track) -> BinaryIO:
    """Open a track's file for reading.

    Raises
    ------
    DecodeError
        If it is gone, may not be read, or is no longer a regular file.
    """
    try:
        # Not blocking: whoever puts a named pipe in a file's place must not stop the server.
        descriptor = os.open(real_path(track.path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise DecodeError(shown_path(track.path), f"cannot be opened: {reason}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DecodeError(shown_path(track.path), "is no regular file")
    return os.fdopen(descriptor, "rb")


def remove_track(track: Track) -> None:
    """Take a track out of the library, and its file where that is the library's own: an upload or a demo piece."""
    path = Path(real_path(track.path))
    track.delete()
    if track.origin != Track.Origin.FOLDER and settings.CONFIG.data in path.parents:
        with suppress(FileNotFoundError):
            path.unlink()
