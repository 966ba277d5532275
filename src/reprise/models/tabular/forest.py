"""Random forest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from reprise.models.tabular.table_model import Arrays, Floats, TableSettings, needed
from reprise.models.tabular.trees import Trees

__all__ = ["Forest", "ForestSettings"]


class Forest:
    """The mean of many trees, each grown on rows drawn with replacement.

    References
    ----------
    .. [1] Breiman, L. "Random Forests." Machine Learning 45, 2001.
    """

    def __init__(self, trees: Trees) -> None:
        self._trees = trees

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return self._trees.n_parameters

    def predict_proba(self, x: Floats) -> Floats:
        """Return the mean shares of the classes in the leaves, shape (n, n_classes)."""
        return self._trees.mean_shares(x)[:, 0]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the trees."""
        return self._trees.arrays()


@dataclass(frozen=True, kw_only=True)
class ForestSettings(TableSettings):
    """Settings of the forest.

    Attributes
    ----------
    n_estimators : int
        Trees.
    max_depth : tuple of int
        0: no limit.
    min_samples_leaf : tuple of int
    """

    n_estimators: int = 100
    max_depth: tuple[int, ...] = (0,)
    min_samples_leaf: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._at_least(1, "n_estimators", "min_samples_leaf")
        self._at_least(0, "max_depth")

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return scikit-learn's."""
        return needed("sklearn.ensemble:RandomForestClassifier")(
            n_estimators=self.n_estimators, random_state=seed, **chosen
        )

    def grid(self) -> dict[str, tuple[Any, ...]]:
        """Return the grid, no limit of depth as scikit-learn has it."""
        grid = super().grid()
        return {**grid, "max_depth": tuple(depth or None for depth in grid["max_depth"])}

    def fitted(self, estimator: Any) -> Forest:
        """Take the trees over."""
        return Forest(Trees.of(tree.tree_ for tree in estimator.estimators_))

    def restored(self, arrays: Arrays) -> Forest:
        """Make the model of its arrays."""
        return Forest(Trees.from_arrays(arrays))
