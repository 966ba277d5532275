"""The default genre models as models among others: the recipes ``genre-fused`` and ``perceptron-69``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.datasets.audiofiler import GENRES, CleanAudioFiler, Split
from reprise.errors import DatasetError, ModelError, ParameterError
from reprise.models.fused_genre import fuse
from reprise.models.genre import ShortTermGenreModel
from reprise.models.linear import LinearMap
from reprise.training.examples import Examples, Floats, Part
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe
from reprise.training.shipped.fused_genre import SCALES, GenreTrainer
from reprise.training.shipped.genre import MEMBERS, RECIPE, fit_genre_model

__all__ = [
    "FusedLearner",
    "FusedModel",
    "PerceptronLearner",
    "PerceptronModel",
    "PerceptronSettings",
    "fused_options",
]


def fused_options() -> None:
    """Stand for the options of a recipe: there are none; `reprise.training.shipped.fused_genre` says how it is made."""


@dataclass(frozen=True, kw_only=True)
class PerceptronSettings:
    """Settings of the perceptrons; the rest is as `reprise.training.shipped.genre` has it.

    Attributes
    ----------
    members : int
        How many are averaged.
    epochs : int
    """

    members: int = MEMBERS
    epochs: int = RECIPE.epochs

    def __post_init__(self) -> None:
        for name in ("members", "epochs"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} is {getattr(self, name)}; it must be at least 1")


class FusedModel:
    """The fused model of one fit, its 26 genres summed to coarser ones.

    The perceptrons on the 69 features are the shipped ones, which learnt from none of the clips.
    """

    def __init__(
        self, heard: LinearMap, trust: npt.NDArray[np.float32], members: npt.NDArray[np.bool_]
    ) -> None:
        self._heard, self._trust, self._members = heard, trust, members
        self._short_term = ShortTermGenreModel.load()

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted to clips."""
        return int(self._heard.weight.size + self._heard.bias.size + self._trust.size)

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """Return probabilities of the coarse genres, shape (n, n_targets); rows sum to 1."""
        x = np.concatenate([inputs[f"analysis.{group}"] for group in self._heard.groups], axis=1)
        heard = np.clip(x, self._heard.low, self._heard.high) @ self._heard.weight.T + self._heard.bias
        short_term = self._short_term.predict_proba(inputs["analysis.short_term"])
        fine = fuse(short_term, self._short_term.prior, heard, self._trust).astype(np.float64)
        coarse = fine @ self._members.T
        return np.asarray(coarse / coarse.sum(axis=1, keepdims=True))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the map and the exponents by name; the names of its groups are known."""
        arrays = self._heard.to_arrays("heard")
        del arrays["heard_groups"]
        return {**arrays, "trust": self._trust}


class FusedLearner:
    """Fits the fused model to all clips but those of the held-out artists.

    It learns from more than the examples hold: clips that may be of several coarse genres. It chooses nothing by
    validation rows, and so learns from these too.
    """

    def __init__(self, recipe: Recipe, examples: Examples) -> None:
        try:
            self._trainer: Callable[[], GenreTrainer] = examples.extras["genre_trainer"]
            coarse = examples.extras["members"]
        except KeyError:
            raise ModelError(
                f"{recipe.name}: the fused model is fitted to the source clips_genre alone"
            ) from None
        self._examples = examples
        self._members = np.array([[name in coarse[target] for name in GENRES] for target in examples.targets])

    def fit(self, part: Part, fold: Fold) -> FusedModel:
        """Fit without any clip of the artists of the test rows."""
        trainer = self._trainer()
        held_out = np.unique(self._examples.groups[part.test])
        fit = trainer.fit(np.flatnonzero(~np.isin(trainer.clips.groups, held_out)))
        heard = trainer.features.to_map(fit.coefficients, fit.intercepts)
        return FusedModel(heard, fit.trust.astype(np.float32), self._members)

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> FusedModel:
        """Make the model of its arrays.

        Raises
        ------
        ModelError
            If one is missing.
        """
        try:
            heard = LinearMap.from_arrays({**arrays, "heard_groups": np.array(tuple(SCALES))}, "heard")
            return FusedModel(heard, arrays["trust"], self._members)
        except KeyError as error:
            raise ModelError(f"the weights of the fused model lack {error}; train it again") from error


class PerceptronModel:
    """The shipped kind of perceptrons on 69 features."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = {name: values for name, values in arrays.items() if name != "classes"}
        self._model = ShortTermGenreModel({**arrays, "classes": np.array(GENRES)})

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return int(sum(values.size for values in self._arrays.values()))

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """Return probabilities, shape (n, 26)."""
        return np.asarray(self._model.predict_proba(inputs["short_term"]), np.float64)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of `ShortTermGenreModel` without the names of the genres, which are text."""
        return dict(self._arrays)


class PerceptronLearner:
    """Fits the perceptrons to training rows, and their temperature to validation rows."""

    def __init__(self, recipe: Recipe, examples: Examples) -> None:
        if examples.targets != GENRES:
            raise DatasetError(
                f"{recipe.name}: the perceptrons are fitted to all 26 genres of AudioFiler alone"
            )
        self._settings = PerceptronSettings(**recipe.options)
        self._examples, self._seed = examples, recipe.training.seed

    def fit(self, part: Part, fold: Fold) -> PerceptronModel:
        """Fit as `reprise.training.shipped.genre` fits the shipped weights."""
        table = CleanAudioFiler(
            features=self._examples.inputs["short_term"],
            genres=self._examples.values.argmax(axis=1),
            groups=np.unique(self._examples.groups, return_inverse=True)[1],
            copies_dropped=0,
            conflicting_dropped=0,
        )
        arrays = fit_genre_model(
            table,
            Split(train=part.train, validation=part.validation, test=part.test),
            seed=self._seed,
            recipe=replace(RECIPE, epochs=self._settings.epochs),
            members=self._settings.members,
        )
        return PerceptronModel(arrays)

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> PerceptronModel:
        """Make the model of its arrays; raises `ModelError` if they are not those of such perceptrons."""
        return PerceptronModel(arrays)
