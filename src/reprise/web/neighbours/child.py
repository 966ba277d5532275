"""A song as Subsonic's servers describe it, with what Reprise knows of it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from reprise.web.library.models import Track
from reprise.web.library.neighbours import Names

__all__ = ["child"]

_TYPES = {
    "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "flac": "audio/flac", "m4a": "audio/mp4",
    "mp3": "audio/mpeg", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "wma": "audio/x-ms-wma", "webm": "audio/webm",
}  # fmt: skip


def child(track: Track, names: Names | None = None) -> dict[str, Any]:
    """Return a song as Subsonic's ``Child``.

    Parameters
    ----------
    track : Track
        With its artist and album.
    names : Names, optional
        Call it and its artist what another server does. The names of that server's albums are not known here, so that
        there are none then.

    Returns
    -------
    dict
        Without what is not known.
    """
    suffix = PurePath(track.path).suffix.lstrip(".").lower()
    shape: dict[str, Any] = {
        "id": track.public_id if names is None else names.tracks[track.pk],
        "isDir": False,
        "isVideo": False,
        "type": "music",
        "mediaType": "song",
        "title": track.title,
        "track": track.track_number,
        "year": track.year,
        "genre": track.genre or None,
        "size": track.size,
        "suffix": suffix if suffix in _TYPES else None,
        "contentType": _TYPES.get(suffix),
        "duration": None if track.duration_ms is None else round(track.duration_ms / 1000),
        "created": track.added_at.isoformat().replace("+00:00", "Z"),
        "bpm": None if not track.tempo else round(track.tempo),
        "musicBrainzId": track.musicbrainz_id,
        "isrc": [track.isrc] if track.isrc else [],
        "genres": [{"name": track.genre}] if track.genre else [],
    }
    if track.album:
        shape["album"] = track.album.title
        if names is None:
            shape["albumId"] = shape["parent"] = track.album.public_id
    if track.artist:
        shape["artist"] = shape["displayArtist"] = track.artist.name
        key = track.artist.public_id if names is None else names.artists.get(track.artist.pk)
        if key:
            shape["artistId"] = key
            shape["artists"] = [{"id": key, "name": track.artist.name}]
    return {name: value for name, value in shape.items() if value is not None}
