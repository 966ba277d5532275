"""One run of a provider at a time on one store, so that no request is sent twice.

The operating system holds the lock, on a file beside the store, and lets it go when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO
from urllib.parse import quote

from reprise.errors import CollectError

__all__ = ["AlreadyRunningError", "RunLock"]


class AlreadyRunningError(CollectError):
    """Another run of the same provider is at work on the same store."""


class RunLock:
    """Held from its making until `release`, or until the process ends; used in a ``with`` block or without.

    Parameters
    ----------
    store_path : Path
        The store. While the lock is held, ``songs.sqlite.deezer.lock`` or its like lies beside it; the file itself
        means nothing, so that one which a killed process left does no harm.
    provider : str
        Who is asked.

    Raises
    ------
    AlreadyRunningError
        If somebody else holds it.
    CollectError
        If the file system knows no locks.
    """

    def __init__(self, store_path: Path, provider: str) -> None:
        self._path = store_path.with_name(f"{store_path.name}.{quote(provider, safe='')[:60]}.lock")
        try:
            self._file = self._path.open("ab")
            while not (held := _take(self._file)) or not _is_at(self._file, self._path):
                self._file.close()
                if not held:
                    raise AlreadyRunningError(
                        f"{provider}: another run is at work on {store_path}; wait until it is done, or stop it"
                    )
                # The holder before us has removed the file between our opening and locking it.
                self._file = self._path.open("ab")
        except OSError as error:
            raise CollectError(f"{self._path}: cannot be locked: {error.strerror}") from error

    def release(self) -> None:
        """Let others run."""
        if sys.platform == "win32":  # which removes no open file
            self._file.close()
        self._path.unlink(missing_ok=True)
        self._file.close()

    def __enter__(self) -> RunLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _take(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
