"""Forests vote as scikit-learn's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reprise.errors import ModelError, ParameterError
from reprise.models.tabular.forest_ensemble import ForestEnsembleSettings


def test_soft_votes_are_scikit_learns(rows: Callable[..., Any]) -> None:
    x, y = rows()
    settings = ForestEnsembleSettings(n_forests=4, n_estimators=3, min_samples_leaf=3, max_samples=0.5)
    estimator = settings.estimator(0).fit(x, y)
    model = settings.fitted(estimator)
    np.testing.assert_allclose(model.predict_proba(x), estimator.predict_proba(x), rtol=0, atol=5e-4)
    np.testing.assert_array_equal(settings.restored(model.arrays()).predict_proba(x), model.predict_proba(x))


def test_hard_votes_are_whole(rows: Callable[..., Any]) -> None:
    x, y = rows()
    settings = ForestEnsembleSettings(n_forests=4, n_estimators=3, voting="hard")
    estimator = settings.estimator(0).fit(x, y)
    model = settings.restored(settings.fitted(estimator).arrays())
    votes = np.stack([forest.predict(x) for forest in estimator.estimators_], axis=1)
    expected = np.stack([(votes == k).mean(axis=1) for k in range(4)], axis=1)
    np.testing.assert_array_equal(model.predict_proba(x), expected)


def test_forests_differ(rows: Callable[..., Any]) -> None:
    x, y = rows()
    forests = ForestEnsembleSettings(n_forests=2, n_estimators=1).estimator(0).fit(x, y).estimators_
    assert not np.array_equal(forests[0].predict_proba(x), forests[1].predict_proba(x))


def test_what_cannot_be_is_refused(rows: Callable[..., Any]) -> None:
    for options in ({"n_forests": 0}, {"max_samples": 1.5}, {"max_samples": 0.0}):
        with pytest.raises(ParameterError, match=next(iter(options))):
            ForestEnsembleSettings(**options)
    settings = ForestEnsembleSettings(n_forests=2, n_estimators=1)
    arrays = settings.fitted(settings.estimator(0).fit(*rows())).arrays()
    with pytest.raises(ModelError, match="forests of one size"):
        settings.restored({**arrays, "numbers": np.array([3, 0])})
