"""Folders of music that are scanned; the owner's alone."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import HttpError

from reprise.web.api.auth import require_owner
from reprise.web.api.schemas import JobOut, Page
from reprise.web.api.schemas_installation import FolderIn, FolderOut
from reprise.web.api.shapes import page
from reprise.web.library.jobs import job_out
from reprise.web.library.models import Folder, Track
from reprise.web.library.paths import shown_path
from reprise.web.library.scan import add_folder, remove_folder
from reprise.web.library.scan.task import check_idle, start_scan

router = Router(tags=["folders"])


@router.get("/folders", response=Page[FolderOut])
def list_folders(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List the folders that are scanned."""
    require_owner(request)
    return page(_counted(), limit, offset, _shape)


@router.post("/folders", response={202: JobOut})
def add_folder_and_scan(request: HttpRequest, said: FolderIn) -> Any:
    """Add a folder of the machine that serves, and scan it."""
    require_owner(request)
    if not said.path.startswith("/"):
        raise HttpError(422, "path: an absolute path is needed, such as /home/me/Music")
    folder, _ = add_folder(said.path)
    return 202, job_out(start_scan(folder, request.user))


@router.post("/folders/{folder_id}/scan", response={202: JobOut})
def scan_folder(request: HttpRequest, folder_id: str) -> Any:
    """Scan a folder again."""
    require_owner(request)
    return 202, job_out(start_scan(get_object_or_404(Folder, public_id=folder_id), request.user))


@router.delete("/folders/{folder_id}", response={204: None})
def delete_folder(request: HttpRequest, folder_id: str) -> Any:
    """Take a folder and its tracks out of the library; its files stay."""
    require_owner(request)
    folder = get_object_or_404(Folder, public_id=folder_id)
    check_idle(folder)
    remove_folder(folder)
    return 204, None


def _counted() -> QuerySet[Folder]:
    there = Q(tracks__missing_since=None)
    return Folder.objects.order_by("path").annotate(
        all_tracks=Count("tracks"),
        analysed=Count("tracks", filter=there & Q(tracks__status=Track.Status.ANALYSED)),
        failed=Count("tracks", filter=there & Q(tracks__status=Track.Status.FAILED)),
        missing=Count("tracks", filter=Q(tracks__missing_since__isnull=False)),
    )


def _shape(folder: Any) -> dict[str, Any]:
    return {
        "id": folder.public_id,
        "path": shown_path(folder.path),
        "tracks": folder.all_tracks,
        "analysed": folder.analysed,
        "failed": folder.failed,
        "missing": folder.missing,
        "scanned_at": folder.scanned_at,
    }
