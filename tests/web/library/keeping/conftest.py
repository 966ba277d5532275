"""A library with one of everything in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from reprise.analysis import analyze
from reprise.records import Tags
from reprise.web.library.accounts import new_token
from reprise.web.library.keeping.rows import TABLES
from reprise.web.library.models import (
    Folder,
    NeighbourArtist,
    NeighbourTrack,
    Playlist,
    Setting,
    TagWrite,
    Track,
)
from reprise.web.library.storing import describe, store_analysis

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def analysis(pieces: Path) -> Any:
    """A piece that was analysed for real."""
    return analyze(sorted(pieces.glob("*.flac"))[0], detail=True, embedding=True, waveform=True)


@pytest.fixture
def own_data(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data of the test's own; the database stays where it is."""
    from dataclasses import replace

    data = tmp_path / "data"
    (data / "uploads").mkdir(parents=True)
    settings.CONFIG = replace(settings.CONFIG, data=data)
    monkeypatch.setenv("REPRISE_DATA", str(data))
    return data


@pytest.fixture
def filled(transactional_db: Any, own_data: Path, analysis: Any) -> Path:
    """The folder of data of a library with one of everything."""
    folder = Folder.objects.create(path="/music")
    user = User.objects.create_user("ada", password="a quite long password")
    new_token(user, "a program")
    Setting.objects.create(name="online_search", value="deezer")
    upload = own_data / "uploads" / "x1.flac"
    upload.write_bytes(b"some sound")
    places = (("/music/a\U0010f7ff.flac", folder, "folder"), (str(upload), None, "upload"))
    for n, (path, its_folder, origin) in enumerate(places):
        track = Track(
            path=path, folder=its_folder, origin=origin, size=10 + n, mtime_ns=5, audio_hash=f"{n:032}"
        )
        tags = Tags(title=f"Títle {n}", artist="Bánd", album="Álbum", genres=("Rock", "Pop"), year=1999 + n)
        describe(track, tags)
        track.save()
        describe(track, tags)
        store_analysis(track, analysis)
    fixed = Playlist.objects.create(name="Fixed", user=user)
    for n, track in enumerate(Track.objects.order_by("-pk")):
        fixed.items.create(track=track, position=n)
    Playlist.objects.create(name="Rule", user=user, rule={"q": "rock", "sort": "", "limit": 5})
    change = {"format": "FLAC", "before": {"BPM": []}, "after": {"BPM": ["120"]}}
    TagWrite.objects.create(track=track, change=change, batch="b")
    NeighbourTrack.objects.create(track=track, key="what Navidrome calls it")
    NeighbourArtist.objects.create(artist=track.artist, key="what Navidrome calls them")
    Track.objects.create(
        path="/music/b.flac", folder=folder, size=1, mtime_ns=1, title="Queued", title_key="queued"
    )
    return own_data


@pytest.fixture
def everything() -> Callable[[], Rows]:
    """Read all rows there are."""

    def read() -> Rows:
        return {
            table: [
                {
                    name: bytes(value) if isinstance(value, memoryview) else value
                    for name, value in row.items()
                }
                for row in model._default_manager.order_by("pk").values()
            ]
            for table, model in TABLES.items()
        }

    return read
