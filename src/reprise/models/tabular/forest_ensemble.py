"""Twenty random forests that vote: the method of AudioFiler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.models.tabular.table_model import Arrays, Floats, TableSettings, needed, require_shape
from reprise.models.tabular.trees import Trees

__all__ = ["ForestEnsemble", "ForestEnsembleSettings"]


class ForestEnsemble:
    """Forests that each have one vote.

    Parameters
    ----------
    trees : Trees
        Forest by forest.
    n_forests : int
    hard : bool
        Whether a forest gives its vote to one class, or shares it out by its probabilities.
    """

    def __init__(self, trees: Trees, n_forests: int, *, hard: bool) -> None:
        self._trees, self._n_forests, self._hard = trees, n_forests, hard

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return self._trees.n_parameters

    def predict_proba(self, x: Floats) -> Floats:
        """Return the shares of the votes, shape (n, n_classes)."""
        votes = self._trees.mean_shares(x, self._n_forests)
        if self._hard:
            votes = np.eye(votes.shape[2])[votes.argmax(axis=2)]
        return np.asarray(votes.mean(axis=1))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the trees and two numbers."""
        return {**self._trees.arrays(), "numbers": np.array([self._n_forests, self._hard])}


@dataclass(frozen=True, kw_only=True)
class ForestEnsembleSettings(TableSettings):
    """Settings of the forests; they have no grid.

    Attributes
    ----------
    n_forests, n_estimators : int
        How many forests, and how many trees in each.
    max_depth : int
        0: no limit.
    min_samples_leaf : int
    max_samples : float
        Share of the rows that each tree is grown on, above 0 and at most 1.
    voting : {"hard", "soft"}
        Whether a forest gives its vote to one class, or shares it out by its probabilities.
    """

    n_forests: int = 20
    n_estimators: int = 10
    max_depth: int = 0
    min_samples_leaf: int = 1
    max_samples: float = 1.0
    voting: Literal["hard", "soft"] = "soft"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._at_least(1, "n_forests", "n_estimators", "min_samples_leaf")
        self._at_least(0, "max_depth")
        self._at_least(1e-6, "max_samples")
        self._at_most(1.0, "max_samples")

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return scikit-learn's vote of its forests, each with a seed of its own."""
        forest = needed("sklearn.ensemble:RandomForestClassifier")
        forests = [
            (
                f"forest-{k}",
                forest(
                    n_estimators=self.n_estimators,
                    max_depth=self.max_depth or None,
                    min_samples_leaf=self.min_samples_leaf,
                    max_samples=self.max_samples,
                    random_state=seed + k,
                ),
            )
            for k in range(self.n_forests)
        ]
        return needed("sklearn.ensemble:VotingClassifier")(forests, voting=self.voting)

    def fitted(self, estimator: Any) -> ForestEnsemble:
        """Take all trees over."""
        trees = Trees.of(tree.tree_ for forest in estimator.estimators_ for tree in forest.estimators_)
        return ForestEnsemble(trees, self.n_forests, hard=self.voting == "hard")

    def restored(self, arrays: Arrays) -> ForestEnsemble:
        """Make the model of its arrays."""
        trees = Trees.from_arrays(arrays)
        n_forests, hard = (int(n) for n in require_shape(arrays, "numbers", 2))
        if n_forests < 1 or trees.roots.size % n_forests:
            raise ModelError("the weights are not those of forests of one size; train the model again")
        return ForestEnsemble(trees, n_forests, hard=bool(hard))
