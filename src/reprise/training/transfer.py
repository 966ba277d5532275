"""What models that learnt AudioFiler's genres are worth on clips from elsewhere.

Finished runs of the source ``audiofiler`` hear the clips of Emotify, GTZAN and Panda, whose genres are coarser::

    python -m reprise.training.transfer forest-ensemble lightgbm-69 --runs runs
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reprise.datasets.audiofiler import GENRES
from reprise.errors import ParameterError
from reprise.training.examples import Examples
from reprise.training.run import Run, load_examples, restore_model
from reprise.training.saved import find_run, recipe_of
from reprise.training.shipped.corpus import Corpus, load_corpus
from reprise.training.shipped.genre import PRIOR_POWER, TransferScores, transfer_scores
from reprise.training.sources import Place

__all__ = ["transfer", "transfer_table"]

_HEADER = (
    "| model | prior taken back | Emotify, one of four | Classical first | Classical among five | Panda, mean AUC |",
    "|---|---|---|---|---|---|",
)


def transfer(run: Run, examples: Examples, corpus: Corpus, folder: Path, power: float) -> TransferScores:
    """Let the model of a run's first fold hear the clips.

    Parameters
    ----------
    run : Run
    examples : Examples
        What it was trained on.
    corpus : Corpus
        Features of the clips.
    folder : Path
        The data folder, with the clips' labels.
    power : float
        Probabilities are divided by the table's shares of the genres to this power: 0 leaves them as they are.

    Raises
    ------
    ParameterError
        If the run is not one on all 26 genres from the 69 features.
    """
    if run.targets != GENRES or run.card["inputs"] != ["short_term"]:
        raise ParameterError(f"{run.name}: does not tell AudioFiler's 26 genres by their 69 features")
    model = restore_model(recipe_of(run), examples, run.folder, 0)
    clips = [clip for clip in corpus.clips if clip.startswith("clips/")]
    p = model.predict({"short_term": corpus.rows(clips)["short_term"]})
    p = p / examples.values[examples.part(0).train].mean(axis=0) ** power
    p = p / p.sum(axis=1, keepdims=True)
    return transfer_scores(dict(zip(clips, p.astype(np.float32), strict=True)), folder)


def transfer_table(names: Sequence[str], runs: Path, place: Place) -> str:
    """Return a Markdown table of some runs, each as it is and with half of the table's prior taken back."""
    corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
    lines = list(_HEADER)
    for name in names:
        run = find_run(runs, name)
        examples = load_examples(recipe_of(run), place)
        for power in (0.0, PRIOR_POWER):
            s = transfer(run, examples, corpus, place.data, power)
            cells = (
                s.emotify_accuracy,
                s.classical_first,
                s.classical_among_five,
                np.mean([*s.panda_auc.values()]),
            )
            lines.append(f"| {name} | {power:g} | " + " | ".join(f"{value:.2f}" for value in cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m reprise.training.transfer", description=main.__doc__)
    parser.add_argument("names", nargs="+", metavar="RUN")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of all runs")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the training data")
    parser.add_argument("--cache", type=Path, default=Path(".cache/reprise"))
    options = parser.parse_args(arguments)
    print(transfer_table(options.names, options.runs, Place(data=options.data, cache=options.cache)))


if __name__ == "__main__":
    main()
