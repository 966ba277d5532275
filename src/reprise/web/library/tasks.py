"""What workers do, as tasks of the queue. Each may be done twice without harm: a worker may die at any moment."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from django.db import transaction
from django_tasks import task

from reprise.errors import AudioError
from reprise.records import FailedAnalysis, TrackAnalysis
from reprise.web.library.jobs import JobCancelledError, Reporter, run_job
from reprise.web.library.models import Analysis, Job, Track
from reprise.web.library.paths import real_path
from reprise.web.library.queueing import LONG
from reprise.web.library.sandbox import Heard, Identity, shared_sandbox
from reprise.web.library.stopping import check_stop
from reprise.web.library.storing import describe, outline_bytes, store_analysis, store_failure

__all__ = ["analyse_for", "analyse_track", "fetch_for", "groups_for", "learn_for", "make_demo"]


@task()
def analyse_track(track_id: int) -> None:
    """Analyse a track that nobody watches, as scans bring them by thousands."""
    _analyse(track_id, None, again=False)


@task()
def analyse_for(job_id: int) -> None:
    """Analyse the track of a job, while somebody watches."""

    def work(reporter: Reporter) -> Any:
        job = Job.objects.get(pk=job_id)
        if job.track_id is None:
            raise JobCancelledError
        return _analyse(job.track_id, reporter, again=bool(job.options.get("again")))

    run_job(job_id, work)


@task()
def fetch_for(job_id: int) -> None:
    """Fetch the file that a job names by its address, and analyse it."""
    from reprise.web.library.uploads import track_from_address

    def work(reporter: Reporter) -> Any:
        job = Job.objects.select_related("user").get(pk=job_id)
        track_id = job.track_id or track_from_address(job, reporter).pk
        return _analyse(track_id, reporter, again=False)

    run_job(job_id, work)


@task(queue_name=LONG)
def learn_for(job_id: int) -> None:
    """Learn from all corrections."""
    from reprise.web.library.corrections import learn

    def work(reporter: Reporter) -> Any:
        reporter.tell("learn")
        return learn(dry_run=bool(Job.objects.get(pk=job_id).options.get("dry_run")))

    run_job(job_id, work)


@task(queue_name=LONG)
def groups_for(job_id: int) -> None:
    """Make clusters and map anew."""
    from reprise.web.library.groups import make_groups

    run_job(job_id, lambda reporter: make_groups(reporter.tell))


@task()
def make_demo(name: str) -> None:
    """Render a piece of the demo and put it into the queue."""
    from reprise.web.library.demo import render_demo

    render_demo(name)


def _analyse(track_id: int, reporter: Reporter | None, *, again: bool) -> FailedAnalysis | None:
    """Analyse a track unless that is done; return how it failed, if it did."""
    track = Track.objects.filter(pk=track_id).first()
    if track is None:
        return None
    if reporter:
        reporter.tell("open")
    path = real_path(track.path)
    try:
        status = os.stat(path)  # noqa: PTH116
        identity = shared_sandbox().identify(path)
    except (AudioError, OSError, ValueError) as error:
        reason = error.reason if isinstance(error, AudioError) else f"it cannot be opened: {error}"
        kind = type(error).__name__ if isinstance(error, AudioError) else "DecodeError"
        return _store(track_id, FailedAnalysis(path=path, error_type=kind, message=reason), None, None)
    if not again and _is_done(track, identity, status):
        return None
    found = shared_sandbox().analyse(
        path,
        observer=_observer(reporter) if reporter else None,
        check=reporter.look if reporter else check_stop,
    )
    return _store(track_id, found, identity, status)


def _observer(reporter: Reporter) -> Any:
    def observe(heard: Heard) -> None:
        peaks = outline_bytes({"low": heard.low, "high": heard.high})
        reporter.tell(heard.stage, heard.fraction, peaks=peaks)

    return observe


def _is_done(track: Track, identity: Identity, status: os.stat_result) -> bool:
    """Whether the same audio was analysed by the same models, so that there is nothing to do."""
    if track.status != Track.Status.ANALYSED or track.audio_hash != identity.audio_hash:
        return False
    return Analysis.objects.filter(track=track, model=shared_sandbox().model()).exists()


def _store(
    track_id: int,
    found: TrackAnalysis | FailedAnalysis,
    identity: Identity | None,
    status: os.stat_result | None,
) -> FailedAnalysis | None:
    """Write down what was found, unless the track was removed meanwhile."""
    with transaction.atomic():
        track = Track.objects.select_for_update().filter(pk=track_id).first()
        if track is None:
            return None
        if identity and status:
            track.audio_hash, track.size, track.mtime_ns = (
                identity.audio_hash,
                status.st_size,
                status.st_mtime_ns,
            )
            tags = identity.tags
            if tags.title is None and track.origin != Track.Origin.FOLDER and track.title:
                # The file has a name of ours; the title is from the name that it came with.
                tags = replace(tags, title=track.title)
            describe(track, tags)
            track.save()
        if isinstance(found, TrackAnalysis):
            store_analysis(track, found)
            return None
        store_failure(track, found)
        return found
