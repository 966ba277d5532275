"""Everything that a library is, in one file, while it is in use; and back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from reprise._version import __version__
from reprise.errors import DatasetError, ParameterError
from reprise.models.feedback import ACTIVE
from reprise.training.feedback.corrections import Corrections, default_store
from reprise.web.library.keeping.archive import unpacked, written
from reprise.web.library.keeping.learnt import check_learnt, is_learnt, learnt_files, put_learnt
from reprise.web.library.keeping.rows import TABLES, checked_rows, dump, fill, snapshot
from reprise.web.library.liveness import alive_workers
from reprise.web.library.models import Track
from reprise.web.library.paths import real_path, stored_path
from reprise.web.library.queueing import enqueue_many

__all__ = ["Kept", "backup", "restore"]

_FORMAT = 1
_CORRECTIONS = "corrections.sqlite"
_LEARNT = "learnt"
_KEPT_SETTINGS = (
    "public", "https", "trusted_proxies", "workers", "max_upload_mb", "max_duration_s", "analysis_timeout_s",
    "analysis_memory_mb", "rate_per_minute", "uploads_per_hour",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What a backup holds: tracks, files of the library's own, and how many of these were not there any more."""

    tracks: int
    files: int
    lost: int = 0


def backup(path: Path, *, replace: bool = False) -> Kept:
    """Write everything into one file; the library may be in use meanwhile.

    In it are all rows as they were at one moment, corrections and what they have taught, the files that were uploaded,
    and settings without secrets. Music in scanned folders is not. Hashes of passwords and tokens are: only the file's
    owner may read it.

    Parameters
    ----------
    path : Path
    replace : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DatasetError
        If there is such a file.
    OSError
        If it cannot be written.
    """
    data = settings.CONFIG.data.resolve()
    with written(path, replace=replace) as archive, tempfile.TemporaryDirectory(dir=path.parent) as temporary:
        part = Path(temporary) / "part"
        counts = {}
        with snapshot() as using:
            for table in TABLES:
                counts[table] = dump(table, using, part)
                archive.add(f"rows/{table}.jsonl.gz", part)
            own = list(_own_files(using, data))
        if default_store().exists():
            _copy_sqlite(default_store(), part)
            archive.add(_CORRECTIONS, part)
        for learnt in learnt_files(Path(temporary) / ACTIVE):
            archive.add(f"{_LEARNT}/{learnt.name}", learnt)
        files = 0
        for name in own:
            # An upload can be removed by its user just now.
            with suppress(FileNotFoundError):
                archive.add(f"files/{name}", data / name)
                files += 1
        archive.finish(
            {
                "reprise": __version__, "format": _FORMAT, "made_at": timezone.now().isoformat(), "counts": counts,
                "data": str(data), "settings": {name: getattr(settings.CONFIG, name) for name in _KEPT_SETTINGS},
            }
        )  # fmt: skip
    return Kept(tracks=counts["track"], files=files, lost=len(own) - files)


def restore(path: Path, *, replace: bool = False) -> Kept:
    """Make the library what a backup holds. It is read and checked to its end first, then taken over in one step.

    Parameters
    ----------
    path : Path
    replace : bool
        Whether a library that is not empty may be replaced.

    Raises
    ------
    DatasetError
        If it is no backup, or not whole: then nothing has changed.
    ParameterError
        If the library is not empty, or in use.
    """
    if alive_workers():
        raise ParameterError("the library is in use; stop the server and all workers first")
    if not replace and Track.objects.exists():
        raise ParameterError("the library is not empty; --force replaces all that is in it")
    data = settings.CONFIG.data.resolve()
    with unpacked(path, data, _is_expected) as (folder, manifest):
        if manifest.get("format") != _FORMAT:
            raise DatasetError(
                f"{path} is of another version ({manifest.get('reprise')}); use that one to restore it"
            )
        for table in TABLES:
            for _ in _rows(table, folder, manifest, data):
                pass
        corrections = folder / _CORRECTIONS
        if corrections.exists():
            _check_corrections(corrections)
        check_learnt(folder / _LEARNT)
        files = _put_files(folder / "files", data)
        _fill(folder, manifest, data)
        if corrections.exists():
            for ending in ("-wal", "-shm"):
                default_store().with_name(f"{_CORRECTIONS}{ending}").unlink(missing_ok=True)
            corrections.replace(default_store())
        put_learnt(folder / _LEARNT)
    return Kept(tracks=Track.objects.count(), files=files)


def _fill(folder: Path, manifest: dict[str, Any], data: Path) -> None:
    from django_tasks_db.models import DBTaskResult

    from reprise.web.library.tasks import analyse_track

    rows = {table: _rows(table, folder, manifest, data) for table in TABLES}
    try:
        with transaction.atomic():
            DBTaskResult.objects.all().delete()
            fill(rows)  # type: ignore[arg-type]
            connection.check_constraints()
            waiting = Track.objects.filter(status=Track.Status.QUEUED, missing_since=None)
            enqueue_many(analyse_track, [(pk,) for pk in waiting.values_list("pk", flat=True)])
    except (DatabaseError, OverflowError) as error:
        raise DatasetError(
            f"the rows of the backup do not fit together: {str(error).splitlines()[0]}"
        ) from error


def _is_expected(name: str) -> bool:
    first, _, rest = name.partition("/")
    if first == "rows":
        return rest.endswith(".jsonl.gz") and rest.removesuffix(".jsonl.gz") in TABLES
    if first == _LEARNT:
        return is_learnt(rest)
    return name == _CORRECTIONS or (first == "files" and "/" in rest)


def _rows(table: str, folder: Path, manifest: dict[str, Any], data: Path) -> Iterator[models.Model]:
    """Read a table; files of the library's own lie in this library's folder now."""
    path = folder / "rows" / f"{table}.jsonl.gz"
    if not path.exists():
        raise DatasetError(f"the table {table} is not in the backup")
    before, now = f"{stored_path(str(manifest.get('data')))}{os.sep}", f"{stored_path(data)}{os.sep}"
    for row in checked_rows(table, path):
        if isinstance(row, Track) and row.path.startswith(before):
            row.path = now + row.path.removeprefix(before)
        yield row


def _own_files(using: str, data: Path) -> Iterator[str]:
    """Yield the files of tracks that lie in the folder of data, by their names below it."""
    top = f"{stored_path(data)}{os.sep}"
    own = Track.objects.using(using).exclude(origin=Track.Origin.FOLDER)
    for path in own.values_list("path", flat=True).iterator(chunk_size=1000):
        if path.startswith(top):
            yield real_path(path.removeprefix(top))


def _put_files(source: Path, data: Path) -> int:
    """Put files into their places. Their names are random, so one that is there already is the same file."""
    count = 0
    for path in sorted(source.rglob("*")) if source.exists() else ():
        if path.is_file():
            target = data / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists() or target.stat().st_size != path.stat().st_size:
                path.replace(target)
            count += 1
    return count


def _copy_sqlite(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def _check_corrections(path: Path) -> None:
    """Refuse a file that has any other table, view or trigger than a new one has."""
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / "new.sqlite"
        Corrections(new).close()
        try:
            same = _schema_of(path) == _schema_of(new)
        except sqlite3.Error:
            same = False
    if not same:
        raise DatasetError("the corrections in the backup are damaged")


def _schema_of(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as rows:
        rows.execute("PRAGMA trusted_schema = OFF")
        if rows.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise sqlite3.DatabaseError("damaged")
        names = ("application_id", "user_version")
        marks = [rows.execute(f"PRAGMA {name}").fetchone() for name in names]
        found = rows.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        return [*marks, *found.fetchall()]
