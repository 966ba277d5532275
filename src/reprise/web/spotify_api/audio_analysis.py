"""``audio-analysis`` of a track: bars, beats, tatums, sections and segments."""

from __future__ import annotations

import gzip

from django.http import HttpRequest

from reprise.errors import AudioError
from reprise.web.library.detail_of_track import compressed_audio_analysis
from reprise.web.library.identity import find_tracks
from reprise.web.library.models import Track
from reprise.web.spotify_api.answering import Said
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.reading import track_id

__all__ = ["of_one"]


def of_one(request: HttpRequest, *, id: str) -> Said:
    """Give the full analysis of a track, which is listened to the first time; compressed, for who takes that."""
    (track,) = find_tracks([track_id(id)], Track.objects.all())
    if track is None:
        raise SpotifyError(404, "there is no track by this id")
    try:
        body = compressed_audio_analysis(track)
    except AudioError:
        # Its text names the file, which not everybody may know.
        raise SpotifyError(
            404, "there is no analysis: the track's file is gone or cannot be listened to"
        ) from None
    headers = {"Vary": "Authorization, Cookie, Accept-Encoding"}
    if _takes_gzip(request.headers.get("Accept-Encoding", "")):
        return Said(body=body, headers=headers | {"Content-Encoding": "gzip"})
    return Said(body=gzip.decompress(body), headers=headers)


def _takes_gzip(said: str) -> bool:
    """Whether a client takes gzip (RFC 9110, 12.5.3); one that says nothing is not asked to."""
    for each in said.lower().split(","):
        name, _, parameters = each.partition(";")
        if name.strip() == "gzip":
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
