"""How much a model rests on each column of its inputs."""

from __future__ import annotations

import numpy as np

from reprise.training.examples import Examples, Floats, Rows
from reprise.training.learner import Model

__all__ = ["permutation_importances"]

_ROWS = 2000


def permutation_importances(model: Model, examples: Examples, test: Rows) -> dict[str, float]:
    """Return by how much top-1 accuracy falls when a column is shuffled among the test rows.

    Parameters
    ----------
    model : Model
        That tells genres apart.
    examples : Examples
        Of genres; only inputs whose columns have names (`Examples.columns`) are looked at.
    test : array of int
        Rows that the model did not learn from; at most 2,000 of them are used.

    Returns
    -------
    dict of str to float
        By the column's name, in the columns' order; about 0 also where another column says the same. Empty for models
        of features, and where no column has a name.

    References
    ----------
    .. [1] Breiman, L. "Random Forests." Machine Learning 45, 2001.
    """
    if not examples.is_genre:
        return {}
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(test)[:_ROWS])
    inputs, reference = examples.take(rows), examples.values[rows].argmax(axis=1)

    def right(estimated: Floats) -> float:
        return float((estimated.argmax(axis=1) == reference).mean())

    whole, order = right(model.predict(inputs)), rng.permutation(rows.size)
    found = {}
    for name, columns in examples.columns.items():
        for k, column in enumerate(columns):
            shuffled = inputs[name].copy()
            shuffled[:, k] = shuffled[order, k]
            found[column] = round(whole - right(model.predict({**inputs, name: shuffled})), 4)
    return found
