"""Learning what another music server calls our tracks and artists, by matching its list of songs with the library.

A song is matched by the first of these that leads to exactly one track: the recording's MusicBrainz identifier, the
ISRC, the end of the path, title and artist; always with a like duration. What leads to several is left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from reprise.web.library.models import NeighbourArtist, NeighbourTrack, Track, name_key
from reprise.web.library.paths import shown_path

__all__ = ["Learnt", "Song", "learn_ids"]

_MOST_ID = 128
_LIKE_DURATION_S = 3.0
_PARTS_OF_PATH = 3
"""So many last parts of a path name a file: artist, album and file in most libraries."""

_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Song:
    """A song as another server lists it; what it does not say is empty.

    Attributes
    ----------
    id, artist_id : str
        What the server calls the song and its artist.
    title, artist, album, path, musicbrainz_id, isrc : str
    duration_s : float or None
        Seconds.
    """

    id: str
    artist_id: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    path: str = ""
    musicbrainz_id: str = ""
    isrc: str = ""
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What came of it.

    Attributes
    ----------
    songs : int
        How many the server listed.
    by : dict of str to int
        How many were matched, by what: ``musicbrainz_id``, ``isrc``, ``path``, ``title``.
    artists : int
        How many artists were matched.
    """

    songs: int
    by: dict[str, int]
    artists: int

    @property
    def matched(self) -> int:
        """How many songs were matched in all."""
        return sum(self.by.values())


@dataclass
class _Index:
    """Our tracks by everything that a song can be matched by."""

    by: dict[str, dict[object, list[int]]] = field(
        default_factory=lambda: {
            how: defaultdict(list) for how in ("musicbrainz_id", "isrc", "path", "title")
        }
    )
    durations: dict[int, float | None] = field(default_factory=dict)
    albums: dict[int, str] = field(default_factory=dict)
    artists: dict[int, int | None] = field(default_factory=dict)


def learn_ids(songs: Iterable[Song]) -> Learnt:
    """Match another server's songs with the tracks of the library, and keep its names instead of those known before.

    Parameters
    ----------
    songs : iterable of Song
        All that it has.

    Returns
    -------
    Learnt
    """
    index = _our_tracks()
    keys: dict[str, int] = {}
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    by: Counter[str] = Counter()
    count = 0
    for song in songs:
        count += 1
        if not 0 < len(song.id) <= _MOST_ID or "\0" in song.id or song.id in keys:
            continue
        found = _match(song, index)
        if found is None:
            continue
        how, track = found
        keys[song.id] = track
        by[how] += 1
        artist = index.artists[track]
        if artist is not None and 0 < len(song.artist_id) <= _MOST_ID and "\0" not in song.artist_id:
            votes[song.artist_id][artist] += 1
    artists = {key: counted.most_common(1)[0][0] for key, counted in votes.items()}
    _keep(keys, artists)
    return Learnt(songs=count, by=dict(by), artists=len(artists))


def _keep(keys: Mapping[str, int], artists: Mapping[str, int]) -> None:
    with transaction.atomic():
        NeighbourTrack.objects.all().delete()
        NeighbourArtist.objects.all().delete()
        NeighbourTrack.objects.bulk_create(
            [NeighbourTrack(key=key, track_id=track) for key, track in keys.items()], batch_size=_BATCH
        )
        NeighbourArtist.objects.bulk_create(
            [NeighbourArtist(key=key, artist_id=artist) for key, artist in artists.items()], batch_size=_BATCH
        )


def _our_tracks() -> _Index:
    index = _Index()
    rows = Track.objects.filter(missing_since=None).values_list(
        "pk",
        "path",
        "title_key",
        "artist__key",
        "album__key",
        "artist_id",
        "duration_ms",
        "isrc",
        "musicbrainz_id",
    )
    for pk, path, title, artist, album, artist_id, duration_ms, isrc, musicbrainz_id in rows.iterator(_BATCH):
        if musicbrainz_id:
            index.by["musicbrainz_id"][musicbrainz_id.lower()].append(pk)
        if isrc:
            index.by["isrc"][isrc].append(pk)
        index.by["path"][_end_of(shown_path(path))].append(pk)
        index.by["title"][title, artist or ""].append(pk)
        index.durations[pk] = None if duration_ms is None else duration_ms / 1000
        index.albums[pk] = album or ""
        index.artists[pk] = artist_id
    return index


def _match(song: Song, index: _Index) -> tuple[str, int] | None:
    keys: dict[str, object] = {
        "musicbrainz_id": song.musicbrainz_id.lower(),
        "isrc": song.isrc.upper().replace("-", ""),
        "path": _end_of(song.path),
        "title": (name_key(song.title[:500]), name_key(song.artist[:500])) if song.title else "",
    }
    for how, key in keys.items():
        if not key:
            continue
        tracks = [pk for pk in index.by[how].get(key, ()) if _is_as_long(song, index.durations[pk])]
        if len(tracks) > 1:
            # The same recording on an album and on a collection.
            album = name_key(song.album[:500])
            tracks = [pk for pk in tracks if index.albums[pk] == album]
        if len(tracks) == 1:
            return how, tracks[0]
    return None


def _is_as_long(song: Song, duration_s: float | None) -> bool:
    """Whether a track may be a song by its length; a remix or a live take often has everything else in common."""
    if song.duration_s is None or duration_s is None:
        return True
    return abs(song.duration_s - duration_s) <= _LIKE_DURATION_S


def _end_of(path: str) -> str:
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    return "/".join(parts[-_PARTS_OF_PATH:]) if len(parts) >= _PARTS_OF_PATH else ""
