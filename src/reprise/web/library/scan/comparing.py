"""What differs between a folder and its rows, told from paths, sizes, times and inodes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Comparison", "OnDisk", "Row", "compare"]


class OnDisk(NamedTuple):
    """What the file system says of a file."""

    size: int
    mtime_ns: int
    inode: int


class Row(NamedTuple):
    """What the library knows of a file."""

    id: int
    path: str
    size: int
    mtime_ns: int
    inode: int | None
    is_missing: bool


@dataclass
class Comparison:
    """What a scan has to do.

    Attributes
    ----------
    unchanged : int
        How many files are as they were.
    back : list of Row
        Were missing, and are there again as they were.
    inodes : dict of int to int
        By track, where only the inode differs: the folder was copied, or its disk has no lasting ones.
    changed : dict of str to Row
        By path: size or time differ, so that the file must be looked at.
    new : list of str
        Paths that no row has, sorted.
    moved : dict of int to str
        The new path of a track whose very file lies elsewhere now.
    displaced : list of int
        Tracks whose file is gone while another has taken its path.
    gone : list of Row
        Their files are not there any more.
    """

    unchanged: int = 0
    back: list[Row] = field(default_factory=list)
    inodes: dict[int, int] = field(default_factory=dict)
    changed: dict[str, Row] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    moved: dict[int, str] = field(default_factory=dict)
    displaced: list[int] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)


def compare(rows: Iterable[Row], disk: Mapping[str, OnDisk]) -> Comparison:
    """Compare a folder with its rows.

    Parameters
    ----------
    rows : iterable of Row
        Each path once; read once.
    disk : mapping of str to OnDisk
        By path.
    """
    found, known = Comparison(), set()
    gone: dict[str, Row] = {}
    lost: list[Row] = []
    for row in rows:
        there = disk.get(row.path)
        if there is None:
            if row.is_missing:
                lost.append(row)
            else:
                gone[row.path] = row
            continue
        known.add(row.path)
        if (there.size, there.mtime_ns) != (row.size, row.mtime_ns):
            found.changed[row.path] = row
        elif row.is_missing:
            found.back.append(row)
        else:
            found.unchanged += 1
        if row.path not in found.changed and row.inode != there.inode:
            found.inodes[row.id] = there.inode
    found.new = sorted(disk.keys() - known)
    _follow_inodes(found, gone, lost, disk)
    found.gone = list(gone.values())
    return found


def _follow_inodes(
    found: Comparison, gone: dict[str, Row], lost: list[Row], disk: Mapping[str, OnDisk]
) -> None:
    """Find the files that were renamed: an inode, a size and a time, all three as before, under another path."""
    found.moved = _matched(
        (*lost, *gone.values(), *found.changed.values()), (*found.new, *found.changed), disk
    )
    if not found.moved:
        return
    by_id = {row.id: row for row in (*lost, *gone.values(), *found.changed.values())}
    targets = set(found.moved.values())
    found.new = [path for path in found.new if path not in targets]
    for row in [by_id[track_id] for track_id in found.moved]:
        gone.pop(row.path, None)
        if found.changed.pop(row.path, None) and row.path not in targets:
            found.new.append(row.path)
    for path in targets & found.changed.keys():
        found.displaced.append(found.changed.pop(path).id)
    found.new.sort()


def _matched(rows: Sequence[Row], paths: Sequence[str], disk: Mapping[str, OnDisk]) -> dict[int, str]:
    """Pair rows with paths of the very same files."""
    # Hard links have all three in common: a name that stayed, below another folder, tells them apart.
    named = {(file, _name(row.path)): row for row in rows if (file := _file_of(row))}
    moved: dict[int, str] = {}
    for path in paths:
        row = named.get((disk[path], _name(path)))
        if row is not None:
            moved.setdefault(row.id, path)
    targets = set(moved.values())
    loose: dict[OnDisk, list[Row]] = {}
    for row in reversed(rows):
        if (file := _file_of(row)) and row.id not in moved:
            loose.setdefault(file, []).append(row)
    for path in paths:
        if path not in targets and (same := loose.get(disk[path])):
            moved[same.pop().id] = path
    return moved


def _file_of(row: Row) -> OnDisk | None:
    return None if row.inode is None else OnDisk(row.size, row.mtime_ns, row.inode)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
