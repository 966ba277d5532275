"""Logistic regression from its arrays is scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reprise.errors import ModelError, ParameterError
from reprise.models.tabular.logistic import LogisticSettings


@pytest.mark.parametrize("n_classes", [2, 4])
def test_saved_is_fitted(rows: Callable[..., Any], n_classes: int) -> None:
    x, y = rows(n_classes=n_classes)
    settings = LogisticSettings()
    estimator = settings.estimator(0, C=0.5).fit(x, y)
    model = settings.fitted(estimator)
    again = settings.restored(model.arrays())
    np.testing.assert_allclose(model.predict_proba(x), estimator.predict_proba(x), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(again.predict_proba(x), model.predict_proba(x))
    assert model.n_parameters == 6 * n_classes


def test_what_is_not_its_arrays_is_refused(rows: Callable[..., Any]) -> None:
    settings = LogisticSettings()
    arrays = settings.fitted(settings.estimator(0).fit(*rows())).arrays()
    for wrong in (
        {},
        {"weight": arrays["weight"]},
        {**arrays, "bias": arrays["bias"][:2]},
        {**arrays, "bias": arrays["bias"] * np.nan},
    ):
        with pytest.raises(ModelError, match="train"):
            settings.restored(wrong)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"C": ()}, "C is empty"),
        ({"C": (1.0, 0.0)}, "C is 0.0; it must be at least"),
        ({"max_iter": 0}, "max_iter is 0; it must be at least 1"),
        ({"inner_folds": 1}, "inner_folds is 1; it must be at least 2"),
    ],
)
def test_settings_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LogisticSettings(**options)
