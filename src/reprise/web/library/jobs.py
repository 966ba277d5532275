"""Jobs: work that somebody waits for. A job is a row that is watched; its task in the queue does the work."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task

from reprise.errors import AudioError, RepriseError
from reprise.records import FailedAnalysis
from reprise.web.extras import for_the_web
from reprise.web.library.files import remove_track
from reprise.web.library.models import Job, Track
from reprise.web.library.queueing import Priority, ahead_of, enqueue, take_out
from reprise.web.library.stopping import PutBackError, check_stop

__all__ = [
    "JobCancelledError",
    "Reporter",
    "cancel",
    "done_at_once",
    "drop_old_jobs",
    "job_out",
    "run_job",
    "start_analysis",
    "start_groups",
    "start_job",
    "start_learning",
]

_KEPT = timedelta(days=30)
_TOLD_EVERY_S = 0.25

_OPEN = (Job.Status.QUEUED, Job.Status.RUNNING)


class JobCancelledError(Exception):
    """Somebody has cancelled the job in hand."""


class Reporter:
    """How a task says how far it is, and learns that nobody wants it any more.

    Parameters
    ----------
    job_id : int
    """

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self._told_at = self._looked_at = 0.0
        self._stage = ""

    def tell(self, stage: str, fraction: float | None = None, **more: Any) -> None:
        """Write down how far the job is, at most some four times a second.

        Parameters
        ----------
        stage : str
            What is being done, in a word.
        fraction : float, optional
            How much of it, 0..1.
        **more
            Further fields of `Job`: ``done``, ``total``, ``peaks``.

        Raises
        ------
        JobCancelledError
            If the job was cancelled.
        PutBackError
            If the worker is to stop.
        """
        check_stop()
        now = time.monotonic()
        if stage == self._stage and now - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at, self._stage = now, stage
        self.save(stage=stage[:40], fraction=fraction, **more)

    def save(self, **fields: Any) -> None:
        """Write fields down at once.

        Raises
        ------
        JobCancelledError
            If the job was cancelled.
        """
        if not Job.objects.filter(pk=self.job_id, status=Job.Status.RUNNING).update(**fields):
            raise JobCancelledError

    def look(self) -> None:
        """Ask, at most some four times a second, whether the job is still wanted; raises as `tell` does."""
        check_stop()
        now = time.monotonic()
        if now - max(self._looked_at, self._told_at) < _TOLD_EVERY_S:
            return
        self._looked_at = now
        if not Job.objects.filter(pk=self.job_id, status=Job.Status.RUNNING).exists():
            raise JobCancelledError


def start_job(
    task: Task[..., Any],
    kind: str,
    title: str,
    *,
    user: User | None,
    priority: int = Priority.WORK,
    **fields: Any,
) -> Job:
    """Begin a job: its row and its task, both or none.

    Parameters
    ----------
    task : Task
        Is called with the job's key and hands it to `run_job`.
    kind : str
        One of `Job.Kind`.
    title : str
        For people.
    user : User or None
        Who may watch it, beside the owner.
    priority : int
    **fields
        ``track``, ``folder`` and ``options`` of `Job`.
    """
    with transaction.atomic():
        job = Job.objects.create(kind=kind, title=title[:500], user=user, **fields)
        job.task_id = enqueue(task, job.pk, priority=priority)
        job.save(update_fields=["task_id"])
    return job


def start_analysis(track: Track, user: User | None, *, again: bool = False) -> Job:
    """Begin to analyse a track that somebody waits for; what a user waits for already is not begun twice."""
    from reprise.web.library.tasks import analyse_for

    open_jobs = Job.objects.filter(track=track, kind=Job.Kind.ANALYSIS, status__in=_OPEN, user=user)
    if not again and (found := open_jobs.first()):
        return found
    return start_job(
        analyse_for, Job.Kind.ANALYSIS, track.title, user=user, priority=Priority.UPLOAD, track=track,
        options={"again": again},
    )  # fmt: skip


def start_learning(user: User | None, *, dry_run: bool) -> Job:
    """Begin to learn from all corrections."""
    from reprise.web.library.tasks import learn_for

    title = "What corrections would teach" if dry_run else "Learn from corrections"
    return start_job(learn_for, Job.Kind.LEARN, title, user=user, options={"dry_run": dry_run})


def start_groups(user: User | None, *, priority: int = Priority.WORK) -> Job:
    """Begin to make clusters and map anew, unless that is being done."""
    from reprise.web.library.tasks import groups_for

    found = Job.objects.filter(kind=Job.Kind.GROUPS, status__in=_OPEN, user=user).first()
    return found or start_job(groups_for, Job.Kind.GROUPS, "Clusters and map", user=user, priority=priority)


def done_at_once(track: Track, user: User | None) -> Job:
    """Return a job that had nothing to do: the track is there already."""
    now = timezone.now()
    return Job.objects.create(
        kind=Job.Kind.ANALYSIS, title=track.title[:500], user=user, track=track, status=Job.Status.DONE,
        fraction=1.0, started_at=now, finished_at=now, result={"was_there": True},
    )  # fmt: skip


def run_job(job_id: int, work: Callable[[Reporter], Any]) -> None:
    """Do a job's work and write down what came of it; a job that was cancelled is not begun.

    Parameters
    ----------
    job_id : int
    work : callable
        Returns the job's result, a dictionary or ``None``, or a `FailedAnalysis`. A `RepriseError` is the job's failure
        and ends here; anything else is one of the program's, and is raised on.
    """
    begun = Job.objects.filter(pk=job_id, status__in=_OPEN).update(
        status=Job.Status.RUNNING, started_at=timezone.now(), stage="", fraction=None, peaks=b""
    )
    if not begun:
        return
    try:
        result = work(Reporter(job_id))
    except JobCancelledError:
        return
    except PutBackError:
        Job.objects.filter(pk=job_id, status=Job.Status.RUNNING).update(
            status=Job.Status.QUEUED, stage="", fraction=None
        )
        raise
    except RepriseError as error:
        text = error.reason if isinstance(error, AudioError) else str(for_the_web(error))
        result = FailedAnalysis(path="", error_type=type(error).__name__, message=text)
    except Exception:
        _finish(job_id, FailedAnalysis(path="", error_type="InternalError", message=_INTERNAL))
        raise
    _finish(job_id, result)


_INTERNAL = "something went wrong here; the worker's log says what"


def _finish(job_id: int, result: Any) -> None:
    failure = result if isinstance(result, FailedAnalysis) else None
    fields: dict[str, Any] = {"status": Job.Status.DONE, "fraction": 1.0, "result": result}
    if failure:
        fields = {
            "status": Job.Status.FAILED,
            "error_type": failure.error_type[:60],
            "error_message": failure.message[:2000],
        }
    Job.objects.filter(pk=job_id, status=Job.Status.RUNNING).update(finished_at=timezone.now(), **fields)


def cancel(job: Job) -> None:
    """Stop a job; one that is over stays as it is. What was brought in for it alone goes away again."""
    with transaction.atomic():
        stopped = Job.objects.filter(pk=job.pk, status__in=_OPEN).update(
            status=Job.Status.CANCELLED, finished_at=timezone.now()
        )
        if not stopped:
            return
        take_out(job.task_id)
        track = job.track
        others = Job.objects.filter(track=track, status__in=_OPEN).exclude(pk=job.pk)
        is_ours = track and track.origin in (Track.Origin.UPLOAD, Track.Origin.URL)
        if track and is_ours and track.status == Track.Status.QUEUED and not others.exists():
            # The job is still to be seen when its track is gone.
            Job.objects.filter(track=track).update(track=None)
            remove_track(track)


def drop_old_jobs() -> None:
    """Forget jobs that were over a month ago."""
    Job.objects.exclude(status__in=_OPEN).filter(finished_at__lt=timezone.now() - _KEPT).delete()


def job_out(job: Job) -> dict[str, Any]:
    """Return a job as `schemas.JobOut` has it."""
    is_queued = job.status == Job.Status.QUEUED
    return {
        "id": job.public_id,
        "kind": job.kind,
        "title": job.title,
        "status": job.status,
        "position": ahead_of(job.task_id) if is_queued else None,
        "stage": job.stage,
        "fraction": job.fraction,
        "done": job.done,
        "total": job.total,
        "track_id": job.track and job.track.public_id,
        "result": job.result,
        "error": job.error_message or None,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }
