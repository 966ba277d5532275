"""Putting a changed copy in a file's place, so that there is a whole file at every moment.

The copy is written beside the file, under a name that begins with ``.reprise-tags-``. Whoever writes one holds a
lock on it; one without a lock is what a killed process left, and the next write into the folder removes it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reprise.audio.source import open_regular_file, reason_of
from reprise.audio.tag_files.file_bytes import OpenFile

__all__ = ["PREFIX", "opened", "opened_alone", "replaced"]

PREFIX = ".reprise-tags-"
"""How the names of unfinished copies begin."""

_PATIENCE_S = 10.0
_RETRY_S = 0.02


@contextmanager
def opened(path: str) -> Iterator[OpenFile]:
    """Open a regular file for reading.

    Raises
    ------
    DecodeError
        If there is none, or it may not be read.
    """
    fd = open_regular_file(path)
    try:
        yield OpenFile(fd=fd, path=path, size=os.fstat(fd).st_size)
    finally:
        os.close(fd)


@contextmanager
def opened_alone(path: str) -> Iterator[OpenFile]:
    """Open a regular file that nobody else changes through `replaced` meanwhile.

    Raises
    ------
    DecodeError
        If there is none, or it may not be read.
    TagError
        If another process holds it for ten seconds.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        with opened(path) as file:
            if not _locked(file.fd):
                if time.monotonic() > deadline:
                    raise file.error("another program is writing into it; try again later")
                time.sleep(_RETRY_S)
                continue
            # While we waited another copy may have taken its place: that one is to be locked then.
            with suppress(OSError):
                if os.path.samestat(os.fstat(file.fd), Path(path).stat()):
                    yield file
                    return
            if time.monotonic() > deadline:
                raise file.error("it is replaced again and again; try again later")


@contextmanager
def replaced(file: OpenFile, parts: Iterable[bytes]) -> Iterator[Path]:
    """Write a copy beside a file; when the ``with`` block ends without an error, it takes the file's place.

    Parameters
    ----------
    file : OpenFile
        The file, as `opened_alone` gave it; a link is followed, the file that it leads to is replaced.
    parts : iterable of bytes
        The new content.

    Yields
    ------
    Path
        The copy, whole and on the disk, for a last look at it.

    Raises
    ------
    TagError
        If it cannot be written, or somebody changed the file meanwhile; the file is as it was then.
    """
    target = Path(os.path.realpath(file.path))
    before = os.fstat(file.fd)
    copy: Path | None = None
    try:
        _remove_leftovers(target.parent)
        fd, copy = _new_copy(target.parent)
        try:
            for part in parts:
                _write(fd, part)
            _take_over_attributes(file.fd, fd, before)
            os.fsync(fd)
            yield copy
            if not _is_unchanged(before, target):
                raise file.error("another program changed it meanwhile; try again")
            copy.replace(target)
            copy = None
        finally:
            os.close(fd)
        _sync_folder(target.parent)
    except OSError as error:
        raise file.error(f"its tags cannot be written: {reason_of(error)}") from error
    finally:
        if copy is not None:
            copy.unlink(missing_ok=True)


def _new_copy(folder: Path) -> tuple[int, Path]:
    """Make an empty file that this process has a lock on."""
    while True:
        fd, name = tempfile.mkstemp(prefix=PREFIX, suffix=".tmp", dir=folder)
        with suppress(OSError):  # a file system without locks: nothing is taken for a leftover there
            fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd, Path(name)
        os.close(fd)  # another process took it for a leftover before it was locked


def _write(fd: int, part: bytes) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(fd, view) :]


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the check for changes remains
        return True
    return True


def _is_unchanged(before: os.stat_result, target: Path) -> bool:
    now = target.stat()
    return os.path.samestat(before, now) and (before.st_size, before.st_mtime_ns) == (
        now.st_size,
        now.st_mtime_ns,
    )


def _take_over_attributes(source: int, copy: int, status: os.stat_result) -> None:
    """Give the copy the file's owner, extended attributes and mode, as far as this user may."""
    with suppress(OSError):
        os.fchown(copy, status.st_uid, status.st_gid)
    with suppress(OSError):
        for name in os.listxattr(source):
            with suppress(OSError):
                os.setxattr(copy, name, os.getxattr(source, name))
    os.fchmod(copy, status.st_mode & 0o7777)


def _remove_leftovers(folder: Path) -> None:
    """Remove the copies of processes that were killed: nobody holds a lock on these."""
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(PREFIX)]
        for name in names:
            _remove_unlocked(folder / name)


def _remove_unlocked(path: Path) -> None:
    with suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(fd)


def _sync_folder(folder: Path) -> None:
    # Some file systems cannot; the rename is atomic there too, only perhaps not yet on the disk.
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
