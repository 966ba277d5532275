"""Tracks: lists of them, the page of one, its sound and its pictures."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import HttpError

from reprise.web.api.auth import is_owner
from reprise.web.api.media import file_response
from reprise.web.api.schemas import JobOut, Page, PictureInfo, TrackDetail, TrackSummary, Waveform
from reprise.web.api.shapes import summary, track_page, with_names
from reprise.web.library import detail
from reprise.web.library.corrections import corrected_by
from reprise.web.library.files import open_track, remove_track
from reprise.web.library.models import Analysis, Track
from reprise.web.library.search import find, sorted_by
from reprise.web.library.song_pictures import pictures_of, png_of

router = Router(tags=["tracks"])

Kind = Literal["spectrogram", "mel", "chroma", "tempogram", "mfcc"]


def _track(track_id: str) -> Track:
    return get_object_or_404(with_names(Track.objects.all()), public_id=track_id)


@router.get("/tracks", response=Page[TrackSummary])
def list_tracks(
    request: HttpRequest,
    q: str = Query("", max_length=500),
    sort: str = Query("-added_at", max_length=60),
    status: Literal["queued", "analysed", "failed"] | None = None,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List the tracks that a query finds, in the order asked for."""
    tracks: QuerySet[Track] = find(q)
    if status:
        tracks = tracks.filter(status=status)
    return track_page(sorted_by(tracks, sort), limit, offset)


@router.get("/tracks/{track_id}", response=TrackDetail)
def show_track(request: HttpRequest, track_id: str) -> Any:
    """Show everything about one track."""
    track, user = _track(track_id), request.user
    return summary(track) | detail.track_detail(track, corrected_by(user, track), is_owner=is_owner(user))


@router.delete("/tracks/{track_id}", response={204: None})
def delete_track(request: HttpRequest, track_id: str) -> Any:
    """Take a track out of the library. Uploaded files are deleted, files of scanned folders never are."""
    track = _track(track_id)
    if not (is_owner(request.user) or track.uploaded_by_id == request.user.id):
        raise HttpError(403, "only the owner, or who uploaded it, may do this")
    remove_track(track)
    return 204, None


@router.get("/tracks/{track_id}/record")
def track_record(request: HttpRequest, track_id: str) -> HttpResponse:
    """Give the record of the analysis as `reprise analyze` writes it, with the embedding left out."""
    analysis = get_object_or_404(Analysis.objects.defer("embedding", "vector"), track__public_id=track_id)
    record = analysis.record
    return JsonResponse(record if is_owner(request.user) else record | {"path": ""})


@router.get("/tracks/{track_id}/waveform", response=Waveform)
def track_waveform(request: HttpRequest, track_id: str) -> Any:
    """Give the outline of the waveform."""
    return detail.waveform(_track(track_id))


@router.get("/tracks/{track_id}/audio")
def track_audio(request: HttpRequest, track_id: str) -> HttpResponseBase:
    """Send the file itself; byte ranges are understood."""
    track = _track(track_id)
    return file_response(request, open_track(track), track.path)


@router.get("/tracks/{track_id}/pictures", response=list[PictureInfo])
def track_pictures(request: HttpRequest, track_id: str) -> Any:
    """Say which pictures there are of a track's sound, and what their axes are."""
    track = _track(track_id)
    at = f"/api/v1/tracks/{track.public_id}/pictures"
    return [info | {"url": f"{at}/{info['kind']}.png"} for info in pictures_of(track)]


@router.get("/tracks/{track_id}/pictures/{kind}.png")
def track_picture(request: HttpRequest, track_id: str, kind: Kind) -> HttpResponse:
    """Send one picture."""
    png = png_of(_track(track_id), kind)
    return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@router.post("/tracks/{track_id}/analyse", response={202: JobOut})
def analyse_again(request: HttpRequest, track_id: str) -> Any:
    """Listen to a track again."""
    from reprise.web.api.auth import require_owner
    from reprise.web.library.jobs import job_out, start_analysis

    require_owner(request)
    return 202, job_out(start_analysis(_track(track_id), request.user, again=True))
