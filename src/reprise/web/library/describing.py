"""Titles, artists, albums and the genres in files: what tags say of many tracks, in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from reprise.records import Tags
from reprise.web.library.models import Album, Artist, Track, TrackLabel, name_key
from reprise.web.library.paths import shown_path

__all__ = ["describe_all", "label_all", "title_from_name"]

Described = Sequence[tuple[Track, Tags]]


def title_from_name(stored_path: str) -> str:
    """Return the title of a file that says none."""
    return PurePath(shown_path(stored_path)).stem[:500]


def describe_all(pairs: Described) -> None:
    """Set what tags say on tracks, which are not saved; artists and albums are made where there are none.

    Parameters
    ----------
    pairs : sequence of (Track, Tags)
    """
    artists = _artists(name for _, tags in pairs for name in (tags.artist, tags.album_artist) if name)
    wanted: list[tuple[Track, int | None, str, str]] = []
    for track, tags in pairs:
        track.title = (tags.title or title_from_name(track.path))[:500]
        track.title_key = name_key(track.title)
        track.artist = artists.get(name_key(tags.artist or ""))
        track.album = None
        track.track_number, track.year = tags.track_number, tags.year
        track.isrc = tags.isrc or ""
        track.musicbrainz_id = tags.musicbrainz_recording_id or ""
        if album := name_key(tags.album or ""):
            owner = artists.get(name_key(tags.album_artist or "")) or track.artist
            wanted.append((track, owner.pk if owner else None, album, tags.album or ""))
    albums = _albums((owner, key, title) for _, owner, key, title in wanted)
    for track, owner_id, key, _ in wanted:
        track.album = albums[owner_id, key]


def label_all(pairs: Described) -> None:
    """Keep the genres that the files of saved tracks name themselves, instead of those of before."""
    TrackLabel.objects.filter(track__in=[track for track, _ in pairs], kind=TrackLabel.Kind.FILE).delete()
    TrackLabel.objects.bulk_create(
        TrackLabel(track=track, kind=TrackLabel.Kind.FILE, name=name, score=1.0)
        for track, tags in pairs
        for name in dict.fromkeys(genre[:100].casefold()[:100] for genre in tags.genres)
    )


def _artists(names: Iterable[str]) -> dict[str, Artist]:
    by_key = {key: name for name in names if (key := name_key(name))}
    found = {artist.key: artist for artist in Artist.objects.filter(key__in=by_key)}
    missing = [Artist(key=key, name=name[:500]) for key, name in by_key.items() if key not in found]
    if missing:
        # Another process may make the same just now: what counts is what is there afterwards.
        Artist.objects.bulk_create(missing, ignore_conflicts=True)
        found |= {artist.key: artist for artist in Artist.objects.filter(key__in=[a.key for a in missing])}
    return found


def _albums(wanted: Iterable[tuple[int | None, str, str]]) -> dict[tuple[int | None, str], Album]:
    titles = {(owner, key): title for owner, key, title in wanted}
    keys = {key for _, key in titles}

    def there() -> dict[tuple[int | None, str], Album]:
        return {(album.artist_id, album.key): album for album in Album.objects.filter(key__in=keys)}

    found = there()
    missing = [
        Album(artist_id=owner, key=key, title=title[:500])
        for (owner, key), title in titles.items()
        if (owner, key) not in found
    ]
    if missing:
        Album.objects.bulk_create(missing, ignore_conflicts=True)
        found = there()
    return found
