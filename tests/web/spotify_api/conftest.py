"""A small library with everything that Spotify's shapes have a place for, and what is missing in each."""

from __future__ import annotations

from typing import Any

import pytest

from reprise.web.library.accounts import local_owner

NOT_THERE = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.fixture
def there(track: Any) -> dict[str, str]:
    """What is in the library, by the names that paths have for it: one real track and others made of it."""
    from reprise.web.library.models import Album, Artist, Track
    from reprise.web.library.playlists import create_playlist, set_tracks

    Track.objects.filter(pk=track.pk).update(
        isrc="GBAYE0601498", spotify_id="3n3Ppam7vgaVa1iaRUc9Lp", year=1999, track_number=3
    )
    bare = Track.objects.create(path="/music/bare.flac", size=1, mtime_ns=1, title="Bare", title_key="bare")
    second = Track.objects.create(
        path="/music/second.flac", size=1, mtime_ns=1, title="Second House", title_key="second house",
        artist=track.artist, album=track.album, status="analysed", duration_ms=1000,
    )  # fmt: skip
    silent = Artist.objects.create(name="Silent", key="silent")
    hollow = Album.objects.create(title="Hollow", key="hollow", artist=silent)
    owner = local_owner()
    full = create_playlist(owner, "My list", description="of mine")
    set_tracks(full, [track.public_id, bare.public_id, track.public_id])
    empty = create_playlist(None, "Nobody's list")
    by_rule = create_playlist(owner, "By a rule", rule={"q": "house", "sort": "", "limit": 10})
    return {
        "track": track.public_id,
        "isrc": "GBAYE0601498",
        "spotify_id": "3n3Ppam7vgaVa1iaRUc9Lp",
        "bare": bare.public_id,
        "second": second.public_id,
        "artist": track.artist.public_id,
        "album": track.album.public_id,
        "silent": silent.public_id,
        "hollow": hollow.public_id,
        "playlist": full.public_id,
        "empty": empty.public_id,
        "by_rule": by_rule.public_id,
        "owner": owner.username,
        "unknown": NOT_THERE,
    }
