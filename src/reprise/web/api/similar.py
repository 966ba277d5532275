"""Similar tracks and artists, mixes, paths, and who may listen to music like this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import HttpError

from reprise.web.api.schemas import Audience, MixIn, PathStep, SimilarArtist, SimilarTrack
from reprise.web.api.shapes import summaries_of, summary, track_key, with_names
from reprise.web.library.audience import audience
from reprise.web.library.models import Artist, Track
from reprise.web.library.similar import Wanted, artists_near, keys_near, keys_on_path

router = Router(tags=["similar"])


def _alike(found: Sequence[tuple[int, float | None]]) -> list[dict[str, Any]]:
    tracks = summaries_of([key for key, _ in found])
    return [{"track": tracks[key], "similarity": score} for key, score in found if key in tracks]


def _artists(found: list[tuple[int, float, list[int]]]) -> list[dict[str, Any]]:
    names = Artist.objects.filter(pk__in=[artist for artist, _, _ in found])
    named = {
        key: {"id": public_id, "name": name}
        for key, public_id, name in names.values_list("pk", "public_id", "name")
    }
    tracks = summaries_of([key for _, _, keys in found for key in keys])
    return [
        {
            "artist": named[artist],
            "similarity": similarity,
            "tracks": [tracks[key] for key in keys if key in tracks],
        }
        for artist, similarity, keys in found
        if artist in named
    ]


@router.get("/tracks/{track_id}/similar", response=list[SimilarTrack])
def similar_tracks(  # noqa: PLR0913
    request: HttpRequest,
    track_id: str,
    limit: int = Query(20, ge=1, le=100),
    q: str = Query("", max_length=500),
    features_weight: float = Query(0.0, ge=0, le=1),
    per_artist: int = Query(3, ge=0, le=100),
    per_album: int = Query(2, ge=0, le=100),
) -> Any:
    """List the tracks that sound most like one."""
    wanted = Wanted(
        limit=limit, q=q, features_weight=features_weight, per_artist=per_artist, per_album=per_album
    )
    return _alike(keys_near({track_key(track_id): 1.0}, wanted))


@router.get("/tracks/{track_id}/artists", response=list[SimilarArtist])
def artists_like_track(request: HttpRequest, track_id: str, limit: int = Query(10, ge=1, le=100)) -> Any:
    """List the artists whose music sounds most like a track."""
    track = get_object_or_404(Track.objects.only("artist_id"), public_id=track_id)
    return _artists(artists_near(track.artist_id, track.pk, limit))


@router.get("/artists/{artist_id}/similar", response=list[SimilarArtist])
def artists_like_artist(request: HttpRequest, artist_id: str, limit: int = Query(10, ge=1, le=100)) -> Any:
    """List the artists whose music sounds most like an artist's."""
    artist = get_object_or_404(Artist, public_id=artist_id)
    return _artists(artists_near(artist.pk, None, limit))


@router.get("/tracks/{track_id}/audience", response=Audience)
def track_audience(request: HttpRequest, track_id: str) -> Any:
    """Say what the library's nearest tracks are: styles, artists, eras and countries."""
    found = audience(get_object_or_404(with_names(Track.objects.all()), public_id=track_id))
    tracks = [{"track": summary(each.track), "similarity": each.similarity} for each in found["tracks"]]
    return found | {"artists": _artists(found["artists"]), "tracks": tracks}


@router.post("/mix", response=list[SimilarTrack])
def mix_tracks(request: HttpRequest, wanted: MixIn) -> Any:
    """List the tracks nearest to several, some of them added and some taken out."""
    keys = dict(
        Track.objects.filter(public_id__in=[part.id for part in wanted.tracks]).values_list("public_id", "pk")
    )
    if missing := [part.id for part in wanted.tracks if part.id not in keys]:
        raise HttpError(404, f"there is no track {missing[0]}")
    weights: dict[int, float] = {}
    for part in wanted.tracks:
        weights[keys[part.id]] = weights.get(keys[part.id], 0.0) + part.weight
    asked = Wanted(
        limit=wanted.limit, q=wanted.q, features_weight=wanted.features_weight,
        per_artist=wanted.per_artist, per_album=wanted.per_album,
    )  # fmt: skip
    return _alike(keys_near(weights, asked))


@router.get("/path", response=list[PathStep])
def song_path(
    request: HttpRequest,
    start: str = Query(..., alias="from", max_length=22),
    end: str = Query(..., alias="to", max_length=22),
    steps: int = Query(8, ge=3, le=50),
) -> Any:
    """Lead from one track to another by songs that are each like the one before."""
    return _alike(keys_on_path(track_key(start), track_key(end), steps))
