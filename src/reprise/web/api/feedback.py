"""Corrections: a thumb or a value for one track, and learning from all of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import JobOut
from reprise.web.api.schemas_training import CorrectionIn, CorrectionOut, LearnState
from reprise.web.library import corrections
from reprise.web.library.models import Track

router = Router(tags=["feedback"])


def _track(track_id: str) -> Track:
    return get_object_or_404(Track, public_id=track_id)


@router.get("/tracks/{track_id}/corrections", response=list[CorrectionOut])
def list_corrections(request: HttpRequest, track_id: str) -> Any:
    """List what the asking user has corrected about a track."""
    return corrections.of_track(request.user, _track(track_id))


@router.post("/tracks/{track_id}/corrections", response={201: CorrectionOut})
def correct(request: HttpRequest, track_id: str, said: CorrectionIn) -> Any:
    """Say what is right about a track. The first time the track is heard once more, which takes a second or two."""
    return 201, corrections.correct(request.user, _track(track_id), **said.dict())


@router.delete("/tracks/{track_id}/corrections/{correction_id}", response={204: None})
def withdraw(request: HttpRequest, track_id: str, correction_id: int) -> Any:
    """Take a correction back."""
    corrections.withdraw(request.user, _track(track_id), correction_id)
    return 204, None


@router.get("/feedback", response=LearnState)
def feedback(request: HttpRequest) -> Any:
    """Say what was learnt from corrections."""
    return corrections.learnt()


@router.post("/feedback/learn", response={202: JobOut})
def learn(request: HttpRequest, dry_run: bool = Query(False)) -> Any:
    """Learn from all corrections; the job's result has errors before and after."""
    from reprise.web.library.jobs import job_out, start_learning

    require_owner(request)
    return 202, job_out(start_learning(request.user, dry_run=dry_run))


@router.post("/feedback/rollback", response=LearnState)
def rollback(request: HttpRequest) -> Any:
    """Go back to what was in use before the last lesson."""
    require_owner(request)
    corrections.roll_back_lesson()
    return corrections.learnt()
