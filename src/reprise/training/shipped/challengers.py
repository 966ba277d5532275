"""What was built to beat the default heads, against them on the same folds.

``python -m reprise.training.shipped.challengers`` prints the tables of ``docs/explanation/predicted-features.md``; it
takes some ten minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np

from reprise.datasets import panda
from reprise.models.heads import from_scale, to_scale
from reprise.training.shipped.corpus import load_corpus
from reprise.training.shipped.gaussian_process import GaussianProcessTrainer
from reprise.training.shipped.heads import HeadLabels, HeadsTrainer, cross_validate
from reprise.training.shipped.labels import corpus_statistics, head_labels
from reprise.training.shipped.paired import gains_table, paired_gains
from reprise.training.shipped.refined_heads import RefinedHeadsTrainer, artist_variety, weigh_by_variety
from reprise.training.shipped.ridge import Floats

__all__ = ["challenge_tables", "unheard_predictions"]

SEEDS = tuple(range(8))
HEADS_NAME = "default heads"


def unheard_predictions(
    folder: Path, cache: Path, seeds: tuple[int, ...] = SEEDS
) -> tuple[HeadLabels, dict[str, Floats]]:
    """Let the heads and every challenger predict artists that they have not heard.

    Parameters
    ----------
    folder, cache : Path
        As for `reprise.training.shipped.corpus.load_corpus`.
    seeds : tuple of int
        One for each way of dealing the artists into ten folds.

    Returns
    -------
    labels : HeadLabels
    predicted : dict of str to array, shape (n_seeds, n_rows, 7)
        The default heads come first.
    """
    corpus = load_corpus(folder, cache)
    labels = head_labels(folder, corpus, corpus_statistics(folder, corpus, cache))
    songs = panda.load(folder)
    variety = np.full(labels.true.shape, np.nan)
    variety[corpus.places(songs.clips)] = artist_variety(folder, songs.artists)
    heads = HeadsTrainer(corpus.groups, labels)
    process = GaussianProcessTrainer(corpus.groups, labels, averaged=False)
    trainers = {
        HEADS_NAME: heads,
        "refined heads": RefinedHeadsTrainer(corpus.groups, weigh_by_variety(labels, variety)),
        # It fits and predicts as the heads do, which is all that is asked of a trainer here.
        "Gaussian process": cast(HeadsTrainer, process),
    }
    predicted = {name: cross_validate(trainer, seeds=seeds) for name, trainer in trainers.items()}
    both = np.stack([to_scale(predicted[name], heads.logit) for name in (HEADS_NAME, "Gaussian process")])
    predicted["mean of heads and process"] = from_scale(both.mean(axis=0), heads.logit)
    return labels, predicted


def challenge_tables(labels: HeadLabels, predicted: Mapping[str, Floats]) -> str:
    """Compare each challenger with the default heads, feature by feature; returns Markdown."""
    return "\n\n".join(
        f"**{name}**\n\n{gains_table(labels, paired_gains(labels, predicted[HEADS_NAME], values))}"
        for name, values in predicted.items()
        if name != HEADS_NAME
    )


if __name__ == "__main__":
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        print(challenge_tables(*unheard_predictions(Path("../shared/data"), Path(".cache/reprise"))))
