"""What was heard, written into the files themselves as tags, and taken out again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from reprise.audio.tag_files import Change, plan_restore, plan_write, reprise_fields, restore, write_fields
from reprise.errors import AudioError, ParameterError, RepriseError, TagError
from reprise.web.library.ids import new_id
from reprise.web.library.keeping.exchange import full_record
from reprise.web.library.models import Analysis, TagWrite, Track
from reprise.web.library.paths import real_path, shown_path
from reprise.web.library.sandbox import shared_sandbox

__all__ = ["Written", "last_batch", "undo_batch", "undo_track", "write_all", "write_tags"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What was done, or would be, to the tags of one file.

    Attributes
    ----------
    path : str
        For people.
    change : Change or None
        ``None`` if it failed.
    error : str
        Why it failed.
    left_alone : tuple of str
        Fields that an undo left as they are, because others have changed them since.
    """

    path: str
    change: Change | None = None
    error: str = ""
    left_alone: tuple[str, ...] = ()


def write_tags(track: Track, batch: str, *, dry_run: bool = False, uploads: bool = False) -> Change:
    """Write what was heard in a track into its file.

    Parameters
    ----------
    track : Track
        Analysed, and its file there with the same audio.
    batch : str
        Names what is undone together.
    dry_run : bool
        Only say what would change.
    uploads : bool
        Whether files may be written that were uploaded, which are somebody's originals.

    Returns
    -------
    Change
        Empty if all stands there already.

    Raises
    ------
    ParameterError
        If the track is not analysed, or an upload.
    DecodeError, TagError
        If the file cannot be read or written, or has other audio now.
    """
    path = _checked(track, uploads)
    analysis = Analysis.objects.filter(track=track).first()
    if analysis is None or track.status != Track.Status.ANALYSED:
        raise ParameterError(f"{shown_path(track.path)} is not analysed yet")
    if shared_sandbox().identify(path).audio_hash != track.audio_hash:
        raise TagError(path, "its audio is not the one that was analysed; scan its folder first")
    fields = reprise_fields(full_record(analysis), analysis.model, track.audio_hash)
    planned = plan_write(path, fields)
    if dry_run or not planned:
        return planned
    # Kept before it is done: should this process be killed in between, there is nothing to undo, which does no harm.
    kept = TagWrite.objects.create(track=track, change=planned.to_dict(), batch=batch)
    try:
        change = write_fields(path, fields)
    except RepriseError:
        kept.delete()
        raise
    TagWrite.objects.filter(pk=kept.pk).update(change=change.to_dict())
    _note_file(track, path)
    return change


def write_all(
    tracks: Iterable[Track], batch: str | None = None, *, dry_run: bool = False, uploads: bool = False
) -> Iterator[Written]:
    """Write the tags of many files, each as it comes; one that fails does not stop the others."""
    batch = batch or new_id()
    for track in tracks:
        path = shown_path(track.path)
        try:
            change = write_tags(track, batch, dry_run=dry_run, uploads=uploads)
        except RepriseError as error:
            yield Written(path=path, error=error.reason if isinstance(error, AudioError) else str(error))
        else:
            yield Written(path=path, change=change)


def undo_track(track: Track) -> Written | None:
    """Take back the last write into a track's file; ``None`` if there is none."""
    write = _open_writes().filter(track=track).last()
    return _undo(write) if write else None


def undo_batch(batch: str, *, dry_run: bool = False) -> Iterator[Written]:
    """Take back everything that was written together, the last first.

    Raises
    ------
    ParameterError
        If there is nothing to undo by this name.
    """
    writes = _open_writes().filter(batch=batch).reverse()
    if not writes.exists():
        raise ParameterError(f"there is nothing to undo by the name {batch!r}")
    for write in writes:
        yield _undo(write, dry_run=dry_run)


def last_batch() -> str | None:
    """Return the name of what was written last and not undone."""
    return _open_writes().values_list("batch", flat=True).last()


def _open_writes() -> Any:
    return TagWrite.objects.filter(undone_at=None).select_related("track").order_by("pk")


def _undo(write: TagWrite, *, dry_run: bool = False) -> Written:
    track = write.track
    shown, path = shown_path(track.path), real_path(track.path)
    try:
        change = Change.from_dict(write.change)
        done = plan_restore(path, change) if dry_run else restore(path, change)
    except RepriseError as error:
        return Written(path=shown, error=error.reason if isinstance(error, AudioError) else str(error))
    if not dry_run:
        TagWrite.objects.filter(pk=write.pk).update(undone_at=timezone.now())
        _note_file(track, path)
    return Written(path=shown, change=done.change, left_alone=done.left_alone)


def _checked(track: Track, uploads: bool) -> str:
    if track.origin != Track.Origin.FOLDER and not uploads:
        raise ParameterError(
            f"{shown_path(track.path)} is no file of a scanned folder; it is left as it was brought in"
        )
    return real_path(track.path)


def _note_file(track: Track, path: str) -> None:
    """Write down how the file looks now, so that a scan sees nothing changed."""
    status = os.stat(path)  # noqa: PTH116 (the path may hold bytes that are no text)
    inode = status.st_ino - (1 << 64) if status.st_ino >= 1 << 63 else status.st_ino
    Track.objects.filter(pk=track.pk).update(size=status.st_size, mtime_ns=status.st_mtime_ns, inode=inode)
