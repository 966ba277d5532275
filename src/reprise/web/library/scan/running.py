"""One scan: the disk is compared with the rows, what differs is looked at, rows follow.

Everything is written in small commits, each of which leaves the library in order: a scan that is killed at any moment
goes on with the next one. The audio of new files is hashed before they get a row, not only when they are analysed: the
hash is what a track is known by when its file is moved, and the row must have it from its first moment. It costs some
three hundredths of the analysis.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from reprise.collect.lock import AlreadyRunningError, RunLock
from reprise.errors import ParameterError
from reprise.folders import Walk
from reprise.web.library.models import Folder, Track
from reprise.web.library.parts import parts
from reprise.web.library.paths import shown_path, stored_path
from reprise.web.library.scan.comparing import Comparison, OnDisk, Row, compare
from reprise.web.library.scan.looking import Look, Lookers
from reprise.web.library.scan.report import ScanReport
from reprise.web.library.scan.roots import add_folder
from reprise.web.library.scan.writing import Writer

__all__ = ["Observer", "scan"]

Observer = Callable[[str, int, int], None]
"""Is told the stage, ``"list"`` or ``"read"``, how many files are done, and of how many."""

_LOOKS_AT_ONCE = 100


def scan(
    path: str,
    *,
    jobs: int = 1,
    retry_failed: bool = False,
    forget_missing: bool = False,
    observer: Observer | None = None,
) -> ScanReport:
    """Bring the library in line with a folder of music.

    Parameters
    ----------
    path : str
        A folder; it is added if it is not known. Of a folder within a known one only that part is looked at.
    jobs : int
        How many processes read new and changed files.
    retry_failed : bool
        Also put files into the queue again that could not be analysed.
    forget_missing : bool
        Remove the tracks whose files are gone, with their corrections and places in playlists.
    observer : callable, optional
        Is told how far it is. What it raises ends the scan; what was done until then stays.

    Returns
    -------
    ScanReport

    Raises
    ------
    ParameterError
        If there is no such folder, or another scan is at work.
    """
    folder, real = add_folder(path)
    with _alone(), Lookers(jobs) as lookers:
        return _Scan(folder, real, lookers, observer).run(retry_failed, forget_missing)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one scan at a time work on the library of this machine."""
    try:
        lock = RunLock(settings.CONFIG.data / "library", "scan")
    except AlreadyRunningError:
        raise ParameterError("another scan is at work; wait until it is done, or stop it") from None
    with lock:
        yield


class _Scan:
    def __init__(self, folder: Folder, real: str, lookers: Lookers, observer: Observer | None) -> None:
        self._folder, self._top, self._lookers = folder, stored_path(real), lookers
        self._observer = observer or (lambda stage, done, total: None)
        self._report = ScanReport(folder=shown_path(self._top))
        self._real = real

    def run(self, retry_failed: bool, forget_missing: bool) -> ScanReport:
        disk, unreadable = self._walk()
        report = self._report
        report.found = len(disk)
        rows = self._rows()
        if not disk and any(not row.is_missing for row in rows):
            report.warnings[:] = [
                f"{report.folder} holds no music any more. If its disk is not mounted, mount it and scan again;"
                " if the music is really gone, remove the folder with `reprise library forget`. Nothing was changed."
            ]
            return report
        found = compare(rows, disk)
        del rows
        found.gone = [row for row in found.gone if not _is_within(row.path, unreadable)]
        report.unchanged = found.unchanged
        writer = Writer(self._folder, disk, report)
        self._settle_known(writer, found)
        self._read(writer, found)
        if retry_failed:
            writer.retry(self._ids(status=Track.Status.FAILED, missing_since=None))
        writer.queue_rest(self._ids(status=Track.Status.QUEUED, missing_since=None))
        if forget_missing:
            writer.forget(self._ids(missing_since__isnull=False))
        Folder.objects.filter(pk=self._folder.pk).update(scanned_at=timezone.now())
        return report

    def _walk(self) -> tuple[dict[str, OnDisk], list[str]]:
        walk, disk = Walk(self._real), {}
        own = os.path.realpath(settings.CONFIG.data) + os.sep
        for file in walk:
            if file.real.startswith(own):
                continue  # uploads are tracks already
            status = file.status
            # Inodes have 64 bits, and databases a sign.
            inode = status.st_ino - (1 << 64) if status.st_ino >= 1 << 63 else status.st_ino
            disk[stored_path(file.path)] = OnDisk(status.st_size, status.st_mtime_ns, inode)
            if len(disk) % 1000 == 0:
                self._observer("list", len(disk), 0)
        for error in walk.unreadable:
            where = shown_path(stored_path(error.filename))
            self._report.warnings.append(
                f"{where} cannot be read: {error.strerror}. Its tracks stay as they are."
            )
        return disk, [stored_path(error.filename) for error in walk.unreadable]

    def _rows(self) -> list[Row]:
        known = Track.objects.filter(folder=self._folder).values_list(
            "pk", "path", "size", "mtime_ns", "inode", "missing_since"
        )
        return [
            Row(pk, path, size, mtime_ns, inode, missing is not None)
            for pk, path, size, mtime_ns, inode, missing in known.iterator(chunk_size=5000)
            if _is_within(path, [self._top])
        ]

    def _ids(self, **which: object) -> Iterator[int]:
        """Yield the tracks of what is scanned."""
        found = Track.objects.filter(folder=self._folder, **which).values_list("pk", "path")
        return (pk for pk, path in list(found.iterator(chunk_size=5000)) if _is_within(path, [self._top]))

    def _settle_known(self, writer: Writer, found: Comparison) -> None:
        """Do what needs no look into files."""
        writer.move(found.moved, found.displaced)
        for rows in parts(found.gone):
            writer.lose([row.id for row in rows])
        for rows in parts(found.back):
            writer.return_([row.id for row in rows])
        for pairs in parts(found.inodes.items()):
            writer.note_inodes(pairs)

    def _read(self, writer: Writer, found: Comparison) -> None:
        done, total = 0, len(found.changed) + len(found.new)

        def counted(looks: Iterable[Look]) -> Iterator[Look]:
            nonlocal done
            for look in looks:
                done += 1
                self._observer("read", done, total)
                yield look

        changed = counted(self._lookers.look_at(found.changed))
        for part in parts(changed, _LOOKS_AT_ONCE):
            writer.change([(found.changed[look.path].id, look) for look in part])
        new = counted(self._lookers.look_at(found.new))
        for part in parts(new, _LOOKS_AT_ONCE):
            writer.add(part)
        writer.settle()


def _is_within(path: str, tops: Sequence[str]) -> bool:
    return any(path == top or path.startswith(top.rstrip(os.sep) + os.sep) for top in tops)
