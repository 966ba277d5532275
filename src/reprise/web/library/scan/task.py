"""Scans as jobs: asked for in the browser, done by a worker, watched while they are."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.models import User
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from reprise.errors import ParameterError
from reprise.web.library.jobs import JobCancelledError, Reporter, run_job, start_job
from reprise.web.library.models import Folder, Job
from reprise.web.library.paths import real_path, shown_path
from reprise.web.library.queueing import Priority
from reprise.web.library.scan.running import scan
from reprise.web.library.stopping import PutBackError

__all__ = ["scan_for", "start_scan"]

_LOOK_EVERY_S = 2.0


@task()
def scan_for(job_id: int) -> None:
    """Scan the folder of a job."""

    def work(reporter: Reporter) -> Any:
        folder = Job.objects.select_related("folder").get(pk=job_id).folder
        if folder is None:
            raise JobCancelledError
        tell = _teller(reporter)
        tell("list", 0, 0)
        return scan(real_path(folder.path), observer=tell).to_dict()

    run_job(job_id, work)


def start_scan(folder: Folder, user: User | None) -> Job:
    """Begin to scan a folder, unless that is being done."""
    open_jobs = Job.objects.filter(
        folder=folder, kind=Job.Kind.SCAN, status__in=(Job.Status.QUEUED, Job.Status.RUNNING)
    )
    title = f"Scan of {shown_path(folder.path)}"
    return open_jobs.first() or start_job(scan_for, Job.Kind.SCAN, title, user=user, folder=folder)


def _teller(reporter: Reporter) -> Any:
    looked_at = time.monotonic()

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at > _LOOK_EVERY_S:
            looked_at = time.monotonic()
            if _somebody_waits():
                # A scan of a large folder takes hours and loses nothing by being put back; an upload is watched.
                raise PutBackError
        reporter.tell(stage, done / total if total else None, done=done, total=total or None)

    return tell


def _somebody_waits() -> bool:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, priority__gt=Priority.WORK).exists()


def check_idle(folder: Folder) -> None:
    """Refuse to touch a folder that is being scanned.

    Raises
    ------
    ParameterError
        If it is.
    """
    if Job.objects.filter(folder=folder, kind=Job.Kind.SCAN, status=Job.Status.RUNNING).exists():
        raise ParameterError("the folder is being scanned; cancel the scan first")
