"""Clusters of songs that nobody has labelled: k-means and HDBSCAN on embeddings, judged by their silhouette.

Songs are compared by the angle between their embeddings: rows are scaled to unit length, on which Euclidean distance
and cosine similarity agree. Clusters are numbered from 0, the largest first; `NOISE` is a song that is in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ParameterError
from reprise.records import FloatArray
from reprise.similarity.map2d import reduced

__all__ = [
    "NOISE",
    "Clusters",
    "Labels",
    "assign",
    "centroids",
    "directions",
    "hdbscan",
    "k_means",
    "silhouette",
]

Labels = npt.NDArray[np.int64]

NOISE = -1
"""The label of a song that is in no cluster."""

_MOST_PAIRED = 5000
"""A silhouette compares every song with every other; of more songs than these, a sample is taken."""
_MANY_SONGS = 10_000
"""Of more songs than these, k-means sees a batch at a time; HDBSCAN sees so many, and the others follow these."""
_BATCH = 4096
_DENSITY_DIMENSIONS = 5
_NEIGHBOURS_OF_DENSITY = 5


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """Which songs belong together.

    Attributes
    ----------
    method : str
        ``"kmeans"`` or ``"hdbscan"``.
    labels : int array, shape (n,)
    silhouette : float or None
        Mean over the songs that are in a cluster, -1..1; ``None`` with fewer than two clusters.
    by_k : mapping of int to float
        The silhouette of every k that was tried.
    """

    method: str
    labels: Labels
    silhouette: float | None
    by_k: Mapping[int, float] = field(default_factory=dict)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many songs each cluster has."""
        return tuple(np.bincount(self.labels[self.labels != NOISE]).tolist())

    @property
    def n_noise(self) -> int:
        """How many songs are in no cluster."""
        return int(np.count_nonzero(self.labels == NOISE))


