"""Which workers are alive, and what the dead ones had in hand.

A worker of this machine is dead when its process is gone; of another machine, when it gave no sign for a minute.
"""

from __future__ import annotations

import logging
import os
import socket
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from reprise.records import FailedAnalysis
from reprise.web.library.models import Job, Track, WorkerBeat
from reprise.web.library.storing import store_failure

__all__ = ["HELPER", "MOST_DEATHS", "alive_workers", "beat", "leave", "own_name", "sweep"]

logger = logging.getLogger("reprise.worker")

HELPER = "helper"
"""How the last part of a helper's name begins."""

MOST_DEATHS = 3
"""A task that so many workers held when they died is given up; files are read in a process apart, so it is rare."""

_SILENT = timedelta(seconds=60)
_KEPT = timedelta(days=30)
_REASON = "the workers that had it in hand died, one after another"


def own_name(random: str) -> str:
    """Return a name for a worker of this process; at most 64 characters, as rows of tasks have them."""
    return f"{os.getpid()}-{_began(os.getpid()) or 0}-{random}"


def beat(name: str) -> None:
    """Give a sign of life."""
    WorkerBeat.objects.update_or_create(
        name=name, defaults={"host": _host(), "pid": os.getpid(), "seen_at": timezone.now()}
    )


def leave(name: str) -> None:
    """Say that a worker ends, with nothing in hand."""
    WorkerBeat.objects.filter(name=name).delete()


def alive_workers() -> int:
    """Count the workers that are alive, here or elsewhere; not their helpers, which come and go."""
    return sum(_is_alive(row) for row in WorkerBeat.objects.exclude(name__contains=f"-{HELPER}"))


def sweep() -> int:
    """Put back what dead workers had in hand; return how many tasks that were."""
    dead = [row.name for row in WorkerBeat.objects.all() if not _is_alive(row)]
    alive = set(WorkerBeat.objects.exclude(name__in=dead).values_list("name", flat=True))
    count = 0
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        holder = row.worker_ids[-1] if row.worker_ids else ""
        if holder not in alive:
            count += _take_back(str(row.pk), holder)
    WorkerBeat.objects.filter(name__in=dead).delete()
    DBTaskResult.objects.filter(
        status=TaskResultStatus.FAILED, finished_at__lt=timezone.now() - _KEPT
    ).delete()
    return count


def _take_back(task_id: str, holder: str) -> int:
    """Put one task back into the queue, behind the others of its kind, or give it up."""
    with transaction.atomic():
        row = DBTaskResult.objects.select_for_update(skip_locked=True).filter(pk=task_id).first()
        still = row is not None and row.status == TaskResultStatus.RUNNING
        if row is None or not still or (row.worker_ids or [""])[-1] != holder:
            return 0  # another sweep was faster, or it is done
        if len(row.worker_ids) >= MOST_DEATHS:
            _give_up(row)
        else:
            logger.warning("task %s goes back into the queue: worker %s is gone", row.pk, holder)
            DBTaskResult.objects.filter(pk=row.pk).update(
                status=TaskResultStatus.READY, started_at=None, enqueued_at=timezone.now()
            )
            Job.objects.filter(task_id=str(row.pk), status=Job.Status.RUNNING).update(
                status=Job.Status.QUEUED, stage="", fraction=None
            )
        return 1


def _give_up(row: DBTaskResult) -> None:
    logger.error("task %s is given up: %s", row.pk, _REASON)
    row.set_failed(RuntimeError(_REASON))
    jobs = Job.objects.filter(task_id=str(row.pk))
    track_ids = set(jobs.exclude(track=None).values_list("track_id", flat=True))
    if row.task_path.endswith(".analyse_track"):
        track_ids.add(row.args_kwargs["args"][0])
    jobs.filter(status__in=(Job.Status.RUNNING, Job.Status.QUEUED)).update(
        status=Job.Status.FAILED, error_type="DecodeError", error_message=_REASON, finished_at=timezone.now()
    )
    for track in Track.objects.filter(pk__in=track_ids, status=Track.Status.QUEUED):
        store_failure(track, FailedAnalysis(path=track.path, error_type="DecodeError", message=_REASON))


def _is_alive(row: WorkerBeat) -> bool:
    if row.host != _host():
        return timezone.now() - row.seen_at < _SILENT
    began = _began(row.pid)
    if began is None:
        return _exists(row.pid) and timezone.now() - row.seen_at < _SILENT
    # A number is given out again: only with its time of start is it the same process.
    return row.name.split("-")[1] == str(began)


def _began(pid: int) -> int | None:
    """Return when a process began, in ticks since the machine did; ``None`` where that is not told, or it is dead."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        # A zombie works no more.
        return None if fields[0] in "ZX" else int(fields[19])
    except (OSError, ValueError, IndexError):
        return None


def _exists(pid: int) -> bool:
    if Path("/proc/self/stat").exists():
        return False  # it would have been seen there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@cache
def _host() -> str:
    """Name the machine in such a way that processes of the same name share their numbers."""
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            is_link = Path(path).is_symlink()
            parts.append(os.readlink(path) if is_link else Path(path).read_text(encoding="ascii").strip())  # noqa: PTH115
        except OSError:
            parts.append("")
    return " ".join(parts)[:255]
