"""The queue of tasks: rows of django-tasks in the library's database, so that a track and its task are one commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from reprise.web.library.parts import parts

__all__ = ["LONG", "SHORT", "Priority", "ahead_of", "enqueue", "enqueue_many", "take_out", "waiting_of"]

SHORT, LONG = "default", "long"
"""The queue of what is done in seconds, and that of what takes minutes: a song shall not wait behind a map."""

_BATCH = 2000


class Priority(IntEnum):
    """What comes first; -100..100."""

    UPLOAD = 50
    """Somebody waits before a page."""
    WORK = 20
    """Somebody asked for it: a scan, a map, a lesson."""
    DEMO = 0
    SCAN = -10
    """The files of a whole folder."""
    UNASKED = -20
    """What is done by itself when there is nothing else to do."""


def enqueue(task: Task[..., Any], *args: Any, priority: int = Priority.WORK) -> str:
    """Put one call of a task into the queue; return the task's identifier."""
    row = _row(task, args, priority)
    row.save(force_insert=True)
    return str(row.id)


def enqueue_many(
    task: Task[..., Any], calls: Iterable[Sequence[Any]], *, priority: int = Priority.SCAN
) -> int:
    """Put many calls of a task into the queue, each commit a part of them.

    Parameters
    ----------
    task : Task
    calls : iterable of sequence
        The arguments of each call.
    priority : int

    Returns
    -------
    int
        How many there were.
    """
    count, rows = 0, (_row(task, args, priority) for args in calls)
    for part in parts(rows, _BATCH):
        with transaction.atomic():
            DBTaskResult.objects.bulk_create(part, batch_size=_BATCH)
        count += len(part)
    return count


def take_out(task_id: str) -> bool:
    """Take a task that nobody has begun out of the queue; return whether it was there."""
    if not task_id:
        return False
    return bool(DBTaskResult.objects.filter(pk=task_id, status=TaskResultStatus.READY).delete()[0])


def ahead_of(task_id: str) -> int | None:
    """Count the tasks that are begun before one; ``None`` if it is not waiting."""
    if not task_id:
        return None
    row = DBTaskResult.objects.filter(pk=task_id, status=TaskResultStatus.READY).first()
    if row is None:
        return None
    same = Q(priority=row.priority)
    earlier = Q(run_after__lt=row.run_after) | Q(run_after=row.run_after, enqueued_at__lt=row.enqueued_at)
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, queue_name=row.queue_name)
    return int(waiting.filter(Q(priority__gt=row.priority) | same & earlier).order_by().count())


def waiting_of(task: Task[..., Any]) -> int:
    """Count the calls of a task that are waiting or in hand."""
    open_ones = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return int(
        DBTaskResult.objects.filter(task_path=task.module_path, status__in=open_ones).order_by().count()
    )


def _row(task: Task[..., Any], args: Sequence[Any], priority: int) -> DBTaskResult:
    return DBTaskResult(
        id=uuid.uuid4(),
        args_kwargs={"args": list(args), "kwargs": {}},
        priority=int(priority),
        task_path=task.module_path,
        queue_name=task.queue_name,
        # What `bulk_create` leaves out: the signal that sets it.
        run_after=get_date_max(),
        enqueued_at=timezone.now(),
        backend_name=task.backend,
    )
