"""What to ask for, and what to show of the answer: several songs as one query, and lists that are not all one album."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.similarity.index import Neighbours

__all__ = ["diverse", "mix"]


def diverse(
    neighbours: Neighbours,
    artists: Sequence[Hashable],
    albums: Sequence[Hashable],
    *,
    per_artist: int | None = 2,
    per_album: int | None = 1,
) -> Neighbours:
    """Keep the nearest songs of each artist and album, and drop the others.

    A quota, not maximal marginal relevance: it says in one sentence why a song is missing, never puts a less similar
    song before a more similar one, and needs no weight. Ask the index for several times as many as will be shown.

    Parameters
    ----------
    neighbours : Neighbours
        The nearest first.
    artists, albums : sequences, shape (m,)
        Whose each neighbour is; ``None`` where that is unknown, for which there is no quota.
    per_artist, per_album : int, optional
        1 and up; ``None`` for no quota.

    Returns
    -------
    Neighbours
        In the same order.

    Raises
    ------
    ParameterError
        If the lengths differ or a quota is below 1.
    """
    n = len(neighbours.ids)
    if not n == len(artists) == len(albums):
        raise ParameterError(
            f"{n} neighbours need as many artists and albums, not {len(artists)}, {len(albums)}"
        )
    quotas = (per_artist, per_album)
    if any(quota is not None and quota < 1 for quota in quotas):
        raise ParameterError(f"a quota must be 1 or more, not {min(q for q in quotas if q is not None)}")
    most_of_artist, most_of_album = (n if quota is None else quota for quota in quotas)
    of_artist: Counter[Hashable] = Counter()
    of_album: Counter[Hashable] = Counter()
    kept = []
    for row, (artist, album) in enumerate(zip(artists, albums, strict=True)):
        if artist is not None and of_artist[artist] >= most_of_artist:
            continue
        if album is not None and of_album[album] >= most_of_album:
            continue
        kept.append(row)
        of_artist[artist] += 1
        of_album[album] += 1
    return Neighbours(ids=neighbours.ids[kept], similarities=neighbours.similarities[kept])


def mix(
    add: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    subtract: npt.ArrayLike | None = None,
    subtract_weights: npt.ArrayLike | None = None,
) -> FloatArray:
    """Make one query of several songs: near to some, away from others.

    What is added is averaged and scaled to unit length, and so is what is subtracted. Of the latter only the part that
    the former has too is taken away, at most all of it. So the result never turns to the opposite of what was
    subtracted, where only nonsense lies ("not jazz" is no kind of music): it is at worst indifferent to it, and what
    was not alike to begin with changes nothing.

    Parameters
    ----------
    add : array, shape (n, d)
        At least one vector.
    weights : array, shape (n,), optional
        Above 0; all alike if left out. Only their ratios count.
    subtract : array, shape (m, d), optional
    subtract_weights : array, shape (m,), optional
        Above 0. Their sum, as a share of the sum of ``weights``, says how much of the common part goes: all of it from
        1 on.

    Returns
    -------
    float32 array, shape (d,)
        Of unit length.

    Raises
    ------
    ParameterError
        If nothing is added, shapes or weights do not fit, what is added cancels out, or nothing of it is left.
    """
    towards, w = _mean(add, weights, "add")
    if subtract is None or not np.size(subtract):
        return towards.astype(np.float32)
    away, v = _mean(subtract, subtract_weights, "subtract")
    if len(away) != len(towards):
        raise ParameterError(f"vectors must be of one length, not {len(towards)} and {len(away)}")
    common = max(0.0, float(towards @ away))
    left = towards - min(1.0, v / w) * common * away
    if (length := np.linalg.norm(left)) < 1e-4:
        raise ParameterError("what is subtracted is all there is; subtract something else")
    return (left / length).astype(np.float32)


def _mean(
    vectors: npt.ArrayLike, weights: npt.ArrayLike | None, what: str
) -> tuple[npt.NDArray[np.float64], float]:
    X = np.asarray(vectors, np.float64)
    if X.ndim != 2 or not len(X) or not np.isfinite(X).all():
        raise ParameterError(f"{what} must be a finite matrix, one row a song; its shape is {X.shape}")
    w = np.ones(len(X)) if weights is None else np.asarray(weights, np.float64)
    if w.shape != (len(X),) or not np.isfinite(w).all() or (w <= 0).any():
        raise ParameterError(f"{what} needs a weight above 0 for each of {len(X)} songs")
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    mean: npt.NDArray[np.float64] = (w / w.sum()) @ (X / np.where(lengths > 0, lengths, 1))
    if (length := np.linalg.norm(mean)) < 1e-6:
        raise ParameterError(f"the songs to {what} cancel one another out; choose others")
    return mean / length, float(w.sum())
