"""What sounds alike: neighbours of a track, mixes of several, similar artists, and a path from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.similarity.index import IndexView, Neighbours
from reprise.similarity.path import song_path
from reprise.similarity.selection import diverse
from reprise.similarity.selection import mix as mixture
from reprise.web.library import pgvector
from reprise.web.library.models import Artist, Track
from reprise.web.library.search import matching_ids
from reprise.web.library.vectors import Snapshot, library_vectors

__all__ = [
    "Likeness",
    "Wanted",
    "artists_near",
    "keys_near",
    "keys_on_path",
    "mix",
    "path",
    "similar",
    "similar_artists",
]

Rows = npt.NDArray[np.intp]

_MOST_CANDIDATES = 2000
_LOOKED_THROUGH, _MOST_LOOKED_THROUGH = 4, 12_000
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
    """Return the tracks nearest to a mixture of tracks, as `keys_near` does."""
    return _with_tracks(keys_near(parts, wanted))


def keys_near(parts: Mapping[int, float], wanted: Wanted) -> list[tuple[int, float]]:
    """Return the tracks nearest to a mixture of tracks, as primary keys with their similarity -1..1.

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
    library = _with(list(parts))
    rows = library.rows_of(list(parts))
    if rows.size < len(parts):
        raise ParameterError("a track that is not analysed, or whose file is missing, cannot be compared")
    weights = np.array(list(parts.values()), np.float32)
    vector, features = _mixed(library.vectors[rows], weights), _mixed(library.features[rows], weights)
    if vector is None:
        raise ParameterError("at least one track must be added: give it a weight above 0")
    return _diverse(library, _candidates(library, vector, features, set(parts), wanted), wanted)


def _with(keys: list[int]) -> Snapshot:
    """Return the vectors, looked up anew if one of these tracks is not among them: it may have come just now."""
    library = library_vectors()
    return library if library.rows_of(keys).size == len(keys) else library_vectors(now=True)


def _mixed(vectors: FloatArray, weights: FloatArray) -> FloatArray | None:
    """Add songs up and take others out; of unit length, or ``None`` if none is added or they cancel one another out."""
    added, taken = weights > 0, weights < 0
    if not added.any():
        return None
    try:
        return mixture(
            vectors[added],
            weights[added],
            subtract=vectors[taken] if taken.any() else None,
            subtract_weights=-weights[taken] if taken.any() else None,
        )
    except ParameterError:
        return None


def _candidates(
    library: Snapshot, vector: FloatArray, features: FloatArray | None, without: set[int], wanted: Wanted
) -> list[tuple[int, float]]:
    count = min(_MOST_CANDIDATES, 10 * wanted.limit + 100 + len(without))
    q = wanted.q.strip()
    if wanted.features_weight == 0 and not q and pgvector.is_available():
        found = pgvector.nearest(vector, min(count, 1000))
    else:
        scores = library.similarities(vector, features, wanted.features_weight)
        rows = _best_found(library, scores, count, q) if q else _best(scores, count)
        found = list(zip(library.keys[rows].tolist(), scores[rows].tolist(), strict=True))
    return [(key, score) for key, score in found if key not in without]


def _best(scores: FloatArray, count: int) -> Rows:
    """Return the rows of the highest scores, the highest first; of equal ones the lower row."""
    count = min(count, scores.size)
    best = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, np.intp)
    return best[np.lexsort((best, -scores[best]))]


def _best_found(library: Snapshot, scores: FloatArray, count: int, q: str) -> Rows:
    """Return the best rows that a query finds.

    It is asked about the nearest tracks first. A query that finds much of the library finds enough among them, and to
    read all that it finds would take a quarter of a second.
    """
    wide = _LOOKED_THROUGH * count
    while wide <= _MOST_LOOKED_THROUGH:
        near = _best(scores, wide)
        rows = library.rows_of(matching_ids(q, library.keys[near].tolist()))
        if rows.size >= count or near.size == scores.size:
            break
        # As wide as it must be if there are as many further away, and a half more.
        wide = 3 * count * near.size // (2 * max(1, rows.size))
    else:
        rows = library.rows_of(matching_ids(q))
    return rows[_best(scores[rows], count)]


def _diverse(
    library: Snapshot, candidates: Sequence[tuple[int, float]], wanted: Wanted
) -> list[tuple[int, float]]:
    """Take the likest first, but of one artist and of one album no more than is wanted."""
    keys = np.array([key for key, _ in candidates], np.int64)
    rows = library.rows_of(keys)
    known = dict(zip(library.keys[rows].tolist(), rows.tolist(), strict=True))
    found = [(key, score, known[key]) for key, score in candidates if key in known]
    kept = diverse(
        Neighbours(
            ids=np.array([key for key, _, _ in found], np.int64),
            similarities=np.array([score for _, score, _ in found], np.float32),
        ),
        [int(library.artists[row]) or None for _, _, row in found],
        [int(library.albums[row]) or None for _, _, row in found],
        per_artist=wanted.per_artist or None,
        per_album=wanted.per_album or None,
    )
    pairs = zip(kept.ids.tolist(), kept.similarities.tolist(), strict=True)
    return [(key, _rounded(score)) for key, score in pairs][: wanted.limit]


