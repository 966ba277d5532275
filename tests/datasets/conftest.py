"""Stores with a few songs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow
from reprise.datasets.store import Source, Store

FEATURES = (0.1, 0.2, 3, -5.5, 1, 0.3, 0.4, 0.5, 0.6, 0.7, 120.5, 4)


def _song(ref: str, artist: str = "", genres: Iterable[str] = (), **more: object) -> TrackRow:
    """A complete song, by an artist of its own unless told."""
    given: dict[str, object] = {
        "catalogue": "spotify",
        "ref": ref,
        "title": f"Song {ref}",
        "artists": tuple(ArtistRow(name=name) for name in (artist or f"artist of {ref}").split(";")),
        "features": FEATURES,
        "duration_ms": 200_000,
        "labels": tuple(LabelRow(name=genre) for genre in genres),
    }
    return TrackRow(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def song() -> Callable[..., TrackRow]:
    """Make a complete song: its ref, artists parted by ``;`` (one of its own unless told), genres, and more."""
    return _song


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Make a store of the songs given."""
    stores: list[Store] = []

    def fill(*songs: TrackRow) -> Store:
        store = Store(tmp_path / f"songs-{len(stores)}.sqlite")
        stores.append(store)
        source = Source(provider="table", licence="none", run_id=store.begin_run("table", {}))
        with store.transaction():
            store.add(songs, source)
        return store

    yield fill
    for store in stores:
        store.close()
