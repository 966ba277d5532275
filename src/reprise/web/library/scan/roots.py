"""The folders that are scanned. They never lie within each other, so that each file belongs to one."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import transaction

from reprise.errors import ParameterError
from reprise.web.library.models import Folder, Track
from reprise.web.library.paths import real_path, shown_path, stored_path

__all__ = ["add_folder", "folder_above", "is_available", "remove_folder"]

_BATCH = 500


def folder_above(path: str) -> tuple[Folder, str] | None:
    """Return the scanned folder that a folder is or lies in, and the folder's own real path."""
    real = os.path.realpath(path)
    stored = stored_path(real)
    for folder in Folder.objects.all():
        if stored == folder.path or stored.startswith(folder.path.rstrip("/") + "/"):
            return folder, real
    return None


def add_folder(path: str) -> tuple[Folder, str]:
    """Add a folder of music; scanned folders below it become part of it.

    Parameters
    ----------
    path : str

    Returns
    -------
    Folder, str
        The scanned folder that it is or lies in, and its own real path.

    Raises
    ------
    ParameterError
        If it is no folder, or none to be scanned: the root of the machine, the library's own folder of data.
    """
    if "\0" in path or not os.path.isdir(path):  # noqa: PTH112 (answers "no" where pathlib raises)
        known = folder_above(path) if "\0" not in path else None
        if known and known[0].path == stored_path(known[1]):
            return known  # a disk that is not mounted now
        raise ParameterError(f"{shown_path(stored_path(path))}: there is no such folder")
    real = os.path.realpath(path)
    _refuse(real)
    with transaction.atomic():
        if known := folder_above(real):
            return known
        folder = Folder.objects.create(path=stored_path(real))
        for inner in Folder.objects.exclude(pk=folder.pk):
            if inner.path.startswith(folder.path.rstrip("/") + "/"):
                Track.objects.filter(folder=inner).update(folder=folder)
                inner.delete()
    return folder, real


def _refuse(real: str) -> None:
    from django.conf import settings

    data = os.path.realpath(settings.CONFIG.data)
    if Path(real).parent == Path(real) or real in ("/proc", "/sys", "/dev"):
        raise ParameterError(f"{real} is the whole machine; name the folder of your music")
    if real == data or Path(data) in Path(real).parents:
        raise ParameterError(
            f"{shown_path(stored_path(real))} holds the library's own files; name a folder of music"
        )


def remove_folder(folder: Folder) -> int:
    """Take a folder and its tracks out of the library; the files stay. Returns how many tracks there were."""
    count = 0
    tracks = Track.objects.filter(folder=folder)
    while ids := list(tracks.values_list("pk", flat=True)[:_BATCH]):
        Track.objects.filter(pk__in=ids).delete()
        count += len(ids)
    folder.delete()
    return count


def is_available(folder: Folder) -> bool:
    """Whether there is anything in a folder: the mount point of a disk that is not mounted is empty."""
    try:
        with os.scandir(real_path(folder.path)) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
