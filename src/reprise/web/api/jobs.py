"""Jobs: what is being worked on. Guests see their own."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from reprise.web.api.auth import is_owner
from reprise.web.api.schemas import JobOut, Page
from reprise.web.api.shapes import page
from reprise.web.api.streams import changes, event_stream
from reprise.web.library.jobs import cancel, job_out
from reprise.web.library.models import Job

router = Router(tags=["jobs"])

Status = Literal["queued", "running", "done", "failed", "cancelled"]
Kind = Literal["analysis", "scan", "groups", "learn", "tags"]

_OVER = frozenset({"done", "failed", "cancelled"})


def _visible(request: HttpRequest) -> QuerySet[Job]:
    jobs = Job.objects.select_related("track")
    return jobs if is_owner(request.user) else jobs.filter(user=request.user)


@router.get("/jobs", response=Page[JobOut])
def list_jobs(
    request: HttpRequest,
    status: Status | None = None,
    kind: Kind | None = None,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List jobs, the newest first."""
    jobs = _visible(request).order_by("-created_at", "-id").defer("peaks")
    wanted = {name: value for name, value in (("status", status), ("kind", kind)) if value}
    return page(jobs.filter(**wanted), limit, offset, job_out)


@router.get("/jobs/{job_id}", response=JobOut)
def show_job(request: HttpRequest, job_id: str) -> Any:
    """Show how far a job is."""
    return job_out(get_object_or_404(_visible(request), public_id=job_id))


@router.delete("/jobs/{job_id}", response={204: None})
def cancel_job(request: HttpRequest, job_id: str) -> Any:
    """Cancel a job; one that is over stays as it is."""
    cancel(get_object_or_404(_visible(request), public_id=job_id))
    return 204, None


@router.get("/jobs/{job_id}/events")
def job_events(request: HttpRequest, job_id: str) -> StreamingHttpResponse:
    """Send a job whenever it has changed, from how it is now until it is over; each event ``job`` has a `JobEvent`."""
    jobs = _visible(request)
    get_object_or_404(jobs, public_id=job_id)
    last: dict[str, Any] = {}

    def look() -> tuple[Any, bool]:
        nonlocal last
        # No request ends here for as long as somebody watches, so the connection is given back at every look.
        close_old_connections()
        job = jobs.filter(public_id=job_id).first()
        if job is None:  # removed with its user or its track
            return last, True
        low, high = np.frombuffer(job.peaks, np.int8).reshape(2, -1).tolist()
        last = {"job": job_out(job), "low": low, "high": high}
        return last, job.status in _OVER

    return event_stream(changes("job", sync_to_async(look)))