def _rounded(score: float) -> float:
    return round(min(1.0, float(score)), 4)


def _with_tracks(found: Sequence[tuple[int, float | None]]) -> list[Likeness]:
    tracks = _tracks([key for key, _ in found])
    return [Likeness(track=tracks[key], similarity=score) for key, score in found if key in tracks]


def _tracks(keys: list[int]) -> dict[int, Track]:
    return Track.objects.select_related("artist", "album", "cluster").in_bulk(keys)


def similar_artists(artist_id: int | None, vector_of: Track | None, limit: int) -> list[dict[str, object]]:
    """Return the artists whose music is most like an artist's, or like one track.

    Parameters and errors are those of `artists_near`.

    Returns
    -------
    list of dict
        ``artist``, ``similarity`` and ``tracks``, up to three of theirs that are most like the start.
    """
    found = artists_near(artist_id, vector_of.pk if vector_of else None, limit)
    named = Artist.objects.in_bulk([artist for artist, _, _ in found])
    tracks = _tracks([key for _, _, keys in found for key in keys])
    return [
        {
            "artist": named[artist],
            "similarity": similarity,
            "tracks": [tracks[key] for key in keys if key in tracks],
        }
        for artist, similarity, keys in found
        if artist in named
    ]


def artists_near(
    artist_id: int | None, start_at: int | None, limit: int
) -> list[tuple[int, float, list[int]]]:
    """Return the artists whose music is most like an artist's, or like one track.

    An artist stands at the mean of the tracks; those with many tracks are not favoured.

    Parameters
    ----------
    artist_id : int or None
        Whose neighbours are wanted; is not among them.
    start_at : int or None
        The track to start from instead of the artist's mean.
    limit : int

    Returns
    -------
    list of (int, float, list of int)
        The artist, the similarity -1..1, and up to three of their tracks that are most like the start.

    Raises
    ------
    ParameterError
        If there is nothing analysed to start from.
    """
    library = library_vectors() if start_at is None else _with([start_at])
    rows = (
        library.rows_of([start_at])
        if start_at is not None
        else np.flatnonzero(library.artists == (artist_id or -1))
    )
    start = _mixed(library.vectors[rows], np.ones(rows.size, np.float32))
    if start is None:
        raise ParameterError("there is nothing analysed to start from")
    artists = library.artist_rows
    scores = library.vectors @ start
    # The dot product with an artist's mean is the mean of the dot products; its length puts artists of one and of
    # many tracks on one scale.
    sums = np.bincount(artists.of_row, weights=scores, minlength=artists.keys.size)
    means = sums / np.maximum(artists.lengths, 1e-6)
    means[(artists.keys == 0) | (artists.keys == (artist_id or -1))] = -np.inf
    order = [i for i in np.argsort(-means)[:limit] if np.isfinite(means[i])]
    best = {i: (rows := artists.of(i))[np.argsort(-scores[rows])][:_TRACKS_OF_ARTIST] for i in order}
    return [(int(artists.keys[i]), _rounded(means[i]), library.keys[best[i]].tolist()) for i in order]


def path(start: Track, end: Track, steps: int) -> list[Likeness]:
    """Return a way of songs from one to another, as `keys_on_path` does."""
    return _with_tracks(keys_on_path(start.pk, end.pk, steps))


def keys_on_path(start: int, end: int, steps: int) -> list[tuple[int, float | None]]:
    """Return a way of songs from one to another, each like the one before.

    Parameters
    ----------
    start, end : int
        The first and the last, as primary keys.
    steps : int
        How many songs the way has, both ends included; fewer where the library has not so many.

    Raises
    ------
    ParameterError
        If one of them is not analysed, or both are the same.
    """
    if start == end:
        raise ParameterError("a path leads from one track to another; these are the same")
    library = _with([start, end])
    rows = library.rows_of([start, end])
    if rows.size < 2:
        raise ParameterError("a track that is not analysed, or whose file is missing, cannot be compared")
    # Tracks without an artist are each by somebody else.
    artists = np.where(library.artists > 0, library.artists, -1 - np.arange(library.artists.size))
    songs = IndexView(ids=library.keys, vectors=library.vectors, features=library.features)
    way = song_path(songs, start, end, steps, artists=artists.tolist())
    scores = [None, *map(_rounded, way.similarities.tolist())]
    return list(zip(way.ids.tolist(), scores, strict=True))
