"""Three pieces that were analysed for real, two of them by one artist, and what a neighbour calls two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reprise.analysis import analyze
from reprise.records import Tags


@pytest.fixture(scope="session")
def analyses(pieces: Path) -> dict[Path, Any]:
    """What was heard in each piece."""
    return {path: analyze(path, detail=True, embedding=True) for path in sorted(pieces.glob("*.flac"))}


@pytest.fixture
def songs(db: None, analyses: dict[Path, Any]) -> list[Any]:
    """The tracks; the third is by somebody else, has no album and a title that XML cannot hold as it is."""
    from reprise.web.library.models import NeighbourArtist, NeighbourTrack, Track
    from reprise.web.library.storing import describe, store_analysis
    from reprise.web.library.vectors import library_vectors

    tags = [
        Tags(title="First", artist="The Demo Band", album="Demo", isrc="QZES71982312"),
        Tags(title="Zweiter", artist="The Demo Band", album="Demo"),
        Tags(title='<b>"3 & 4"</b> \x0b \u20ac', artist="Björk & Søn"),
    ]
    made = []
    for (path, heard), said in zip(analyses.items(), tags, strict=True):
        status = path.stat()
        track = Track(path=str(path), size=status.st_size, mtime_ns=status.st_mtime_ns)
        describe(track, said)
        track.save()
        store_analysis(track, heard)
        made.append(track)
    for track, key in zip(made[:2], ("navidrome1", "navidrome2"), strict=True):
        NeighbourTrack.objects.create(key=key, track=track)
    NeighbourArtist.objects.create(key="band", artist=made[0].artist)
    library_vectors(now=True)
    return made
