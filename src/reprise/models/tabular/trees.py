"""Many decision trees in a few flat arrays, and how rows find their leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.models.tabular.table_model import Arrays, Floats, require_shape

__all__ = ["Trees"]

_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Nodes of all trees one after another; a leaf is a node that leads to itself.

    Attributes
    ----------
    roots : int32 array, shape (n_trees,)
    feature : int16 array, shape (n_nodes,)
        Which column is looked at.
    threshold : float32 array, shape (n_nodes,)
        Rows at or below it go left.
    left, right : int32 arrays, shape (n_nodes,)
    leaf : int32 array, shape (n_nodes,)
        Of a leaf, its row of `shares`.
    shares : float16 array, shape (n_leaves, n_classes)
        Of the training rows that came there; half precision errs by less than 0.0005.
    """

    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    leaf: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float16]

    @classmethod
    def of(cls, trees: Iterable[Any]) -> Trees:
        """Flatten the ``tree_`` of scikit-learn's fitted trees."""
        parts: dict[str, list[npt.NDArray[Any]]] = {row.name: [] for row in fields(cls)}
        n_nodes = n_leaves = 0
        for tree in trees:
            own = np.arange(tree.node_count)
            is_leaf = tree.children_left < 0
            shares = tree.value[is_leaf, 0]
            parts["roots"].append(np.array([n_nodes]))
            parts["feature"].append(np.where(is_leaf, 0, tree.feature))
            parts["threshold"].append(_round_down(tree.threshold))
            parts["left"].append(np.where(is_leaf, own, tree.children_left) + n_nodes)
            parts["right"].append(np.where(is_leaf, own, tree.children_right) + n_nodes)
            parts["leaf"].append(np.where(is_leaf, np.cumsum(is_leaf) - 1 + n_leaves, 0))
            parts["shares"].append(shares / shares.sum(axis=1, keepdims=True))
            n_nodes, n_leaves = n_nodes + tree.node_count, n_leaves + len(shares)
        types = (np.int32, np.int16, np.float32, np.int32, np.int32, np.int32, np.float16)
        return cls(
            **{
                name: np.concatenate(part).astype(kind)
                for (name, part), kind in zip(parts.items(), types, strict=True)
            }
        )

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Trees:
        """Read what `arrays` wrote.

        Raises
        ------
        ModelError
            If they are no trees: only so is it certain that every row comes to a leaf.
        """
        feature = require_shape(arrays, "feature", None)
        found = {name: require_shape(arrays, name, feature.size) for name in ("left", "right", "leaf")}
        trees = cls(
            roots=require_shape(arrays, "roots", None),
            feature=feature,
            threshold=require_shape(arrays, "threshold", feature.size),
            shares=require_shape(arrays, "shares", None, None),
            **found,
        )
        own = np.arange(feature.size)
        is_leaf = (trees.left == own) & (trees.right == own)
        downwards = (
            (trees.left > own) & (trees.right > own) & (trees.left < own.size) & (trees.right < own.size)
        )
        ends = (trees.leaf >= 0) & (trees.leaf < len(trees.shares))
        rooted = trees.roots.size and trees.roots.min() >= 0 and trees.roots.max() < own.size
        if not (rooted and (is_leaf | downwards).all() and ends.all() and feature.min() >= 0):
            raise ModelError("the weights are not those of trees; train the model again")
        return trees

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the parts by name, to be stored."""
        return {row.name: getattr(self, row.name) for row in fields(self)}

    @property
    def n_parameters(self) -> int:
        """How many thresholds and shares were fitted."""
        return self.feature.size - len(self.shares) + self.shares.size

    def mean_shares(self, x: Floats, n_forests: int = 1) -> Floats:
        """Return the mean shares of the leaves that rows come to.

        Parameters
        ----------
        x : array, shape (n, n_columns)
        n_forests : int
            Into how many forests of equal size the trees are taken together, in their order.

        Returns
        -------
        array, shape (n, n_forests, n_classes)
            Rows sum to 1.
        """
        n_classes = self.shares.shape[1]
        at_once = max(1, _NUMBERS_AT_ONCE // (self.roots.size * n_classes))
        parts = [np.empty((0, n_forests, n_classes))]
        for start in range(0, len(x), at_once):
            found = self.shares[self._leaves(x[start : start + at_once].astype(np.float32))]
            shape = (len(found), n_forests, -1, n_classes)
            parts.append(found.reshape(shape).mean(axis=2, dtype=np.float64))
        mean = np.concatenate(parts)
        return np.asarray(mean / mean.sum(axis=2, keepdims=True))

    def _leaves(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Return the leaf of each row in each tree, shape (n, n_trees)."""
        node = np.tile(self.roots, len(x))
        row = np.repeat(np.arange(len(x)), self.roots.size)
        # Most arrive long before the last.
        going = np.arange(node.size)
        while going.size:
            at = node[going]
            goes_left = x[row[going], self.feature[at]] <= self.threshold[at]
            node[going] = below = np.where(goes_left, self.left[at], self.right[at])
            going = going[below != at]
        return self.leaf[node].reshape(len(x), -1)


def _round_down(threshold: Floats) -> npt.NDArray[np.float32]:
    """Return the largest single-precision numbers that are not above: they part single-precision values alike."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)
