"""The three routes that AudioMuse-AI's plug-in for Navidrome calls, so that it can ask Reprise instead.

Distances are 1 minus the similarity by sound: the plug-in takes 1 minus the distance for a similarity again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from reprise.errors import ParameterError
from reprise.web.api.errors import problem
from reprise.web.library import neighbours
from reprise.web.library.models import Artist, Track
from reprise.web.library.neighbours import Names, names_of
from reprise.web.library.similar import Wanted, path, similar
from reprise.web.library.similar import similar_artists as artists_like
from reprise.web.limits import TooManyError
from reprise.web.neighbours.access import user_of

__all__ = ["find_path", "similar_artists", "similar_tracks"]

_MOST_TRACKS, _MOST_ARTISTS, _MOST_STEPS = 500, 100, 100
_OF_ONE_ARTIST = 3
_REPRESENTATIVE = 3
_NO_ALBUM = "unknown"
"""What AudioMuse-AI says where there is none."""

_KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

View = Callable[[HttpRequest], HttpResponse]


class _WrongError(Exception):
    """A request that cannot be answered."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        super().__init__(detail)


def _answering(view: Callable[[HttpRequest], Any]) -> View:
    """Let in who may come, and make an answer of what a view returns or refuses."""

    @functools.wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            if user_of(request) is None:
                return problem(401, "log in, or send a token")
            if request.method not in ("GET", "HEAD"):
                refused = problem(405, "this cannot be done here; the header Allow says what can")
                refused.headers["Allow"] = "GET, HEAD"
                return refused
            return JsonResponse(view(request), safe=False)
        except _WrongError as error:
            return problem(error.status, str(error))
        except ParameterError as error:
            return problem(422, str(error))
        except TooManyError as error:
            refused = problem(429, str(error))
            refused.headers["Retry-After"] = str(error.wait_s)
            return refused

    return answer


@_answering
def similar_tracks(request: HttpRequest) -> Any:
    """List the tracks that sound most like one."""
    track = _asked_track(request)
    is_varied = _flag(request, "eliminate_duplicates", True)
    wanted = Wanted(
        limit=_number(request, "n", 10, _MOST_TRACKS),
        per_artist=_OF_ONE_ARTIST if is_varied else 0,
        per_album=0,
    )
    found = similar(track, wanted)
    if not found:
        raise _WrongError(404, "there is no other analysed track")
    names = names_of([each.track for each in found])
    return [_row(each.track, names) | {"distance": _distance(each.similarity)} for each in found]


@_answering
def find_path(request: HttpRequest) -> Any:
    """Lead from one track to another by songs that are each like the one before."""
    keys = [request.GET.get(name, "") for name in ("start_song_id", "end_song_id")]
    if not all(keys):
        raise _WrongError(400, "start_song_id and end_song_id: both are needed")
    start, end = _track(keys[0]), _track(keys[1])
    if start.pk == end.pk:
        raise _WrongError(400, "the start and the end are the same song")
    default = _number(request, "count", 25, _MOST_STEPS, least=2)
    way = path(start, end, _number(request, "max_steps", default, _MOST_STEPS, least=2))
    names = names_of([each.track for each in way])
    distances = [0.0 if each.similarity is None else _distance(each.similarity) for each in way]
    rows = [
        _row(each.track, names) | {"distance": distance, **_sound(each.track)}
        for each, distance in zip(way, distances, strict=True)
    ]
    return {"path": rows, "total_distance": round(sum(distances), 4)}


@_answering
def similar_artists(request: HttpRequest) -> Any:
    """List the artists whose music sounds most like an artist's."""
    key = request.GET.get("artist") or request.GET.get("artist_id") or ""
    if not key:
        raise _WrongError(400, "artist or artist_id: one of them is needed")
    artist = neighbours.find_artist(key)
    if artist is None:
        raise _WrongError(404, "there is no artist of this identifier or name")
    try:
        found = artists_like(artist.pk, None, _number(request, "n", 10, _MOST_ARTISTS))
    except ParameterError:
        raise _WrongError(404, "no track of this artist is analysed") from None
    if not found:
        raise _WrongError(404, "there is no other artist with analysed tracks")
    with_songs = _flag(request, "include_component_matches", False)
    own = neighbours.typical_tracks(artist, _REPRESENTATIVE) if with_songs else []
    tracks = own + [track for row in found for track in row["tracks"]]  # type: ignore[attr-defined]
    names = names_of(tracks, [row["artist"].pk for row in found])  # type: ignore[attr-defined]
    return [_artist(row, own if with_songs else None, names) for row in found]


def _artist(row: dict[str, Any], own: Sequence[Track] | None, names: Names) -> dict[str, Any]:
    """Return an artist; ``own`` are songs of the one that was asked for, ``None`` if songs are not wanted."""
    artist: Artist = row["artist"]
    distance = _distance(row["similarity"])
    shape: dict[str, Any] = {
        "artist": artist.name,
        "artist_id": names.artists.get(artist.pk, artist.public_id),
        "divergence": distance,
    }
    if own is not None:
        # AudioMuse-AI has several components an artist; here an artist is one: the mean of all songs.
        shape["component_matches"] = [{
            "component1_index": 0, "component2_index": 0, "component1_weight": 1.0, "component2_weight": 1.0,
            "distance": distance,
            "artist1_representative_songs": [_song(track, names) for track in own],
            "artist2_representative_songs": [_song(track, names) for track in row["tracks"]],
        }]  # fmt: skip
    return shape


def _song(track: Track, names: Names) -> dict[str, Any]:
    return {"item_id": names.tracks.get(track.pk, track.public_id), "title": track.title}


def _row(track: Track, names: Names) -> dict[str, Any]:
    """Return a track. Where the other server has no name for it, Navidrome goes by title, artist and album."""
    return _song(track, names) | {
        "author": track.artist.name if track.artist else "",
        "album": track.album.title if track.album else _NO_ALBUM,
    }


def _sound(track: Track) -> dict[str, Any]:
    return {
        "tempo": track.tempo,
        "key": None if track.key is None or track.key < 0 else _KEYS[track.key],
        "scale": None if track.mode is None else ("minor", "major")[track.mode],
        "energy": track.energy,
    }


def _distance(similarity: float | None) -> float:
    return round(1.0 - (similarity or 0.0), 4)


def _asked_track(request: HttpRequest) -> Track:
    if key := request.GET.get("item_id", ""):
        return _track(key)
    title, artist = request.GET.get("title", ""), request.GET.get("artist", "")
    if not title or not artist:
        raise _WrongError(400, "item_id, or title and artist: they are needed")
    track = neighbours.find_by_name(title, artist)
    if track is None:
        raise _WrongError(404, "there is no track of this title and artist")
    return track


def _track(key: str) -> Track:
    found = neighbours.find_track(key)
    if found is None:
        raise _WrongError(404, "there is no track of this identifier; see reprise neighbours")
    return found[0]


def _number(request: HttpRequest, name: str, default: int, most: int, least: int = 1) -> int:
    """Read a number. Too large or too small a one is brought into range, as AudioMuse-AI does."""
    said = request.GET.get(name, "").strip()
    if not said:
        return default
    if not said.removeprefix("-").isdecimal() or len(said) > 12:
        raise _WrongError(400, f"{name}: a whole number is needed")
    return min(max(int(said), least), most)


def _flag(request: HttpRequest, name: str, default: bool) -> bool:
    said = request.GET.get(name, "")
    return said.lower() in ("1", "true", "yes", "y") if said else default