def directions(embeddings: npt.ArrayLike) -> FloatArray:
    """Scale embeddings to unit length.

    Parameters
    ----------
    embeddings : array-like, shape (n, d)
        Finite; a row of zeros stays one.

    Returns
    -------
    float32 array, shape (n, d)

    Raises
    ------
    ParameterError
        If they are no finite matrix, or fewer than three songs differ: two clusters need that many.
    """
    X = np.asarray(embeddings, np.float64)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise ParameterError(f"embeddings must be a finite matrix, one row a song; their shape is {X.shape}")
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    unit: FloatArray = (X / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    if (n := len(np.unique(unit, axis=0))) < 3:
        raise ParameterError(f"there are {n} different songs; clusters need at least 3")
    return unit


def k_means(X: FloatArray, k: int | None = None, *, k_max: int = 20, seed: int = 0) -> Clusters:
    """Part songs into k clusters around means; the k with the highest silhouette unless one is given.

    Parameters
    ----------
    X : float32 array, shape (n, d)
        As `directions` returns them.
    k : int, optional
        How many clusters, from 2 to one less than there are different songs.
    k_max : int
        The most that are tried if k is left out; fewer where there are fewer songs.
    seed : int
        The same seed gives the same clusters.

    Returns
    -------
    Clusters

    Raises
    ------
    ParameterError
        If k or k_max is out of range.
    MissingDependencyError
        If scikit-learn is not installed.

    References
    ----------
    .. [1] Arthur, D. and Vassilvitskii, S. "k-means++: the advantages of careful seeding." SODA, 2007.
    .. [2] Sculley, D. "Web-scale k-means clustering." WWW, 2010: of more than 10,000 songs.
    """
    try:
        from sklearn.cluster import KMeans, MiniBatchKMeans
    except ImportError as error:
        raise MissingDependencyError("scikit-learn", "train") from error
    most = len(np.unique(X, axis=0)) - 1
    if k is not None and not 2 <= k <= most:
        raise ParameterError(f"k must be 2..{most} for these songs, not {k}")
    if k_max < 2:
        raise ParameterError(f"k_max must be 2 or more, not {k_max}")

    def labels_of(k: int) -> Labels:
        if len(X) > _MANY_SONGS:
            means = MiniBatchKMeans(k, n_init=3, batch_size=_BATCH, random_state=seed)
        else:
            means = KMeans(k, n_init=10, random_state=seed)
        return _largest_first(means.fit_predict(X))

    tried = {each: labels_of(each) for each in ([k] if k else range(2, min(k_max, most) + 1))}
    by_k = {each: silhouette(X, labels, seed=seed) or 0.0 for each, labels in tried.items()}
    best = max(by_k, key=lambda each: by_k[each])
    return Clusters(method="kmeans", labels=tried[best], silhouette=by_k[best], by_k=by_k)


def hdbscan(X: FloatArray, min_size: int | None = None, *, seed: int = 0) -> Clusters:
    """Find dense groups of songs, of any number and shape; what lies between them is noise.

    Density means little in hundreds of dimensions, where all songs are far apart. So the songs are first brought to
    five dimensions that keep their neighbourhoods (`reprise.similarity.map2d.reduced`). The silhouette is that of the
    embeddings themselves, to be compared with k-means'. Of more than 10,000 songs, so many are drawn, and each of the
    others gets the label of the one that it is most like.

    Parameters
    ----------
    X : float32 array, shape (n, d)
        As `directions` returns them.
    min_size : int, optional
        The fewest songs that make a cluster, 2 and up; a fiftieth of all, at least 5, if left out.
    seed : int
        The same seed gives the same clusters.

    Returns
    -------
    Clusters
        Possibly without any: all songs are noise then.

    Raises
    ------
    ParameterError
        If min_size is out of range.
    MissingDependencyError
        If scikit-learn or umap-learn is not installed.

    References
    ----------
    .. [1] Campello, R., Moulavi, D. and Sander, J. "Density-based clustering based on hierarchical density
           estimates." PAKDD, 2013.
    """
    try:
        from sklearn.cluster import HDBSCAN
    except ImportError as error:
        raise MissingDependencyError("scikit-learn", "train") from error
    min_size = max(5, len(X) // 50) if min_size is None else min_size
    if min_size < 2:
        raise ParameterError(f"min_size must be 2 or more, not {min_size}")
    if min_size > len(X):
        return Clusters(method="hdbscan", labels=np.full(len(X), NOISE, np.int64), silhouette=None)
    if len(X) > _MANY_SONGS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(X), _MANY_SONGS, replace=False))
        part = hdbscan(X[chosen], max(2, min_size * _MANY_SONGS // len(X)), seed=seed)
        labels = _largest_first(part.labels[_most_alike(X, X[chosen])])
        return Clusters(method="hdbscan", labels=labels, silhouette=silhouette(X, labels, seed=seed))
    neighbours = min(_NEIGHBOURS_OF_DENSITY, min_size)
    found = HDBSCAN(min_cluster_size=min_size, min_samples=neighbours, copy=True).fit_predict(
        reduced(X, _DENSITY_DIMENSIONS, min_distance=0.0, seed=seed).points
    )
    labels = _largest_first(found)
    return Clusters(method="hdbscan", labels=labels, silhouette=silhouette(X, labels, seed=seed))


def centroids(X: FloatArray, labels: Labels) -> FloatArray:
    """Return the middle of every cluster.

    Parameters
    ----------
    X : float32 array, shape (n, d)
        Unit vectors.
    labels : int array, shape (n,)
        0 and up, every number with at least one song; `NOISE` is left out.

    Returns
    -------
    float32 array, shape (n_clusters, d)
        Of unit length.
    """
    inside = labels != NOISE
    sums = np.zeros((int(labels.max(initial=NOISE)) + 1, X.shape[1]))
    np.add.at(sums, labels[inside], X[inside])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    middle: FloatArray = (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return middle


def assign(new: FloatArray, middles: FloatArray) -> Labels:
    """Return the cluster that each song is most like, for songs that came after the clusters.

    Parameters
    ----------
    new : float32 array, shape (m, d)
    middles : float32 array, shape (n_clusters, d)
        As `centroids` returns them, at least one.

    Returns
    -------
    int array, shape (m,)

    Raises
    ------
    ParameterError
        If there are no clusters or the vectors are of another length.
    """
    if not len(middles) or new.ndim != 2 or new.shape[1] != middles.shape[1]:
        raise ParameterError(f"songs of shape {new.shape} cannot be put into clusters of {middles.shape}")
    return _most_alike(new, middles)


def _most_alike(new: FloatArray, old: FloatArray) -> Labels:
    rows = max(1, (1 << 24) // len(old))
    parts = [np.argmax(new[i : i + rows] @ old.T, axis=1) for i in range(0, len(new), rows)]
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


def silhouette(X: FloatArray, labels: Labels, *, seed: int = 0) -> float | None:
    """Return how much nearer songs are to their own cluster than to the next, on average.

    Parameters
    ----------
    X : float32 array, shape (n, d)
    labels : int array, shape (n,)
        `NOISE` is left out.
    seed : int
        Of the sample that is taken of more than 5000 songs.

    Returns
    -------
    float or None
        -1..1; ``None`` with fewer than two clusters, or as many as songs.

    References
    ----------
    .. [1] Rousseeuw, P. "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis."
           Journal of Computational and Applied Mathematics 20, 1987.
    """
    try:
        from sklearn.metrics import silhouette_score
    except ImportError as error:
        raise MissingDependencyError("scikit-learn", "train") from error
    inside = np.flatnonzero(labels != NOISE)
    if len(inside) > _MOST_PAIRED:
        inside = np.sort(np.random.default_rng(seed).choice(inside, _MOST_PAIRED, replace=False))
    if not 2 <= len(np.unique(labels[inside])) < len(inside):
        return None
    return float(silhouette_score(X[inside], labels[inside]))


def _largest_first(labels: npt.NDArray[np.integer]) -> Labels:
    """Number clusters by size; of two of one size, the one whose first song comes first."""
    names, first, sizes = np.unique(labels[labels != NOISE], return_index=True, return_counts=True)
    places = {int(names[i]): place for place, i in enumerate(np.lexsort((first, -sizes)))}
    return np.array([places.get(int(label), NOISE) for label in labels], np.int64)
