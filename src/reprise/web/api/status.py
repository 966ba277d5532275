"""How the library is doing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from reprise._version import __version__
from reprise.web.api.schemas_installation import StatusOut
from reprise.web.library.models import Track, WorkerBeat
from reprise.web.library.preferences import preference

router = Router(tags=["status"])

_ALIVE = timedelta(seconds=30)


@router.get("/status", response=StatusOut)
def show_status(request: HttpRequest) -> Any:
    """Count the tracks by how far they are, and the workers that are alive."""
    # By status there is an index that has all of it; conditional sums would read every row.
    by_status = dict(Track.objects.order_by().values_list("status").annotate(Count("id")))
    workers = WorkerBeat.objects.filter(seen_at__gte=timezone.now() - _ALIVE).count()
    online = preference("online_search")
    return {
        "version": __version__,
        "tracks": sum(by_status.values()),
        "analysed": by_status.get(Track.Status.ANALYSED, 0),
        "queued": by_status.get(Track.Status.QUEUED, 0),
        "failed": by_status.get(Track.Status.FAILED, 0),
        "missing": Track.objects.filter(missing_since__isnull=False).count(),
        "workers": workers,
        "online_search": online,
        "demo_tracks": Track.objects.filter(origin=Track.Origin.DEMO).count(),
    }
