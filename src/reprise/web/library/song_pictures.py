"""Pictures of a track's own sound, drawn when they are first looked at and kept beside the database."""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from django.conf import settings

from reprise.errors import DecodeError, UnknownNameError
from reprise.features.pictures import AXES_FILE, KINDS, picture_files
from reprise.web.library.models import Track
from reprise.web.library.paths import real_path, shown_path
from reprise.workers import KILLED, in_workers

__all__ = ["pictures_of", "png_of"]

_MOST_KEPT = 2000
"""Tracks whose pictures are kept, some 300 kB each; those looked at longest ago go first."""

_LOCKS: OrderedDict[str, threading.Lock] = OrderedDict()
_GUARD = threading.Lock()


def pictures_of(track: Track) -> list[dict[str, Any]]:
    """Return what there is to say of each picture: kind, title, unit, ticks, duration, range.

    Raises
    ------
    AudioError
        If the file is gone or cannot be read any more.
    """
    axes: list[dict[str, Any]] = json.loads((_folder(track) / AXES_FILE).read_text(encoding="utf-8"))
    return axes


def png_of(track: Track, kind: str) -> bytes:
    """Return one picture; raises as `pictures_of`, and `UnknownNameError` for a kind that is none."""
    if kind not in KINDS:
        raise UnknownNameError("picture", kind, KINDS)
    return (_folder(track) / f"{kind}.png").read_bytes()


def _folder(track: Track) -> Path:
    """Return the folder of a track's pictures, drawn by now."""
    try:
        status = os.stat(real_path(track.path))  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise DecodeError(shown_path(track.path), "the file is gone, so there is nothing to draw") from error
    cache = settings.CONFIG.data / "cache" / "pictures"
    # Another file behind the same track has other pictures.
    folder: Path = cache / f"{track.public_id}-{status.st_mtime_ns:x}-{status.st_size:x}"
    with _lock_of(track.public_id):
        if not (folder / AXES_FILE).exists():
            _draw(track, folder)
            _forget(cache)
        os.utime(folder)
    return folder


def _lock_of(name: str) -> threading.Lock:
    """A page asks for all of its pictures at once; they are drawn once."""
    with _GUARD:
        lock = _LOCKS.setdefault(name, threading.Lock())
        _LOCKS.move_to_end(name)
        while len(_LOCKS) > 256 and not next(iter(_LOCKS.values())).locked():
            _LOCKS.popitem(last=False)
        return lock


def _draw(track: Track, folder: Path) -> None:
    # In a process of its own: a decoder that crashes must not take the server along.
    found = next(iter(in_workers(picture_files, [real_path(track.path)], 1, if_killed=lambda path: {})))
    if not found:
        raise DecodeError(shown_path(track.path), KILLED)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in found.items():
        part = folder / f"{name}.part"
        part.write_bytes(data)
        part.replace(folder / name)


def _forget(cache: Path) -> None:
    folders = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[:-_MOST_KEPT]:
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
        folder.rmdir()
