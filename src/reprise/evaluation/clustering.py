"""Metrics for clusters: how far a partition that was found agrees with one that is known.

Conventions
-----------
Labels are strings or integers, and their names do not matter: only which items share one. Items whose reference is
unknown are left out by the caller.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError

__all__ = ["ClusteringScores", "evaluate"]

Labels = Sequence[Hashable] | npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusteringScores:
    """How far clusters agree with known classes.

    Attributes
    ----------
    count : int
        How many items were compared.
    nmi : float
        Normalised mutual information (arithmetic mean of the entropies), 0..1. It rises by chance with the number of
        clusters.
    ari : float
        Adjusted Rand index: 0 for chance, 1 for the same partition; it can be negative.
    """

    count: int
    nmi: float
    ari: float


def evaluate(reference: Labels, estimated: Labels) -> ClusteringScores:
    """Compare clusters with known classes.

    Parameters
    ----------
    reference, estimated : sequence, shape (n,)
        Labels.

    Returns
    -------
    ClusteringScores

    Raises
    ------
    ParameterError
        If the lengths differ or there is nothing to compare.

    References
    ----------
    .. [1] Vinh, N., Epps, J. and Bailey, J. "Information theoretic measures for clusterings comparison." Journal of
           Machine Learning Research 11, 2010.
    .. [2] Hubert, L. and Arabie, P. "Comparing partitions." Journal of Classification 2, 1985.
    """
    if len(reference) != len(estimated) or not len(reference):
        raise ParameterError(f"{len(reference)} reference labels, {len(estimated)} estimated ones")
    table = _contingency(reference, estimated)
    return ClusteringScores(count=len(reference), nmi=_nmi(table), ari=_ari(table))


def _contingency(reference: Labels, estimated: Labels) -> Floats:
    """Count the items of each class in each cluster."""
    rows, columns = ({label: i for i, label in enumerate(dict.fromkeys(s))} for s in (reference, estimated))
    table = np.zeros((len(rows), len(columns)))
    for a, b in zip(reference, estimated, strict=True):
        table[rows[a], columns[b]] += 1
    return table


def _entropy(counts: Floats) -> float:
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())


def _nmi(table: Floats) -> float:
    of_reference, of_estimated = _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
    if of_reference + of_estimated == 0:
        return 1.0
    mutual = of_reference + of_estimated - _entropy(table.ravel())
    return min(1.0, max(0.0, 2 * mutual / (of_reference + of_estimated)))


def _ari(table: Floats) -> float:
    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    of_reference, of_estimated = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    together, all_pairs = pairs(table), pairs(table.sum(keepdims=True).ravel())
    by_chance = of_reference * of_estimated / all_pairs if all_pairs else 0.0
    at_most = (of_reference + of_estimated) / 2
    return 1.0 if at_most == by_chance else (together - by_chance) / (at_most - by_chance)
