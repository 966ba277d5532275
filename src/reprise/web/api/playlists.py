"""Playlists: guests have their own, and may hear the owner's; the owner may hear and change any."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import HttpError

from reprise.web.api.auth import is_owner
from reprise.web.api.schemas import Page, PlaylistIn, PlaylistOut, PlaylistTracksIn, TrackSummary
from reprise.web.api.shapes import page, summary
from reprise.web.library.m3u import m3u_text
from reprise.web.library.models import Playlist
from reprise.web.library.playlists import (
    create_playlist,
    describe_playlist,
    listed_for,
    set_tracks,
    sums,
    tracks_of,
    tracks_page,
)

router = Router(tags=["playlists"])


def _playlist(request: HttpRequest, playlist_id: str) -> Playlist:
    return get_object_or_404(listed_for(request.user), public_id=playlist_id)


def _own(request: HttpRequest, playlist_id: str) -> Playlist:
    playlist = _playlist(request, playlist_id)
    if playlist.user_id != request.user.pk and not is_owner(request.user):
        raise HttpError(403, "only who made the playlist may change it")
    return playlist


def _shape(request: HttpRequest, playlist: Playlist) -> dict[str, Any]:
    rule = playlist.rule or {}
    total, duration_ms = sums(playlist)
    return {
        "id": playlist.public_id,
        "name": playlist.name,
        "description": playlist.description,
        "is_rule": playlist.rule is not None,
        "q": rule.get("q"),
        "sort": rule.get("sort", ""),
        "limit": rule.get("limit", 100),
        "total": total,
        "duration_ms": duration_ms,
        "changed_at": playlist.changed_at,
        "is_mine": playlist.user_id == request.user.pk,
    }


def _rule(said: PlaylistIn) -> dict[str, Any] | None:
    return None if said.q is None else {"q": said.q, "sort": said.sort, "limit": said.limit}


@router.get("/playlists", response=Page[PlaylistOut])
def list_playlists(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List playlists, the last changed first."""
    return page(listed_for(request.user), limit, offset, lambda playlist: _shape(request, playlist))


@router.post("/playlists", response={201: PlaylistOut})
def add_playlist(request: HttpRequest, said: PlaylistIn) -> Any:
    """Make a playlist: of tracks, or by a rule."""
    from django.db import transaction

    with transaction.atomic():
        playlist = create_playlist(request.user, said.name, description=said.description, rule=_rule(said))
        if said.q is None and said.track_ids:
            set_tracks(playlist, said.track_ids)
    return 201, _shape(request, _playlist(request, playlist.public_id))


@router.get("/playlists/{playlist_id}.m3u8", response={200: str})
def download_playlist(request: HttpRequest, playlist_id: str) -> HttpResponse:
    """Send a playlist as M3U8: for the owner with the paths of its files, for others with their addresses here."""
    playlist = _playlist(request, playlist_id)
    address = "" if is_owner(request.user) else request.build_absolute_uri("/")
    text = m3u_text(playlist.name, tracks_of(playlist), address=address)
    name = quote(playlist.name.replace("/", "_"), safe="")
    headers = {"Content-Disposition": f"attachment; filename=\"playlist.m3u8\"; filename*=UTF-8''{name}.m3u8"}
    return HttpResponse(text.encode(), content_type="audio/x-mpegurl", headers=headers)


@router.get("/playlists/{playlist_id}", response=PlaylistOut)
def show_playlist(request: HttpRequest, playlist_id: str) -> Any:
    """Show a playlist."""
    return _shape(request, _playlist(request, playlist_id))


@router.put("/playlists/{playlist_id}", response=PlaylistOut)
def change_playlist(request: HttpRequest, playlist_id: str, said: PlaylistIn) -> Any:
    """Give a playlist another name, text or rule; ``track_ids`` fill a fixed one if there are any."""
    from django.db import transaction

    playlist = _own(request, playlist_id)
    with transaction.atomic():
        describe_playlist(playlist, said.name, description=said.description, rule=_rule(said))
        if said.q is None and said.track_ids:
            set_tracks(playlist, said.track_ids)
    return _shape(request, _playlist(request, playlist_id))


@router.delete("/playlists/{playlist_id}", response={204: None})
def remove_playlist(request: HttpRequest, playlist_id: str) -> Any:
    """Remove a playlist; its tracks stay."""
    _own(request, playlist_id).delete()
    return 204, None


@router.get("/playlists/{playlist_id}/tracks", response=Page[TrackSummary])
def list_playlist_tracks(
    request: HttpRequest,
    playlist_id: str,
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """List the tracks of a playlist in their order."""
    tracks, total = tracks_page(_playlist(request, playlist_id), limit, offset)
    return {"items": [summary(track) for track in tracks], "total": total, "limit": limit, "offset": offset}


@router.put("/playlists/{playlist_id}/tracks", response=PlaylistOut)
def fill_playlist(request: HttpRequest, playlist_id: str, said: PlaylistTracksIn) -> Any:
    """Fill a fixed playlist anew."""
    set_tracks(_own(request, playlist_id), said.track_ids)
    return _shape(request, _playlist(request, playlist_id))
