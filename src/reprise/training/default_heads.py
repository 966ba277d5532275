"""The default heads as a model among others: the recipe ``musicnn-heads``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.models.heads import from_scale
from reprise.models.linear import LinearMap
from reprise.targets import HEADS
from reprise.training.examples import Examples, Part
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe
from reprise.training.shipped.heads import SCALES, HeadsTrainer
from reprise.training.shipped.ridge import Floats

__all__ = ["HeadsLearner", "HeadsModel", "RefinedHeadsLearner", "heads_options"]


def heads_options() -> None:
    """Stand for the options of a recipe: there are none; `reprise.training.shipped.heads` says how they are made."""


class HeadsModel:
    """The heads of one fit: a linear map, on the logistic scale for some targets."""

    def __init__(
        self, linear: LinearMap, logit: npt.NDArray[np.bool_], columns: npt.NDArray[np.intp]
    ) -> None:
        self.linear, self.logit, self.columns = linear, logit, columns

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return int(self.linear.weight.size + self.linear.bias.size)

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """Return values in 0..1, shape (n, n_targets), for rows of the groups of features."""
        groups = {name: inputs[f"analysis.{name}"] for name in self.linear.groups}
        n = len(groups["embedding"])
        rows = [self.linear({name: values[i] for name, values in groups.items()}) for i in range(n)]
        values = from_scale(np.array(rows).reshape(n, len(HEADS)), self.logit)
        return np.asarray(values[:, self.columns], np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the map by name; the names of its groups are known."""
        arrays = self.linear.to_arrays("linear")
        del arrays["linear_groups"]
        return {**arrays, "logit": self.logit}


class HeadsLearner:
    """Fits the default heads to all clips but those of the held-out artists.

    They learn from more than the examples hold: moods of clips without features, and the teacher. They choose nothing
    by validation rows, and so learn from these too.
    """

    trainer = "heads_trainer"
    """Which of the trainers that the source knows."""

    def __init__(self, recipe: Recipe, examples: Examples) -> None:
        try:
            self._corpus: Callable[[], HeadsTrainer] = examples.extras[self.trainer]
        except KeyError:
            raise ModelError(
                f"{recipe.name}: the default heads are fitted to the source clips alone"
            ) from None
        self._examples, self._seed = examples, recipe.training.seed
        self._columns = np.array([HEADS.index(name) for name in examples.targets])

    def fit(self, part: Part, fold: Fold) -> HeadsModel:
        """Fit without any clip of the artists of the test rows."""
        trainer = self._corpus()
        held_out = np.unique(self._examples.groups[part.test])
        rows = np.flatnonzero(~np.isin(trainer.labels.artists, held_out))
        fit = trainer.fit(rows, self._seed + 1)
        linear = trainer.ridge.to_map(fit.coefficients, fit.intercepts)
        return HeadsModel(linear, trainer.logit, self._columns)

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> HeadsModel:
        """Make the heads of their arrays."""
        linear = LinearMap.from_arrays({**arrays, "linear_groups": np.array(tuple(SCALES))}, "linear")
        return HeadsModel(linear, np.asarray(arrays["logit"], bool), self._columns)


class RefinedHeadsLearner(HeadsLearner):
    """Fits the heads of `reprise.training.shipped.refined_heads`: their weak labels know mood and variety."""

    trainer = "refined_heads_trainer"
