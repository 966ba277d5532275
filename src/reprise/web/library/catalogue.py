"""Artists and albums as things of their own: finding them, and what the library knows of them through their tracks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from django.db.models import Case, Count, F, Min, Model, QuerySet, Value, When

from reprise.web.library.models import Album, Artist, Track, name_key
from reprise.web.library.search import find
from reprise.web.library.vectors import library_vectors

__all__ = [
    "AlbumFacts",
    "album_facts",
    "album_tracks",
    "albums_named",
    "albums_of",
    "artist_genres",
    "artists_named",
    "by_public_id",
    "top_tracks",
    "typical_keys",
    "with_names",
]

Row = TypeVar("Row", bound=Model)

_GENRES = 3
_WITH_NAMES = ("artist", "album__artist")


@dataclass(frozen=True, kw_only=True)
class AlbumFacts:
    """What the tracks of an album say of it.

    Attributes
    ----------
    tracks : int
        How many of its tracks are in the library.
    year : int or None
        The earliest of theirs.
    """

    tracks: int = 0
    year: int | None = None


def by_public_id(rows: QuerySet[Row], ids: Sequence[str]) -> list[Row | None]:
    """Return the rows with these public identifiers, in their order; ``None`` for what is unknown."""
    found: dict[str, Row] = {each.public_id: each for each in rows.filter(public_id__in=set(ids))}  # type: ignore[attr-defined]
    return [found.get(each) for each in ids]


def album_facts(albums: Iterable[int]) -> dict[int, AlbumFacts]:
    """Return what is known of albums by their primary keys, in one query."""
    keys = set(albums)
    if not keys:
        return {}
    rows = Track.objects.filter(album__in=keys).order_by().values_list("album")
    return {
        key: AlbumFacts(tracks=count, year=year)
        for key, count, year in rows.annotate(count=Count("pk"), first=Min("year"))
    }


def artist_genres(artists: Iterable[int]) -> dict[int, list[str]]:
    """Return up to three genres of artists by their primary keys: those heard in most of their tracks first."""
    keys = set(artists)
    found: dict[int, list[str]] = defaultdict(list)
    if not keys:
        return found
    rows = Track.objects.filter(artist__in=keys).exclude(genre="").values_list("artist", "genre")
    for key, genre, _ in rows.annotate(count=Count("pk")).order_by("-count", "genre"):
        if len(found[key]) < _GENRES:
            found[key].append(genre)
    return found


def album_tracks(album: Album) -> QuerySet[Track]:
    """Return the tracks of an album in their order, those without a number last."""
    tracks = Track.objects.filter(album=album).select_related(*_WITH_NAMES)
    return tracks.order_by(F("track_number").asc(nulls_last=True), "title_key", "pk")


def albums_of(artist: Artist) -> QuerySet[Album]:
    """Return the albums of an artist, the newest first."""
    albums = Album.objects.filter(artist=artist).select_related("artist").annotate(first=Min("tracks__year"))
    return albums.order_by(F("first").desc(nulls_last=True), "key", "pk")


def typical_keys(artist: Artist, limit: int) -> list[int]:
    """Return the primary keys of an artist's analysed tracks that sound most like the mean of all of theirs."""
    library = library_vectors()
    rows = np.flatnonzero(library.artists == artist.pk)
    scores = library.vectors[rows] @ library.vectors[rows].sum(axis=0)
    keys: list[int] = library.keys[rows[np.argsort(-scores, kind="stable")[:limit]]].tolist()
    return keys


def top_tracks(artist: Artist, limit: int = 10) -> list[Track]:
    """Return the tracks that sound most like an artist on average: how often they are played nobody knows here.

    Those that are not analysed come last.
    """
    keys = typical_keys(artist, limit)
    tracks = Track.objects.filter(artist=artist).select_related(*_WITH_NAMES)
    found = tracks.in_bulk(keys)
    chosen = [found[key] for key in keys if key in found]
    if len(chosen) < limit:
        chosen += tracks.exclude(pk__in=keys).order_by("title_key", "pk")[: limit - len(chosen)]
    return chosen


def artists_named(query: str, name: str) -> QuerySet[Artist]:
    """Return the artists of the tracks that a query finds: who is called so first, then who has most tracks.

    Parameters
    ----------
    query : str
        In the language of docs/reference/search.md.
    name : str
        What was typed.

    Raises
    ------
    ParameterError
        If the query cannot be read.
    """
    keys = find(query).exclude(artist=None).order_by().values("artist")
    artists = Artist.objects.filter(pk__in=keys).annotate(count=Count("tracks"))
    return artists.order_by(_fit("key", name), "-count", "key", "pk")


def albums_named(query: str, name: str) -> QuerySet[Album]:
    """Return the albums of the tracks that a query finds, as `artists_named` does."""
    keys = find(query).exclude(album=None).order_by().values("album")
    albums = Album.objects.filter(pk__in=keys).select_related("artist").annotate(count=Count("tracks"))
    return albums.order_by(_fit("key", name), "-count", "key", "pk")


def _fit(column: str, name: str) -> Any:
    """Put first what is called so, then what begins so."""
    key = name_key(name)
    if not key:
        return Value(0)
    return Case(When(**{column: key}, then=0), When(**{f"{column}__startswith": key}, then=1), default=2)


def with_names(tracks: Sequence[Track]) -> list[Track]:
    """Return tracks anew with artist, album and the album's artist, in their order, in one query."""
    rows = Track.objects.select_related(*_WITH_NAMES).in_bulk([track.pk for track in tracks])
    return [rows[track.pk] for track in tracks if track.pk in rows]
