"""From what the user names to the files that are analysed."""

# os.path answers "no" where pathlib raises: names that are too long, folders that may not be entered.
# ruff: noqa: PTH112, PTH206

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from reprise.folders import AUDIO_EXTENSIONS, Walk

__all__ = ["AUDIO_EXTENSIONS", "Found", "find_files"]


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
            walk = Walk(path)
            for file in sorted(walk, key=lambda file: file.path.split(os.sep)):
                if file.real not in skipped:
                    files.setdefault(file.real, file.path)
            unreadable += walk.unreadable
        else:
            files.setdefault(os.path.realpath(path), path)
    return Found(tuple(files.values()), tuple(unreadable))
