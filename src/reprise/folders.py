"""Which files of audio lie below a folder, with what the file system says of each."""

# os.path answers "no" where pathlib raises: names that are too long, folders that may not be entered.
# ruff: noqa: PTH116, PTH118, PTH119, PTH120, PTH122

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["AUDIO_EXTENSIONS", "FoundFile", "Walk"]

AUDIO_EXTENSIONS = frozenset({
    ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".asf", ".au", ".caf", ".dsf",
    ".flac", ".m4a", ".m4b", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpc", ".oga", ".ogg",
    ".opus", ".ra", ".rf64", ".snd", ".spx", ".tta", ".w64", ".wav", ".wave", ".webm", ".wma", ".wv",
})  # fmt: skip
"""Within a folder only these are audio; a file that is named itself may have any extension."""

_NOTHING_THERE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of audio below a folder.

    Attributes
    ----------
    path : str
        Below the folder, as the user would write it.
    real : str
        The same without links.
    status : os.stat_result
        Of the file itself, not of a link.
    """

    path: str
    real: str
    status: os.stat_result


class Walk:
    """The audio files below a folder, in no order, each once even where links lead to it or make a loop.

    Hidden files and folders are left out. Links are followed after everything else, so that a file is named by
    where it really lies if that is below the folder too.

    Parameters
    ----------
    folder : str

    Attributes
    ----------
    unreadable : list of OSError
        Folders that could not be listed, or not to their end; complete once the walk is.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.unreadable: list[OSError] = []
        self._seen: set[tuple[int, int]] = set()
        self._linked_folders: list[str] = []
        self._linked_files: list[str] = []

    def __iter__(self) -> Iterator[FoundFile]:
        yield from self._below(self._folder)
        while self._linked_folders:
            waiting, self._linked_folders = sorted(self._linked_folders, reverse=True), []
            while waiting:
                yield from self._below(waiting.pop())
        yield from self._through_links()

    def _below(self, top: str) -> Iterator[FoundFile]:
        # A stack, not recursion: folders may be nested deeper than Python's stack.
        waiting = [(top, os.path.realpath(top))]
        while waiting:
            here, real = waiting.pop()
            try:
                folder = os.stat(here)
                if (folder.st_dev, folder.st_ino) in self._seen:
                    continue
                self._seen.add((folder.st_dev, folder.st_ino))
                with os.scandir(here) as entries:
                    for entry in entries:
                        if entry.name.startswith("."):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append((entry.path, os.path.join(real, entry.name)))
                        elif entry.is_symlink():
                            self._remember(entry.path)
                        elif is_audio(entry.name) and (status := self._status(entry)):
                            yield FoundFile(entry.path, os.path.join(real, entry.name), status)
            except OSError as error:
                self._note(error, here)

    def _status(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        """Look at a regular file; ``None`` for anything else, or if it is gone by now."""
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _note(self, error: OSError, folder: str) -> None:
        self.unreadable.append(OSError(error.errno, error.strerror, folder))

    def _remember(self, link: str) -> None:
        try:
            mode = os.stat(link).st_mode
        except OSError as error:
            if error.errno not in _NOTHING_THERE:
                self._note(error, link)
            return
        if stat.S_ISDIR(mode):
            self._linked_folders.append(link)
        elif stat.S_ISREG(mode) and is_audio(link):
            self._linked_files.append(link)

    def _through_links(self) -> Iterator[FoundFile]:
        found: set[str] = set()
        for link in sorted(self._linked_files):
            real = os.path.realpath(link)
            try:
                status, folder = os.stat(real), os.stat(os.path.dirname(real))
            except OSError:
                continue
            name = os.path.basename(real)
            was_seen = (folder.st_dev, folder.st_ino) in self._seen
            if real in found or (was_seen and is_audio(name) and not name.startswith(".")):
                continue
            found.add(real)
            yield FoundFile(link, real, status)


def is_audio(name: str) -> bool:
    """Whether a file has an extension of audio."""
    return os.path.splitext(name)[1].lower() in AUDIO_EXTENSIONS
