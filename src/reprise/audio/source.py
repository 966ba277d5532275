"""Opening a path as a regular file, and saying plainly why it cannot be opened.

All reading works on the file descriptor: no library sees the path, so none can take ``http:`` in a
file's name for a protocol, or trip over a name that is not valid Unicode.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from reprise.errors import DecodeError

__all__ = ["open_regular_file"]

_KINDS = {
    stat.S_IFDIR: "it is a directory; name the files in it",
    stat.S_IFIFO: "it is a named pipe; save what comes out of it to a file first",
    stat.S_IFSOCK: "it is a socket, not a file of audio",
    stat.S_IFCHR: "it is a device, not a file of audio",
    stat.S_IFBLK: "it is a device, not a file of audio",
}

_REASONS = {
    errno.ENOENT: "no such file",
    errno.EACCES: "permission denied; let the user who runs this read it",
    errno.EPERM: "permission denied; let the user who runs this read it",
    errno.ENAMETOOLONG: "the name is longer than the file system allows",
    errno.ELOOP: "too many symbolic links; they may form a ring",
    errno.ENOTDIR: "a part of the path is a file, not a directory",
}


def open_regular_file(path: str) -> int:
    """Open a regular, non-empty file for reading.

    Parameters
    ----------
    path : str
        The file; undecodable bytes of its name as surrogate escapes.

    Returns
    -------
    int
        A file descriptor at the file's start; the caller closes it.

    Raises
    ------
    DecodeError
        If there is no such file, it may not be read, it is empty, or it is a directory, a pipe, a socket or a
        device.
    """
    try:
        # Looked at before it is opened: opening a pipe would disturb its writer, a device may block.
        _require_regular(path, Path(path).stat())
        # Should another file have taken its place meanwhile, O_NONBLOCK keeps the opening from hanging.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        fd = os.open(path, flags)
    except OSError as error:
        raise DecodeError(path, reason_of(error)) from error
    except ValueError as error:
        raise DecodeError(path, f"no file can have this name: {error}") from error
    try:
        _require_regular(path, os.fstat(fd))
    except DecodeError:
        os.close(fd)
        raise
    return fd


def reason_of(error: OSError) -> str:
    """Say in one phrase why the operating system refused a file."""
    return _REASONS.get(error.errno or 0) or error.strerror or "it cannot be opened"


def _require_regular(path: str, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise DecodeError(path, _KINDS.get(kind, "it is not a regular file"))
    if status.st_size == 0:
        raise DecodeError(path, "the file is empty; copy or download it again")
