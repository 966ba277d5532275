"""From what the user names to the files that are analysed."""

# os.path answers "no" where pathlib raises: names that are too long, folders that may not be entered.
# ruff: noqa: PTH112, PTH113, PTH116, PTH118, PTH122, PTH208

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["AUDIO_EXTENSIONS", "Found", "find_files"]

AUDIO_EXTENSIONS = frozenset({
    ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".asf", ".au", ".caf", ".dsf",
    ".flac", ".m4a", ".m4b", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpc", ".oga", ".ogg",
    ".opus", ".ra", ".rf64", ".snd", ".spx", ".tta", ".w64", ".wav", ".wave", ".webm", ".wma", ".wv",
})  # fmt: skip
"""Within a folder only these are audio; a file that is named itself may have any extension."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to analyse.

    Attributes
    ----------
    files : tuple of str
        Each once, as the user would write it: named files in their order, the contents of a folder sorted.
    unreadable : tuple of OSError
        Folders that cannot be listed.
    """

    files: tuple[str, ...]
    unreadable: tuple[OSError, ...]


def find_files(paths: Iterable[str], *, skip: Iterable[str] = ()) -> Found:
    """List the files that `paths` name, folders with everything below them.

    Parameters
    ----------
    paths : iterable of str
        Files, which need not exist: whether they can be read is found out when they are; and folders.
    skip : iterable of str
        Files that are left out within folders: the run's own output.

    Returns
    -------
    Found
        Hidden files and folders within folders are left out, links are followed, each file stands there once
        however many links lead to it.
    """
    unreadable: list[OSError] = []
    skipped = {os.path.realpath(path) for path in skip}
    files: dict[str, str] = {}
    for path in paths:
        if os.path.isdir(path):
            for file in _walk(path, unreadable):
                if (real := os.path.realpath(file)) not in skipped:
                    files.setdefault(real, file)
        else:
            files.setdefault(os.path.realpath(path), path)
    return Found(tuple(files.values()), tuple(unreadable))


def _walk(folder: str, unreadable: list[OSError]) -> Iterator[str]:
    """Yield the audio files below a folder, sorted, each folder once even where links make a loop."""
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        if os.path.isfile(here):
            yield here
            continue
        try:
            status = os.stat(here)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(here), reverse=True)
        except OSError as error:
            unreadable.append(error)
            continue
        # A stack, not recursion: folders may be nested deeper than Python's stack.
        for name in names:
            path = os.path.join(here, name)
            if not name.startswith(".") and (os.path.isdir(path) or _is_audio(path)):
                waiting.append(path)


def _is_audio(path: str) -> bool:
    return os.path.splitext(path)[1].lower() in AUDIO_EXTENSIONS and os.path.isfile(path)
