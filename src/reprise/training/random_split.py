"""What a random split would have said: the same recipe with songs of one artist on both sides.

Earlier studies dealt songs at random, we deal artists. This prints how much of the difference that alone makes::

    python -m reprise.training.random_split genre-forest.paper genre-lightgbm.paper
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

from reprise.errors import ParameterError
from reprise.training.examples import Examples
from reprise.training.learner import Fold, learner_for
from reprise.training.recipe import Recipe, read_recipe
from reprise.training.run import load_examples
from reprise.training.sources import Place

__all__ = ["SplitScores", "split_scores"]


@dataclass(frozen=True, kw_only=True)
class SplitScores:
    """Top-1 accuracy over the tested folds.

    Attributes
    ----------
    by_artist : float
        On artists that the model did not hear.
    at_random : float
        On other songs, many of them by artists that it did.
    """

    by_artist: float
    at_random: float


def split_scores(recipe: Recipe, examples: Examples, seed: int = 0) -> SplitScores:
    """Fit a genre recipe twice: on the folds of the examples, and on as many that are dealt at random.

    Raises
    ------
    ParameterError
        If the recipe does not tell genres.
    """
    if not examples.is_genre:
        raise ParameterError(f"{recipe.name}: does not tell genres")
    dealt = np.random.default_rng(seed).permutation(len(examples)) % recipe.data.folds
    return SplitScores(
        by_artist=_top1(recipe, examples), at_random=_top1(recipe, replace(examples, folds=dealt))
    )


def _top1(recipe: Recipe, examples: Examples) -> float:
    learner, right = learner_for(recipe, examples), []
    for number in range(recipe.data.tested):
        part = examples.part(number)
        with TemporaryDirectory() as folder:
            model = learner.fit(part, Fold(number=number, folder=Path(folder)))
        estimated = model.predict(examples.take(part.test)).argmax(axis=1)
        right.append(estimated == examples.values[part.test].argmax(axis=1))
    return float(np.concatenate(right).mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m reprise.training.random_split", description=main.__doc__)
    parser.add_argument("recipes", nargs="+", metavar="RECIPE")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the training data")
    parser.add_argument("--cache", type=Path, default=Path(".cache/reprise"))
    options = parser.parse_args(arguments)
    print("| recipe | top-1, artists unheard | top-1, songs at random |\n|---|---|---|")
    with threadpool_limits(1):
        for name in options.recipes:
            recipe = read_recipe(name)
            examples = load_examples(recipe, Place(data=options.data, cache=options.cache))
            scores = split_scores(recipe, examples)
            print(f"| {name} | {scores.by_artist:.3f} | {scores.at_random:.3f} |")


if __name__ == "__main__":
    main()
