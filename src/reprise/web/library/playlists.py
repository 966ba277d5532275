"""Playlists: fixed ones, and rules that are asked anew each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from reprise.audio.tags import clean_text
from reprise.errors import ParameterError
from reprise.web.library.models import Playlist, PlaylistItem, Track
from reprise.web.library.parts import parts
from reprise.web.library.search import look_up, parse, sorted_by

__all__ = [
    "MOST_TRACKS",
    "create_playlist",
    "describe_playlist",
    "listed",
    "listed_for",
    "put_tracks",
    "set_tracks",
    "sums",
    "track_ids",
    "tracks_of",
    "tracks_page",
]

MOST_TRACKS = 100_000
"""As many as a fixed playlist holds; a rule fills one with a thousand at most."""

_MOST_BY_RULE = 1000
_BATCH = 500


def create_playlist(
    user: User | None, name: str, *, description: str = "", rule: dict[str, Any] | None = None
) -> Playlist:
    """Make an empty fixed playlist, or one by a rule.

    Parameters
    ----------
    user : User or None
        Whose it is.
    name, description : str
    rule : dict, optional
        ``q``, the query; ``sort``; ``limit``, 1..1000.

    Raises
    ------
    ParameterError
        If the name is empty, or the rule cannot be read.
    """
    playlist = Playlist(user=user)
    describe_playlist(playlist, name, description=description, rule=rule)
    return playlist


def describe_playlist(
    playlist: Playlist, name: str, *, description: str = "", rule: dict[str, Any] | None = None
) -> None:
    """Give a playlist another name, text or rule; a fixed one that gets a rule loses its tracks.

    Raises
    ------
    ParameterError
        If the name is empty, or the rule cannot be read.
    """
    cleaned = clean_text(name)
    if not cleaned:
        raise ParameterError("name: a playlist needs a name")
    if rule is not None:
        parse(rule["q"])
        sorted_by(Track.objects.none(), "" if rule["sort"] == "relevance" else rule["sort"])
        if not 1 <= rule["limit"] <= _MOST_BY_RULE:
            raise ParameterError(f"limit: it must be 1 to {_MOST_BY_RULE}")
    playlist.name, playlist.description, playlist.rule = cleaned[:200], description[:2000], rule
    with transaction.atomic():
        playlist.save()
        if rule is not None:
            playlist.items.all().delete()


def set_tracks(playlist: Playlist, public_ids: Sequence[str]) -> None:
    """Fill a fixed playlist; the same track may stand in it twice.

    Raises
    ------
    ParameterError
        If it has a rule, there are too many, or one is unknown.
    """
    if playlist.rule is not None:
        raise ParameterError("the playlist is filled by a rule; take the rule away first")
    if len(public_ids) > MOST_TRACKS:
        raise ParameterError(f"track_ids: a playlist holds at most {MOST_TRACKS} tracks")
    known = track_ids(public_ids)
    unknown = [each for each in public_ids if each not in known]
    if unknown:
        raise ParameterError(f"track_ids: there is no track {unknown[0]!r}")
    with transaction.atomic():
        playlist.items.all().delete()
        put_tracks(playlist, [known[each] for each in public_ids], 0)


def put_tracks(playlist: Playlist, tracks: Sequence[int], first: int) -> None:
    """Put tracks, by their primary keys, at the free places from ``first`` on."""
    items = (
        PlaylistItem(playlist=playlist, track_id=each, position=first + n) for n, each in enumerate(tracks)
    )
    PlaylistItem.objects.bulk_create(items, batch_size=_BATCH)
    playlist.save(update_fields=["changed_at"])


def track_ids(public_ids: Iterable[str]) -> dict[str, int]:
    """Return the keys of the tracks with these public identifiers, as far as there are any."""
    found: dict[str, int] = {}
    for part in parts(dict.fromkeys(public_ids)):
        found |= dict(Track.objects.filter(public_id__in=part).values_list("public_id", "pk"))
    return found


def tracks_of(playlist: Playlist) -> Iterator[Track]:
    """Yield all tracks of a playlist in their order; a fixed one is not held in memory as a whole."""
    if playlist.rule is not None:
        yield from tracks_page(playlist, _MOST_BY_RULE, 0)[0]
        return
    items = playlist.items.select_related("track__artist")
    for item in items.iterator(chunk_size=_BATCH):
        yield item.track


def tracks_page(playlist: Playlist, limit: int, offset: int) -> tuple[list[Track], int]:
    """Return a part of a playlist's tracks, and how many there are."""
    if playlist.rule is not None:
        rule = playlist.rule
        most = max(0, min(limit, rule["limit"] - offset))
        found = look_up(rule["q"], rule["sort"], limit=most, offset=offset)
        return list(found.tracks), min(found.total, rule["limit"])
    items = playlist.items.select_related("track__artist", "track__album", "track__cluster")
    return [item.track for item in items[offset : offset + limit]], items.count()


def listed() -> QuerySet[Playlist]:
    """Return all playlists with the number of their tracks and their duration, the last changed first."""
    return (
        Playlist.objects.select_related("user")
        .annotate(
            total=Count("items"), duration_ms=Sum("items__track__duration_ms", filter=Q(rule__isnull=True))
        )
        .order_by("-changed_at", "-pk")
    )


def listed_for(user: User | None) -> QuerySet[Playlist]:
    """Return the playlists that somebody may see: their own and the owner's; an owner sees all.

    Parameters
    ----------
    user : User or None
        ``None`` has none of their own.
    """
    if user is not None and user.is_superuser:
        return listed()
    # What the command line made is nobody's, and so the owner's.
    whose = Q(user=None) | Q(user__is_superuser=True)
    return listed().filter(whose if user is None else whose | Q(user=user))


def sums(playlist: Any) -> tuple[int, int]:
    """Return how many tracks a playlist has, and how long they are together in milliseconds."""
    if playlist.rule is None and hasattr(playlist, "total"):
        return playlist.total, playlist.duration_ms or 0
    tracks = list(tracks_of(playlist))
    return len(tracks), sum(track.duration_ms or 0 for track in tracks)
