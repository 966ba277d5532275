"""From rows to Spotify's objects: full and simplified, several in a bounded number of queries.

What Spotify's schema has and nobody here can know gets a neutral value: popularity and followers 0, no markets, no
images, not explicit, the first disc. docs/reference/spotify-api.md says so to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reprise.web.library.catalogue import AlbumFacts, album_facts, artist_genres
from reprise.web.library.models import Album, Artist, Track
from reprise.web.spotify_api.addresses import Addresses

__all__ = [
    "NOBODY",
    "album_objects",
    "artist_objects",
    "simplified_artist",
    "simplified_track",
    "simplified_tracks",
    "track_objects",
]

NOBODY = "0" * 22
"""The identifier of the artist or the album of a track that has none; scripts take the first artist unasked."""

_UNKNOWN_DATE = "0000"


def track_objects(
    tracks: Sequence[Track | None], addresses: Addresses, *, asked: Sequence[str] | None = None
) -> list[Any]:
    """Return tracks in full; ``None`` stays.

    Parameters
    ----------
    tracks : sequence of Track or None
        Fetched with ``select_related("artist", "album__artist")``.
    addresses : Addresses
    asked : sequence of str, optional
        By which identifiers the tracks were asked for: one of Spotify's is told in ``linked_from``.
    """
    facts = album_facts(track.album_id for track in tracks if track and track.album_id)
    names = asked or [""] * len(tracks)
    return [
        track and _track(track, addresses, facts, name) for track, name in zip(tracks, names, strict=True)
    ]


def simplified_tracks(tracks: Iterable[Track], addresses: Addresses) -> list[dict[str, Any]]:
    """Return tracks as an album lists them."""
    return [simplified_track(track, addresses) for track in tracks]


def simplified_track(track: Track, addresses: Addresses) -> dict[str, Any]:
    """Return a track without its album."""
    name = track.public_id
    return {
        "artists": [simplified_artist(track.artist, addresses)],
        "available_markets": [],
        "disc_number": 1,
        "duration_ms": track.duration_ms or 0,
        "explicit": False,
        "external_urls": {"spotify": addresses.page("tracks", name)},
        "href": addresses.of("tracks", name),
        "id": name,
        "is_local": False,
        "is_playable": track.missing_since is None,
        "name": track.title,
        "preview_url": None,
        "track_number": track.track_number or 0,
        "type": "track",
        "uri": f"spotify:track:{name}",
    }


def simplified_artist(artist: Artist | None, addresses: Addresses) -> dict[str, Any]:
    """Return an artist by name."""
    name = artist.public_id if artist else NOBODY
    return {
        "external_urls": {"spotify": addresses.searched("artist", artist.name)} if artist else {},
        "href": addresses.of("artists", name),
        "id": name,
        "name": artist.name if artist else "Unknown artist",
        "type": "artist",
        "uri": f"spotify:artist:{name}",
    }


def artist_objects(artists: Sequence[Artist | None], addresses: Addresses) -> list[Any]:
    """Return artists in full; ``None`` stays."""
    genres = artist_genres(artist.pk for artist in artists if artist)
    return [
        artist
        and simplified_artist(artist, addresses)
        | {
            "followers": {"href": None, "total": 0},
            "genres": genres.get(artist.pk, []),
            "images": [],
            "popularity": 0,
        }
        for artist in artists
    ]


def album_objects(albums: Sequence[Album], addresses: Addresses) -> list[dict[str, Any]]:
    """Return albums without their tracks."""
    facts = album_facts(album.pk for album in albums)
    return [_album(album, addresses, facts.get(album.pk, AlbumFacts())) for album in albums]


def _album(album: Album | None, addresses: Addresses, facts: AlbumFacts) -> dict[str, Any]:
    name = album.public_id if album else NOBODY
    return {
        "album_type": "album",
        "artists": [simplified_artist(album.artist if album else None, addresses)],
        "available_markets": [],
        "external_urls": {"spotify": addresses.searched("album", album.title)} if album else {},
        "href": addresses.of("albums", name),
        "id": name,
        "images": [],
        "name": album.title if album else "Unknown album",
        "release_date": f"{facts.year:04d}" if facts.year else _UNKNOWN_DATE,
        "release_date_precision": "year",
        "total_tracks": facts.tracks,
        "type": "album",
        "uri": f"spotify:album:{name}",
    }


def _track(track: Track, addresses: Addresses, facts: dict[int, AlbumFacts], asked: str) -> dict[str, Any]:
    known = facts.get(track.album_id or 0) or AlbumFacts(tracks=1, year=track.year)
    said = simplified_track(track, addresses) | {
        "album": _album(track.album, addresses, known),
        "external_ids": {"isrc": track.isrc} if track.isrc else {},
        "popularity": 0,
    }
    if asked and asked == track.spotify_id and asked != track.public_id:
        said["linked_from"] = {
            "external_urls": {},
            "href": addresses.of("tracks", asked),
            "id": asked,
            "type": "track",
            "uri": f"spotify:track:{asked}",
        }
    return said
