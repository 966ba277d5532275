"""Reading and writing the text fields of audio files, and taking back what was written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike

from reprise.audio.tag_files.change import Change, Restored
from reprise.audio.tag_files.file_bytes import Edit, Fields, OpenFile, TagFile, piece_bytes
from reprise.audio.tag_files.formats import tag_file
from reprise.audio.tag_files.names import checked_updates
from reprise.audio.tag_files.replacing import opened, opened_alone, replaced
from reprise.errors import TagError

__all__ = ["plan_restore", "plan_write", "read_fields", "restore", "write_fields"]

Updates = Mapping[str, tuple[str, ...] | None]


def read_fields(path: str | PathLike[str]) -> dict[str, tuple[str, ...]]:
    """Read the text fields of a file.

    Parameters
    ----------
    path : str or path-like
        An MP3, FLAC, Ogg Vorbis, Ogg Opus or MP4 file.

    Returns
    -------
    dict of str to tuple of str
        Values under neutral names in capitals, such as ``BPM``. Text of strangers: it may hold anything but NUL.

    Raises
    ------
    DecodeError
        If there is no such file, or it may not be read.
    TagError
        If it has another format, or its tags are damaged.
    """
    with opened(os.fsdecode(path)) as file:
        return dict(tag_file(file).fields)


def plan_write(path: str | PathLike[str], fields: Updates) -> Change:
    """Say what `write_fields` would change, and change nothing.

    Parameters
    ----------
    path : str or path-like
        The file.
    fields : mapping of str to tuple of str or None
        New values under neutral names; ``None`` removes a field.

    Returns
    -------
    Change
        Empty if all is so already.

    Raises
    ------
    ParameterError
        If a name or a value cannot be written.
    DecodeError, TagError
        As `write_fields` would raise.
    """
    updates = checked_updates(fields)
    with opened(os.fsdecode(path)) as file:
        return _plan(tag_file(file), updates)[0]


def write_fields(path: str | PathLike[str], fields: Updates) -> Change:
    """Write fields into a file; other tags, pictures and audio stay as they are, byte for byte.

    Parameters
    ----------
    path : str or path-like
        The file. A changed copy takes its place in one step: whenever the program is killed, the file is whole.
    fields : mapping of str to tuple of str or None
        New values under neutral names; ``None`` removes a field.

    Returns
    -------
    Change
        What was changed, for `restore`. If it is empty, the file was not touched.

    Raises
    ------
    ParameterError
        If a name or a value cannot be written.
    DecodeError
        If there is no such file, or it may not be read.
    TagError
        If it has another format, its tags are damaged, or it cannot be replaced.
    """
    updates = checked_updates(fields)
    with opened_alone(os.fsdecode(path)) as file:
        return _write(file, tag_file(file), updates)


def plan_restore(path: str | PathLike[str], change: Change) -> Restored:
    """Say what `restore` would do, and change nothing; parameters and errors are the same."""
    with opened(os.fsdecode(path)) as file:
        tags = tag_file(file)
        updates, left_alone = _undoing(tags.fields, change)
        return Restored(change=_plan(tags, updates)[0], left_alone=left_alone)


def restore(path: str | PathLike[str], change: Change) -> Restored:
    """Take back what a write changed.

    Parameters
    ----------
    path : str or path-like
        The file, wherever it is now.
    change : Change
        What `write_fields` returned.

    Returns
    -------
    Restored
        What was put back, and the fields that others have changed since, which are left alone.

    Raises
    ------
    DecodeError, TagError
        As `write_fields` does.
    """
    with opened_alone(os.fsdecode(path)) as file:
        tags = tag_file(file)
        updates, left_alone = _undoing(tags.fields, change)
        return Restored(change=_write(file, tags, updates), left_alone=left_alone)


def _undoing(now: Fields, change: Change) -> tuple[Fields, tuple[str, ...]]:
    updates, left_alone = {}, []
    for name, before in change.before.items():
        values = now.get(name, ())
        if values == change.after.get(name, ()):
            updates[name] = before
        elif values != before:
            left_alone.append(name)
    return updates, tuple(left_alone)


def _plan(tags: TagFile, updates: Fields) -> tuple[Change, Edit | None]:
    """Return what changes; nothing is built where all is so already."""
    wanted = {name: values for name, values in updates.items() if tags.fields.get(name, ()) != values}
    if not wanted:
        return Change(format=tags.format, before={}, after={}), None
    edit = tags.edited(wanted)
    return Change.between(tags.format, tags.fields, edit.fields), edit


def _write(file: OpenFile, tags: TagFile, updates: Fields) -> Change:
    change, edit = _plan(tags, updates)
    if edit is None or not change:
        return change
    with replaced(file, piece_bytes(file, edit.pieces)) as copy, opened(str(copy)) as written:
        # A last look before the copy takes the file's place: it must read as planned.
        if _readable(written) != dict(edit.fields):
            raise file.error(
                "the copy with new tags does not read as planned; please report it with the file"
            )
    return change


def _readable(file: OpenFile) -> dict[str, tuple[str, ...]] | None:
    try:
        return dict(tag_file(file).fields)
    except TagError:
        return None
