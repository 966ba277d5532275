"""Changing a fixed playlist track by track: add, take out, move. Each change is whole or not at all."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F

from reprise.errors import ParameterError
from reprise.web.library.models import Playlist, PlaylistItem
from reprise.web.library.parts import parts
from reprise.web.library.playlists import MOST_TRACKS, put_tracks

__all__ = ["add_tracks", "move_tracks", "remove_tracks", "replace_tracks", "snapshot_of"]

_BATCH = 500


def snapshot_of(playlist: Playlist) -> str:
    """Return a name for what a playlist holds now; another after every change."""
    said = f"{playlist.public_id} {playlist.changed_at.isoformat()}".encode()
    return base64.urlsafe_b64encode(hashlib.blake2b(said, digest_size=24).digest()).decode()


def add_tracks(playlist: Playlist, tracks: Sequence[int], position: int | None = None) -> None:
    """Put tracks into a playlist.

    Parameters
    ----------
    playlist : Playlist
    tracks : sequence of int
        Primary keys.
    position : int, optional
        Before which place, from 0; by default at the end.

    Raises
    ------
    ParameterError
        If the playlist has a rule, there is no such place, or there would be too many.
    """
    with transaction.atomic():
        places = _locked(playlist)
        at = len(places) if position is None else position
        if not 0 <= at <= len(places):
            raise ParameterError(f"position: the playlist has places 0 to {len(places)}")
        if len(places) + len(tracks) > MOST_TRACKS:
            raise ParameterError(f"a playlist holds at most {MOST_TRACKS} tracks")
        if at < len(places):
            first = places[at][1]
            playlist.items.filter(position__gte=first).update(position=F("position") + len(tracks))
        else:
            first = places[-1][1] + 1 if places else 0
        put_tracks(playlist, tracks, first)


def replace_tracks(playlist: Playlist, tracks: Sequence[int]) -> None:
    """Fill a playlist anew.

    Raises
    ------
    ParameterError
        If the playlist has a rule.
    """
    with transaction.atomic():
        _locked(playlist)
        playlist.items.all().delete()
        put_tracks(playlist, tracks, 0)


def remove_tracks(playlist: Playlist, wanted: Mapping[int, Sequence[int] | None]) -> None:
    """Take tracks out of a playlist; those that do not stand in it are left alone.

    Parameters
    ----------
    playlist : Playlist
    wanted : mapping of int to sequence of int or None
        Primary keys of tracks, and the places from 0 that each is taken from; ``None`` for all of its places.

    Raises
    ------
    ParameterError
        If the playlist has a rule, or a track does not stand at a place.
    """
    with transaction.atomic():
        places = _locked(playlist)
        gone: set[int] = set()
        for track, positions in wanted.items():
            if positions is None:
                gone.update(item for item, _, each in places if each == track)
                continue
            for position in positions:
                if not 0 <= position < len(places) or places[position][2] != track:
                    raise ParameterError(f"positions: the track does not stand at place {position}")
                gone.add(places[position][0])
        for part in parts(sorted(gone)):
            playlist.items.filter(pk__in=part).delete()
        _changed(playlist)


def move_tracks(playlist: Playlist, start: int, before: int, length: int = 1) -> None:
    """Move neighbouring tracks to another place.

    Parameters
    ----------
    playlist : Playlist
    start : int
        The place of the first, from 0.
    before : int
        Before which place they shall stand, counted before the move; the number of tracks is the end.
    length : int
        How many.

    Raises
    ------
    ParameterError
        If the playlist has a rule, or there are no such places.
    """
    with transaction.atomic():
        places = _locked(playlist)
        n = len(places)
        if not (0 <= start < n and 1 <= length <= n - start and 0 <= before <= n):
            raise ParameterError(f"the playlist has places 0 to {n}")
        items = [item for item, _, _ in places]
        moved = items[start : start + length]
        order = [*items[:start], *items[start + length :]]
        at = before if before <= start else max(start, before - length)
        order[at:at] = moved
        changed = [PlaylistItem(pk=item, position=place) for place, item in enumerate(order)]
        was = {item: position for item, position, _ in places}
        changed = [each for each in changed if was[each.pk] != each.position]
        PlaylistItem.objects.bulk_update(changed, ["position"], batch_size=_BATCH)
        _changed(playlist)


def _locked(playlist: Playlist) -> list[tuple[int, int, int]]:
    """Keep others from changing a playlist meanwhile; return item, position and track of each place."""
    Playlist.objects.select_for_update().get(pk=playlist.pk)
    if playlist.rule is not None:
        raise ParameterError("the playlist is filled by a rule; take the rule away first")
    return list(playlist.items.values_list("pk", "position", "track_id"))


def _changed(playlist: Playlist) -> None:
    playlist.save(update_fields=["changed_at"])
