"""Tags in the files of scanned folders; the owner's alone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from ninja.errors import HttpError

from reprise.audio.tag_files import Change
from reprise.errors import AudioError
from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import TagChanges
from reprise.web.library.file_tags import undo_track, write_tags
from reprise.web.library.ids import new_id
from reprise.web.library.models import Track

router = Router(tags=["tags"])

_LONG = 200


@router.post("/tracks/{track_id}/tags", response=TagChanges)
def write(request: HttpRequest, track_id: str, dry_run: bool = True) -> Any:
    """Write what was heard into the track's file, or say what would change."""
    require_owner(request)
    track = get_object_or_404(Track, public_id=track_id)
    try:
        return _shape(write_tags(track, new_id(), dry_run=dry_run))
    except AudioError as error:
        raise HttpError(409, error.reason) from error


@router.post("/tracks/{track_id}/tags/undo", response=TagChanges)
def undo(request: HttpRequest, track_id: str) -> Any:
    """Take back what was last written into the track's file."""
    require_owner(request)
    done = undo_track(get_object_or_404(Track, public_id=track_id))
    if done is None:
        raise HttpError(404, "nothing was written into this file")
    if done.change is None:
        raise HttpError(409, done.error)
    return _shape(done.change) | {"left_alone": list(done.left_alone)}


def _shape(change: Change) -> dict[str, Any]:
    return {
        "format": change.format,
        "changes": [
            {"name": name, "before": _short(change.before[name]), "after": _short(change.after[name])}
            for name in change.before
        ],
    }


def _short(values: tuple[str, ...]) -> list[str]:
    """Cut what is for programs, such as a whole record."""
    return [value if len(value) <= _LONG else f"{value[:_LONG]}…" for value in values[:20]]
