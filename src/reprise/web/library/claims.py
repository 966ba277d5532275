"""One task from the queue into a worker's hands and out of them again."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from reprise.web.library.models import Job
from reprise.web.library.queueing import SHORT
from reprise.web.library.stopping import PutBackError

__all__ = ["claim_next", "is_waiting", "perform", "put_back"]

logger = logging.getLogger("reprise.worker")


def is_waiting(queue: str) -> bool:
    """Whether a task of a queue could be taken."""
    return bool(_ready(queue).exists())


def claim_next(worker: str, queue: str = SHORT) -> DBTaskResult | None:
    """Take the next task of a queue; no two workers get the same."""
    # An empty queue is looked at twice a second: that must not take SQLite's one lock.
    if not is_waiting(queue):
        return None
    with transaction.atomic():
        row: DBTaskResult | None = _ready(queue).get_locked()
        if row is not None:
            row.claim(worker)
        return row


def perform(row: DBTaskResult, worker: str) -> str:
    """Do a claimed task, and say in a word how it ended. Rows of what is done are deleted.

    Raises
    ------
    django.db.OperationalError
        If the database is gone; the task is still in hand then.
    """
    from django.db.utils import InterfaceError, OperationalError

    try:
        row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    except PutBackError:
        put_back(str(row.pk), worker)
        return "put back"
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("task %s failed", row.pk)
        row.set_failed(error)
        Job.objects.filter(task_id=str(row.pk), status__in=(Job.Status.QUEUED, Job.Status.RUNNING)).update(
            status=Job.Status.FAILED,
            error_type="InternalError",
            error_message="something went wrong here; the worker's log says what",
            finished_at=timezone.now(),
        )
        return "failed"
    DBTaskResult.objects.filter(pk=row.pk).delete()
    return "done"


def put_back(task_id: str, worker: str) -> None:
    """Give a claimed task back as if it had not been begun."""
    with transaction.atomic():
        row = DBTaskResult.objects.select_for_update().filter(pk=task_id).first()
        if row is None or row.status != TaskResultStatus.RUNNING or row.worker_ids[-1:] != [worker]:
            return
        row.status, row.started_at, row.worker_ids = TaskResultStatus.READY, None, row.worker_ids[:-1]
        row.save(update_fields=["status", "started_at", "worker_ids"])
        Job.objects.filter(task_id=task_id, status=Job.Status.RUNNING).update(
            status=Job.Status.QUEUED, stage="", fraction=None
        )


def _ready(queue: str) -> Any:
    return DBTaskResult.objects.ready().filter(backend_name="default", queue_name=queue)
