"""Metrics for lists of similar songs: whether what is found belongs, and whether some songs are found everywhere.

Conventions
-----------
``similarity`` is a square matrix, larger is more alike; row i is the query i, and nobody finds himself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError

__all__ = ["RetrievalScores", "evaluate", "hubness", "mean_average_precision", "precision_at"]

Floats = npt.NDArray[np.floating]
Relevance = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalScores:
    """How good lists of similar songs are.

    Attributes
    ----------
    genre_precision : float
        Share of the first ten, songs of the query's own artist left out, that share a genre with it, 0..1.
    quadrant_precision : float
        The same for the quadrant of mood.
    artist_map : float
        Mean average precision of the other songs of the query's artist, 0..1.
    hubness : float
        As `hubness` has it, of the first ten.
    """

    genre_precision: float
    quadrant_precision: float
    artist_map: float
    hubness: float


def evaluate(
    similarity: Floats, genres: Relevance, quadrants: Relevance, artists: Relevance
) -> RetrievalScores:
    """Judge all songs as queries for one another.

    Parameters
    ----------
    similarity : array, shape (n, n)
    genres, quadrants, artists : bool arrays, shape (n, n)
        Whether two songs share a genre, a quadrant, an artist.

    Returns
    -------
    RetrievalScores

    Raises
    ------
    ParameterError
        If a shape does not fit.
    """
    return RetrievalScores(
        genre_precision=precision_at(similarity, genres, k=10, left_out=artists),
        quadrant_precision=precision_at(similarity, quadrants, k=10, left_out=artists),
        artist_map=mean_average_precision(similarity, artists),
        hubness=hubness(similarity, k=10),
    )


def precision_at(
    similarity: Floats, relevant: Relevance, *, k: int, left_out: Relevance | None = None
) -> float:
    """Return the share of the first k that are relevant, averaged over the queries.

    Parameters
    ----------
    similarity : array, shape (n, n)
    relevant : bool array, shape (n, n)
        A query to which nothing else is relevant is not asked.
    k : int
        1 to n - 1.
    left_out : bool array, shape (n, n), optional
        What a query may not find, such as songs of its own artist.

    Raises
    ------
    ParameterError
        If a shape or k does not fit.
    """
    _check(similarity, relevant)
    forbidden = np.eye(len(similarity), dtype=bool) | (False if left_out is None else left_out)
    asked = (relevant & ~forbidden).any(axis=1)
    found = _first(np.where(forbidden, -np.inf, similarity), k)
    hits = np.take_along_axis(relevant & ~forbidden, found, axis=1)
    return float(hits[asked].mean()) if asked.any() else float("nan")


def mean_average_precision(similarity: Floats, relevant: Relevance) -> float:
    """Return the mean over queries of the mean precision at each relevant song.

    Parameters
    ----------
    similarity : array, shape (n, n)
    relevant : bool array, shape (n, n)
        A query to which nothing else is relevant is not asked.
    """
    _check(similarity, relevant)
    n = len(similarity)
    order = _first(np.where(np.eye(n, dtype=bool), -np.inf, similarity), n - 1)
    hits = np.take_along_axis(relevant, order, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, n)
    asked = hits.any(axis=1)
    means = (precision * hits).sum(axis=1)[asked] / hits.sum(axis=1)[asked]
    return float(means.mean()) if asked.any() else float("nan")


def hubness(similarity: Floats, *, k: int) -> float:
    """Return the skewness of how often songs are among the first k of others.

    0 is even; above 1 a few songs, the hubs, are found by very many.

    References
    ----------
    .. [1] Radovanović, M., Nanopoulos, A. and Ivanović, M. "Hubs in space: popular nearest neighbors in
           high-dimensional data." Journal of Machine Learning Research 11, 2010.
    .. [2] Flexer, A., Schnitzer, D. and Schlüter, J. "A MIREX meta-analysis of hubness in audio music similarity."
           ISMIR, 2012.
    """
    _check(similarity, similarity)
    n = len(similarity)
    found = _first(np.where(np.eye(n, dtype=bool), -np.inf, similarity), k)
    times = np.bincount(found.ravel(), minlength=n).astype(np.float64)
    spread = times.std()
    return float(((times - times.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0


def _first(similarity: Floats, k: int) -> npt.NDArray[np.intp]:
    if not 1 <= k < len(similarity):
        raise ParameterError(f"k must be 1..{len(similarity) - 1} for these songs, not {k}")
    return np.argsort(-similarity, axis=1, kind="stable")[:, :k]


def _check(similarity: Floats, relevant: npt.NDArray[np.generic]) -> None:
    n = len(similarity)
    if similarity.shape != (n, n) or relevant.shape != (n, n):
        raise ParameterError(f"both must be square and alike, not {similarity.shape} and {relevant.shape}")
