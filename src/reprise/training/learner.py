"""What every way of training has in common, so that one loop trains and compares all models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from reprise.registry import resolve
from reprise.training.examples import Examples, Part
from reprise.training.history import Epoch
from reprise.training.recipe import Recipe

__all__ = ["Fold", "Learner", "Model", "learner_for"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One fit of a run.

    Attributes
    ----------
    number : int
    folder : Path
        Where checkpoints and logs may be kept; what is there is gone on with.
    max_steps : int
        Stop after so many batches, to try a recipe out; -1: no limit.
    on_epoch : callable
        Told of every epoch when it ends.
    """

    number: int
    folder: Path
    max_steps: int = -1
    on_epoch: Callable[[Epoch], None] = field(default_factory=lambda: _ignore)


def _ignore(epoch: Epoch) -> None: ...


class Model(Protocol):
    """A fitted model."""

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        ...

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """Return values in 0..1 or probabilities, shape (n, n_targets), for rows of the architecture's inputs."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what has to be kept, by name."""
        ...


class Learner(Protocol):
    """Fits one architecture to examples."""

    def __init__(self, recipe: Recipe, examples: Examples) -> None: ...

    def fit(self, part: Part, fold: Fold) -> Model:
        """Fit to the training rows, choosing by the validation rows; the test rows are not looked at."""
        ...

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> Model:
        """Make a fitted model of what `Model.arrays` gave."""
        ...


def learner_for(recipe: Recipe, examples: Examples) -> Learner:
    """Return what trains a recipe's architecture.

    Raises
    ------
    MissingDependencyError
        If what it needs is not installed.
    """
    learner: Learner = resolve(recipe.architecture.learner)(recipe, examples)
    return learner
