"""Changes of playlists, each against the same change of a plain list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.web.library.models import Playlist, Track
from reprise.web.library.playlist_items import (
    add_tracks,
    move_tracks,
    remove_tracks,
    replace_tracks,
    snapshot_of,
)
from reprise.web.library.playlists import MOST_TRACKS, create_playlist

CHANGES = st.one_of(
    st.tuples(st.just("add"), st.lists(st.integers(0, 4), max_size=4), st.none() | st.integers(-1, 9)),
    st.tuples(st.just("move"), st.integers(-1, 9), st.integers(-1, 9), st.integers(0, 5)),
    st.tuples(st.just("remove"), st.integers(0, 4), st.none() | st.lists(st.integers(-1, 9), max_size=3)),
    st.tuples(st.just("replace"), st.lists(st.integers(0, 4), max_size=6)),
)


@pytest.fixture
def five(db: None) -> list[int]:
    """Primary keys of five tracks."""
    tracks = Track.objects.bulk_create(
        Track(path=str(n), size=1, mtime_ns=1, title=str(n), title_key=str(n)) for n in range(5)
    )
    return [track.pk for track in tracks]


def held(playlist: Playlist) -> list[int]:
    return list(playlist.items.values_list("track_id", flat=True))


def changed(items: list[int], change: tuple[Any, ...], five: list[int]) -> list[int] | None:
    """Do the same to a list; ``None`` for what cannot be done."""
    kind, n = change[0], len(items)
    if kind == "add":
        at = n if change[2] is None else change[2]
        return [*items[:at], *(five[t] for t in change[1]), *items[at:]] if 0 <= at <= n else None
    if kind == "replace":
        return [five[t] for t in change[1]]
    if kind == "remove":
        track, positions = five[change[1]], change[2]
        if positions is None:
            return [each for each in items if each != track]
        if any(not 0 <= at < n or items[at] != track for at in positions):
            return None
        return [each for at, each in enumerate(items) if at not in positions]
    start, before, length = change[1:]
    if not (0 <= start < n and 1 <= length <= n - start and 0 <= before <= n):
        return None
    # Sorted by place, with what is moved just before the place that is meant.
    order = sorted([*(at for at in range(n) if not start <= at < start + length), before - 0.5])
    flat: list[int] = []
    for at in order:
        flat += items[start : start + length] if at == before - 0.5 else [items[int(at)]]
    return flat


def apply(playlist: Playlist, change: tuple[Any, ...], five: list[int]) -> None:
    kind = change[0]
    if kind == "add":
        add_tracks(playlist, [five[t] for t in change[1]], change[2])
    elif kind == "replace":
        replace_tracks(playlist, [five[t] for t in change[1]])
    elif kind == "remove":
        remove_tracks(playlist, {five[change[1]]: change[2]})
    else:
        move_tracks(playlist, *change[1:])


@given(changes=st.lists(CHANGES, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changes_are_those_of_a_list(five: list[int], changes: list[tuple[Any, ...]]) -> None:
    playlist = create_playlist(None, "list")
    items: list[int] = []
    for change in [("replace", [0, 1, 2, 0, 3]), *changes]:
        expected, before = changed(items, change, five), snapshot_of(playlist)
        if expected is None:
            with pytest.raises(ParameterError):
                apply(playlist, change, five)
            assert snapshot_of(playlist) == before
        else:
            apply(playlist, change, five)
            items = expected
            assert snapshot_of(playlist) != before
        assert held(playlist) == items
        assert snapshot_of(Playlist.objects.get(pk=playlist.pk)) == snapshot_of(playlist)


def test_a_playlist_has_an_end(five: list[int]) -> None:
    playlist = create_playlist(None, "long")
    add_tracks(playlist, five * (MOST_TRACKS // 5))
    with pytest.raises(ParameterError, match="10000"):
        add_tracks(playlist, five[:1])
    assert len(held(playlist)) == MOST_TRACKS
    remove_tracks(playlist, {five[0]: None})
    assert len(held(playlist)) == MOST_TRACKS * 4 // 5


def test_a_rule_is_not_filled_by_hand(five: list[int]) -> None:
    playlist = create_playlist(None, "rule", rule={"q": "", "sort": "", "limit": 3})
    for change in (("add", [0], None), ("replace", [0]), ("remove", 0, None), ("move", 0, 1, 1)):
        with pytest.raises(ParameterError, match="rule"):
            apply(playlist, change, five)
