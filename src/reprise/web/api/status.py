"""How the library is doing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from reprise._version import __version__
from reprise.web.api.schemas import StatusOut
from reprise.web.library.models import Track, WorkerBeat
from reprise.web.library.preferences import preference

router = Router(tags=["status"])

_ALIVE = timedelta(seconds=30)


@router.get("/status", response=StatusOut)
def show_status(request: HttpRequest) -> Any:
    """Count the tracks by how far they are, and the workers that are alive."""
    counts = Track.objects.aggregate(
        tracks=Count("id"),
        analysed=Count("id", filter=Q(status=Track.Status.ANALYSED)),
        queued=Count("id", filter=Q(status=Track.Status.QUEUED)),
        failed=Count("id", filter=Q(status=Track.Status.FAILED)),
        missing=Count("id", filter=Q(missing_since__isnull=False)),
        demo_tracks=Count("id", filter=Q(origin=Track.Origin.DEMO)),
    )
    workers = WorkerBeat.objects.filter(seen_at__gte=timezone.now() - _ALIVE).count()
    online = preference("online_search")
    return {"version": __version__, "workers": workers, "online_search": online, **counts}
