"""Names for clusters, from tags that their songs have more of than songs at large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.records import FloatArray
from reprise.similarity.clusters import Clusters

__all__ = ["ClusterName", "NamedClusters", "TagShare", "name_clusters"]

_TAGS_IN_NAME = 2
_TAGS_KEPT = 6
_SMALLEST_SCORE = 1e-6

_ONE_MEANING = {
    "beats": "beat", "choral": "choir", "classic": "classical", "chill": "chillout", "electronica": "electronic",
    "female": "female voice", "female vocal": "female voice", "female vocalist": "female voice",
    "female vocalists": "female voice", "woman": "female voice", "male": "male voice", "male vocal": "male voice",
    "male vocalists": "male voice", "man": "male voice", "no vocal": "no voice", "no vocals": "no voice",
    "singing": "voice", "vocal": "voice", "vocals": "voice",
}  # fmt: skip
"""Tags that say the same: one of them in a name is enough."""


@dataclass(frozen=True, kw_only=True)
class TagShare:
    """A tag of a cluster.

    Attributes
    ----------
    tag : str
    mean : float
        Its mean score within the cluster, 0..1.
    lift : float
        How many times the mean over all songs that is.
    """

    tag: str
    mean: float
    lift: float


@dataclass(frozen=True, kw_only=True)
class ClusterName:
    """What a cluster is called, and the tags that speak for it, strongest first."""

    name: str
    tags: tuple[TagShare, ...]


@dataclass(frozen=True, kw_only=True)
class NamedClusters:
    """Clusters, and their names in order."""

    clusters: Clusters
    names: tuple[ClusterName, ...]


def name_clusters(clusters: Clusters, scores: FloatArray, tags: Sequence[str]) -> NamedClusters:
    """Name every cluster; no two have the same name.

    A tag speaks for a cluster by m log(m / a), where m is its mean score within the cluster and a over all songs: what
    it adds to the divergence between the two. It must be both frequent and out of the ordinary for that; this is the
    reasoning of tf-idf, for scores instead of counts. Two tags make a name, more where two clusters would share it.

    Parameters
    ----------
    clusters : Clusters
        Noise gets no name.
    scores : float32 array, shape (n, t)
        The score of each tag for each song, 0..1.
    tags : sequence of str
        Their t names. Case is folded, and tags that mean the same count once.

    Returns
    -------
    NamedClusters
    """
    everywhere = scores.mean(axis=0, dtype=np.float64)
    found = [
        _speaking_tags(scores[clusters.labels == place], everywhere, tags)
        for place in range(len(clusters.sizes))
    ]
    texts = _unique_names([[share.tag for share in shares] for shares in found])
    names = tuple(ClusterName(name=text, tags=shares) for text, shares in zip(texts, found, strict=True))
    return NamedClusters(clusters=clusters, names=names)


def _speaking_tags(
    scores: FloatArray, everywhere: npt.NDArray[np.float64], tags: Sequence[str]
) -> tuple[TagShare, ...]:
    means = scores.mean(axis=0, dtype=np.float64)
    lifts = (means + _SMALLEST_SCORE) / (everywhere + _SMALLEST_SCORE)
    shares: dict[str, TagShare] = {}
    for i in np.argsort(-means * np.log(lifts), kind="stable"):
        meaning = _meaning(tags[i])
        # The strongest of the tags that mean the same stands for them.
        if lifts[i] > 1 and meaning not in shares:
            shares[meaning] = TagShare(tag=meaning, mean=float(means[i]), lift=float(lifts[i]))
    return tuple(shares.values())[:_TAGS_KEPT]


def _meaning(tag: str) -> str:
    return _ONE_MEANING.get(tag.casefold(), tag.casefold())


def _unique_names(tags: Sequence[Sequence[str]]) -> list[str]:
    """Name each list of tags after its first two; lists that begin alike after more, and at last by number."""
    lengths = [min(_TAGS_IN_NAME, len(each)) for each in tags]
    for _ in range(_TAGS_KEPT):
        counts = Counter(frozenset(each[:n]) for each, n in zip(tags, lengths, strict=True))
        lengths = [
            min(n + (counts[frozenset(each[:n])] > 1), len(each))
            for each, n in zip(tags, lengths, strict=True)
        ]
    names = [", ".join(each[:n]) or "mixed" for each, n in zip(tags, lengths, strict=True)]
    shared, numbers = Counter(names), Counter[str]()
    for place, name in enumerate(names):
        if shared[name] > 1:
            numbers[name] += 1
            names[place] = f"{name} {numbers[name]}"
    return names
