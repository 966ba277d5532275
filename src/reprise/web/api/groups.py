"""Clusters and the map."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import GroupsState, JobOut, MapPoints, Page, TrackSummary
from reprise.web.api.shapes import track_page
from reprise.web.library.groups import groups_state, map_answer, place_new_soon
from reprise.web.library.models import Cluster, Track

router = Router(tags=["groups"])


@router.get("/groups", response=GroupsState)
def show_groups(request: HttpRequest) -> Any:
    """Show the clusters and the state of the map."""
    place_new_soon()
    return groups_state()


@router.post("/groups", response={202: JobOut})
def make_groups(request: HttpRequest) -> Any:
    """Make clusters and map anew."""
    from reprise.web.library.jobs import job_out, start_groups

    require_owner(request)
    return 202, job_out(start_groups(request.user))


@router.get("/clusters/{number}/tracks", response=Page[TrackSummary])
def cluster_tracks(
    request: HttpRequest,
    number: int,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List the tracks of a cluster."""
    cluster = get_object_or_404(Cluster, number=number if abs(number) < 1 << 31 else -1)
    tracks = Track.objects.filter(cluster=cluster, missing_since=None).order_by("title_key", "pk")
    return track_page(tracks, limit, offset)


@router.get("/map", response=MapPoints)
def show_map(request: HttpRequest) -> Any:
    """Give every track's place on the map, by columns."""
    place_new_soon()
    found = map_answer()
    headers = {"ETag": found.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == found.etag:
        return HttpResponseNotModified(headers=headers)
    body = found.body
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = found.gzipped, "gzip"
    return HttpResponse(body, content_type="application/json", headers=headers)
