"""What sounds alike: neighbours of a track, mixes of several, similar artists, and a path from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from django.db.models import QuerySet

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.web.library import pgvector
from reprise.web.library.models import Artist, Track
from reprise.web.library.search import find
from reprise.web.library.vectors import Snapshot, library_vectors

__all__ = ["Likeness", "Wanted", "mix", "path", "similar", "similar_artists"]

_MOST_CANDIDATES = 2000
_TRACKS_OF_ARTIST = 3


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a list of similar tracks shall be like.

    Attributes
    ----------
    limit : int
        How many.
    q : str
        Only tracks that this query finds.
    features_weight : float
        How much features count beside sound, 0..1.
    per_artist, per_album : int
        The most of one artist and of one album; 0 for no bound.
    """

    limit: int = 20
    q: str = ""
    features_weight: float = 0.0
    per_artist: int = 3
    per_album: int = 2


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A track and how like it is, -1..1; ``None`` for the first of a path."""

    track: Track
    similarity: float | None


def similar(track: Track, wanted: Wanted) -> list[Likeness]:
    """Return the tracks that are most like one, the likest first.

    Raises
    ------
    ParameterError
        If the track is not analysed, or the query is no query.
    """
    return mix({track.pk: 1.0}, wanted)


def mix(parts: Mapping[int, float], wanted: Wanted) -> list[Likeness]:
    """Return the tracks nearest to a mixture of tracks.

    Parameters
    ----------
    parts : mapping of int to float
        Weights by primary key. A track with a weight below 0 is moved away from: its share is taken out of the
        direction of the others, which stays on their side however much is subtracted.
    wanted : Wanted

    Raises
    ------
    ParameterError
        If a track is not analysed, nothing is added, or the query is no query.
    """
    library = library_vectors()
    rows = library.rows_of(list(parts))
    if rows.size < len(parts):
        library = library_vectors(now=True)
        rows = library.rows_of(list(parts))
    if rows.size < len(parts):
        raise ParameterError("a track that is not analysed, or whose file is missing, cannot be compared")
    weights = np.array(list(parts.values()), np.float32)
    vector, features = _mixed(library.vectors[rows], weights), _mixed(library.features[rows], weights)
    if vector is None:
        raise ParameterError("at least one track must be added: give it a weight above 0")
    candidates = _candidates(library, vector, features, set(parts), wanted)
    return _with_tracks(_diverse(library, candidates, wanted))


def _mixed(vectors: FloatArray, weights: FloatArray) -> FloatArray | None:
    """Add unit vectors up and take others out; of unit length, or ``None`` if none is added."""
    if not (weights > 0).any():
        return None
    added = (weights[weights > 0, None] * vectors[weights > 0]).sum(axis=0)
    length = np.linalg.norm(added)
    added = added / length if length > 1e-6 else vectors[weights > 0][0]
    if (weights < 0).any():
        taken = (-weights[weights < 0, None] * vectors[weights < 0]).sum(axis=0) / weights[weights > 0].sum()
        # No more than keeps the mixture on the side of what was added: the opposite of a song is no music.
        share = float(added @ taken)
        moved = added - (taken if share <= 0.5 else taken * (0.5 / share))
        length = np.linalg.norm(moved)
        added = moved / length if length > 1e-6 else added
    return np.asarray(added, np.float32)


def _candidates(
    library: Snapshot, vector: FloatArray, features: FloatArray | None, without: set[int], wanted: Wanted
) -> list[tuple[int, float]]:
    count = min(_MOST_CANDIDATES, 10 * wanted.limit + 100 + len(without))
    allowed = find(wanted.q) if wanted.q.strip() else None
    if wanted.features_weight == 0 and pgvector.is_available():
        found = pgvector.nearest(vector, min(count, 1000), allowed)
        return [(key, score) for key, score in found if key not in without]
    scores = library.similarities(vector, features, wanted.features_weight)
    if allowed is not None:
        mask = library.mask_of(np.fromiter(_keys(allowed), np.int64))
        scores = np.where(mask, scores, -np.inf)
    count = min(count, scores.size)
    best = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, np.intp)
    best = best[np.lexsort((library.keys[best], -scores[best]))]
    return [
        (int(library.keys[row]), float(scores[row]))
        for row in best
        if np.isfinite(scores[row]) and int(library.keys[row]) not in without
    ]


def _keys(tracks: QuerySet[Track]) -> list[int]:
    return list(tracks.order_by().values_list("pk", flat=True))


def _diverse(
    library: Snapshot, candidates: Sequence[tuple[int, float]], wanted: Wanted
) -> list[tuple[int, float]]:
    """Take the likest first, but of one artist and of one album no more than is wanted."""
    artists: dict[int, int] = {}
    albums: dict[int, int] = {}
    chosen = []
    rows = library.rows_of([key for key, _ in candidates])
    owners = dict(zip(library.keys[rows].tolist(), zip(library.artists[rows].tolist(), library.albums[rows].tolist(), strict=True), strict=True))  # noqa: E501  # fmt: skip
    for key, score in candidates:
        artist, album = owners.get(key, (0, 0))
        full = artist and wanted.per_artist and artists.get(artist, 0) >= wanted.per_artist
        if full or (album and wanted.per_album and albums.get(album, 0) >= wanted.per_album):
            continue
        artists[artist], albums[album] = artists.get(artist, 0) + 1, albums.get(album, 0) + 1
        chosen.append((key, score))
        if len(chosen) == wanted.limit:
            break
    return chosen


def _with_tracks(found: Sequence[tuple[int, float | None]]) -> list[Likeness]:
    tracks = Track.objects.select_related("artist", "album", "cluster").in_bulk([key for key, _ in found])
    return [
        Likeness(track=tracks[key], similarity=None if score is None else round(min(1.0, score), 4))
        for key, score in found
        if key in tracks
    ]


def similar_artists(artist_id: int | None, vector_of: Track | None, limit: int) -> list[dict[str, object]]:
    """Return the artists whose music is most like an artist's, or like one track.

    An artist stands at the mean of the tracks; those with many tracks are not favoured.

    Parameters
    ----------
    artist_id : int or None
        Whose neighbours are wanted; is not among them.
    vector_of : Track or None
        The track to start from instead of the artist's mean.
    limit : int

    Returns
    -------
    list of dict
        ``artist``, ``similarity`` and ``tracks``, up to three of theirs that are most like the start.

    Raises
    ------
    ParameterError
        If there is nothing analysed to start from.
    """
    library = library_vectors()
    rows = (
        library.rows_of([vector_of.pk])
        if vector_of is not None
        else np.flatnonzero(library.artists == (artist_id or -1))
    )
    start = _mixed(library.vectors[rows], np.ones(rows.size, np.float32))
    if start is None:
        raise ParameterError("there is nothing analysed to start from")
    keys, of_row = np.unique(library.artists, return_inverse=True)
    scores = library.vectors @ start
    # The dot product with an artist's mean is the mean of the dot products; its length puts artists of one and of
    # many tracks on one scale.
    sums = np.zeros((keys.size, library.vectors.shape[1]), np.float32)
    np.add.at(sums, of_row, library.vectors)
    lengths = np.linalg.norm(sums, axis=1)
    means = np.bincount(of_row, weights=scores, minlength=keys.size) / np.maximum(lengths, 1e-6)
    order = [i for i in np.argsort(-means) if keys[i] and keys[i] != (artist_id or -1)][:limit]
    named = Artist.objects.in_bulk([int(keys[i]) for i in order])
    answer: list[dict[str, object]] = []
    for i in order:
        mine = np.flatnonzero(of_row == i)
        best = mine[np.argsort(-scores[mine])][:_TRACKS_OF_ARTIST]
        tracks = _with_tracks([(int(library.keys[row]), float(scores[row])) for row in best])
        if int(keys[i]) in named:
            answer.append({
                "artist": named[int(keys[i])],
                "similarity": round(float(min(1.0, means[i])), 4),
                "tracks": [each.track for each in tracks],
            })  # fmt: skip
    return answer


def path(start: Track, end: Track, steps: int) -> list[Likeness]:
    """Return a way of songs from one to another, each like the one before.

    Parameters
    ----------
    start, end : Track
        The first and the last.
    steps : int
        How many songs the way has, both ends included; fewer where the library has not so many.

    Raises
    ------
    ParameterError
        If one of them is not analysed, or both are the same.
    """
    from reprise.similarity.path import song_path

    if start.pk == end.pk:
        raise ParameterError("a path leads from one track to another; these are the same")
    library = library_vectors()
    rows = library.rows_of([start.pk, end.pk])
    if rows.size < 2:
        raise ParameterError("a track that is not analysed, or whose file is missing, cannot be compared")
    way = song_path(library.vectors, int(rows[0]), int(rows[1]), steps, artists=library.artists)
    found: list[tuple[int, float | None]] = [(int(library.keys[way[0]]), None)]
    for before, here in pairwise(way):
        score = float(library.vectors[before] @ library.vectors[here])
        found.append((int(library.keys[here]), score))
    return _with_tracks(found)
