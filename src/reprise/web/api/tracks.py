"""Tracks: lists of them and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from reprise.web.api.schemas import Page, TrackSummary
from reprise.web.api.shapes import page, summary, with_names
from reprise.web.library.models import Track

router = Router(tags=["tracks"])


@router.get("/tracks", response=Page[TrackSummary])
def list_tracks(
    request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=10_000_000)
) -> Any:
    """List the library."""
    return page(with_names(Track.objects.order_by("-added_at", "id")), limit, offset, summary)


@router.get("/tracks/{track_id}", response=TrackSummary)
def one_track(request: HttpRequest, track_id: str) -> Any:
    """Show one track."""
    return summary(get_object_or_404(with_names(Track.objects.all()), public_id=track_id))
