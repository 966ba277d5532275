"""A small library of real names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reprise.records import Tags
from reprise.web.library.models import Track
from reprise.web.library.search.suggesting import forget_labels
from reprise.web.library.storing import describe

Add = Callable[..., Track]


@pytest.fixture(autouse=True)
def no_labels_remembered() -> None:
    """Forget the genres of the test before."""
    forget_labels()


@pytest.fixture
def add(db: Any) -> Add:
    """Add a track by title, artist, album and columns, as a scan does."""

    def _add(title: str, artist: str = "", album: str = "", **columns: Any) -> Track:
        number = Track.objects.count()
        track = Track(path=f"/music/{number}-{len(title)}.flac", size=1, mtime_ns=1, status="analysed")
        describe(track, Tags(title=title, artist=artist or None, album=album or None))
        for name, value in columns.items():
            setattr(track, name, value)
        track.save()
        return track

    return _add
