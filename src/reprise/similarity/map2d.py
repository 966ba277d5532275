"""A map of songs: embeddings in two dimensions, so that songs which are alike lie side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ParameterError
from reprise.records import FloatArray

__all__ = ["LANDMARKS", "FewDimensions", "flat_map", "place", "reduced", "trustworthiness"]

LANDMARKS = 10_000
"""A map of more songs than these is made of so many, and the others are placed among them."""

_NEIGHBOURS = 15
_FEW_SONGS = 50
"""Below this UMAP has too few neighbours to learn from, and a linear map shows as much."""
_PLACED_BY = 8
"""How many old songs say where a new one lies."""
_PAIRS_AT_ONCE = 1 << 24
"""As many similarities are held at once as fill 64 MiB."""
_MOST_PAIRED = 5000
"""Trustworthiness ranks every song for every other; of more songs than these, a sample is taken."""


@dataclass(frozen=True, kw_only=True)
class FewDimensions:
    """Songs in a few dimensions.

    Attributes
    ----------
    points : float32 array, shape (n, m)
        Only nearness means anything; axes and units do not.
    method : str
        ``"umap"``, or ``"pca"``, principal components, for fewer than 50 songs or without umap-learn.
    """

    points: FloatArray
    method: str


def flat_map(X: FloatArray, *, landmarks: int = LANDMARKS, seed: int = 0) -> FewDimensions:
    """Lay songs out in a plane.

    Parameters
    ----------
    X : float32 array, shape (n, d)
        Unit vectors, as `reprise.similarity.space.to_space` or `reprise.similarity.clusters.directions` return them.
    landmarks : int
        Of more songs than these, UMAP lays out so many, drawn at random, and `place` puts the others among them.
    seed : int
        The same seed gives the same map on one machine.

    Returns
    -------
    FewDimensions
        Of shape (n, 2). Without umap-learn it holds principal components, and its method says so.
    """
    if len(X) <= landmarks:
        return _flat(X, seed)
    chosen = np.sort(np.random.default_rng(seed).choice(len(X), landmarks, replace=False))
    made = _flat(X[chosen], seed)
    points = np.empty((len(X), 2), np.float32)
    others = np.setdiff1d(np.arange(len(X)), chosen)
    points[chosen], points[others] = made.points, place(X[others], X[chosen], made.points)
    return FewDimensions(points=points, method=made.method)


def place(new: FloatArray, old: FloatArray, points: FloatArray) -> FloatArray:
    """Put songs on a map that is there already, each among the songs that it is most like.

    A song's place is the mean of the places of its nearest old songs, weighted by similarity and, as the nearest may
    lie on two islands with nothing between them, of those alone that lie where most of the weight is.

    Parameters
    ----------
    new : float32 array, shape (m, d)
    old : float32 array, shape (n, d)
        Unit vectors of the songs on the map, at least one.
    points : float32 array, shape (n, p)
        Where these are.

    Returns
    -------
    float32 array, shape (m, p)

    Raises
    ------
    ParameterError
        If shapes do not fit or the map is empty.
    """
    if not len(old) or len(old) != len(points) or new.ndim != 2 or new.shape[1] != old.shape[1]:
        raise ParameterError(
            f"songs of shape {new.shape} cannot be placed among {old.shape} with places of {points.shape}"
        )
    k, rows = min(_PLACED_BY, len(old)), max(1, _PAIRS_AT_ONCE // len(old))
    placed = np.empty((len(new), points.shape[1]), np.float32)
    for begin in range(0, len(new), rows):
        similarity = new[begin : begin + rows] @ old.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        closeness = np.take_along_axis(similarity, nearest, axis=1).astype(np.float64)
        # The nearest counts e times what one counts that is a tenth less alike.
        weights = np.exp(10 * (closeness - closeness.max(axis=1, keepdims=True)))
        places = points[nearest].astype(np.float64)
        gaps = np.linalg.norm(places[:, :, None] - places[:, None], axis=3)
        reach = np.median(gaps.reshape(len(gaps), -1), axis=1)[:, None, None] + 1e-9
        support = (weights[:, None] * np.exp(-((gaps / reach) ** 2))).sum(axis=2)
        centre = support.argmax(axis=1)
        weights *= np.exp(
            -((np.take_along_axis(gaps, centre[:, None, None], axis=1)[:, 0] / reach[:, 0]) ** 2)
        )
        weights /= weights.sum(axis=1, keepdims=True)
        placed[begin : begin + rows] = (weights[:, :, None] * places).sum(axis=1)
    return placed


def _flat(X: FloatArray, seed: int) -> FewDimensions:
    try:
        return reduced(X, 2, min_distance=0.1, seed=seed)
    except MissingDependencyError:
        return FewDimensions(points=_principal_components(X, 2), method="pca")


def reduced(X: FloatArray, dimensions: int, *, min_distance: float, seed: int = 0) -> FewDimensions:
    """Bring songs to a few dimensions that keep their neighbourhoods.

    Parameters
    ----------
    X : float32 array, shape (n, d)
    dimensions : int
        1 and up.
    min_distance : float
        How tight UMAP may pack songs, 0 (for clusters) to 1 (for maps).
    seed : int

    Returns
    -------
    FewDimensions

    Raises
    ------
    MissingDependencyError
        If umap-learn is not installed.

    References
    ----------
    .. [1] McInnes, L., Healy, J. and Melville, J. "UMAP: uniform manifold approximation and projection for dimension
           reduction." arXiv:1802.03426, 2018.
    """
    if len(X) < _FEW_SONGS:
        return FewDimensions(points=_principal_components(X, dimensions), method="pca")
    try:
        from umap import UMAP
    except ImportError as error:
        raise MissingDependencyError("umap-learn", "train") from error
    umap = UMAP(
        n_components=dimensions, n_neighbors=_NEIGHBOURS, min_dist=min_distance, random_state=seed, n_jobs=1
    )
    with warnings.catch_warnings():
        # It tells of islands in the graph of neighbours and of methods that it falls back on: nothing to act on.
        warnings.simplefilter("ignore")
        points = umap.fit_transform(X)
    return FewDimensions(points=np.asarray(points, np.float32), method="umap")


def trustworthiness(X: FloatArray, points: FloatArray, *, neighbours: int = 15, seed: int = 0) -> float:
    """Return how far neighbours in a map are neighbours in truth.

    Parameters
    ----------
    X, points : float32 arrays, shapes (n, d) and (n, m)
        The songs, and where the map has them.
    neighbours : int
        How many of each song count; fewer than half of all songs.
    seed : int
        Of the sample that is taken of more than 5000 songs.

    Returns
    -------
    float
        0..1; 1 if every neighbour in the map is one of the nearest in truth.

    Raises
    ------
    ParameterError
        If there are fewer than three songs.
    MissingDependencyError
        If scikit-learn is not installed.

    References
    ----------
    .. [1] Venna, J. and Kaski, S. "Neighborhood preservation in nonlinear projection methods: an experimental study."
           ICANN, 2001.
    """
    try:
        from sklearn.manifold import trustworthiness as trust
    except ImportError as error:
        raise MissingDependencyError("scikit-learn", "train") from error
    if len(X) < 3:
        raise ParameterError(f"neighbours need at least 3 songs, there are {len(X)}")
    rows: npt.NDArray[np.int64] = np.arange(len(X))
    if len(rows) > _MOST_PAIRED:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _MOST_PAIRED, replace=False))
    return float(trust(X[rows], points[rows], n_neighbors=min(neighbours, (len(rows) - 1) // 2)))


def _principal_components(X: FloatArray, dimensions: int) -> FloatArray:
    centred = X.astype(np.float64) - X.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:dimensions]
    # An axis may point either way; its largest part shall be positive.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    points = np.zeros((len(X), dimensions), np.float32)
    points[:, : len(axes)] = centred @ (axes.T * signs)
    return points
