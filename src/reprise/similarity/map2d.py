"""A map of songs: embeddings in two dimensions, so that songs which are alike lie side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ParameterError
from reprise.records import FloatArray

__all__ = ["FewDimensions", "flat_map", "reduced", "trustworthiness"]

_NEIGHBOURS = 15
_FEW_SONGS = 50
"""Below this UMAP has too few neighbours to learn from, and a linear map shows as much."""
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
        ``"umap"``, or ``"pca"`` for fewer than 50 songs.
    """

    points: FloatArray
    method: str


def flat_map(X: FloatArray, *, seed: int = 0) -> FewDimensions:
    """Lay songs out in a plane.

    Parameters
    ----------
    X : float32 array, shape (n, d)
        As `reprise.similarity.clusters.directions` returns them.
    seed : int
        The same seed gives the same map on one machine.

    Returns
    -------
    FewDimensions
        Of shape (n, 2).
    """
    return reduced(X, 2, min_distance=0.1, seed=seed)


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
