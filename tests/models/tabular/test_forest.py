"""A forest from its arrays is scikit-learn's, within half precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reprise.errors import ParameterError
from reprise.models.tabular.forest import ForestSettings


@pytest.mark.parametrize(("n_classes", "max_depth", "least"), [(2, 0, 1), (4, 0, 1), (4, 5, 3)])
def test_saved_is_fitted(rows: Callable[..., Any], n_classes: int, max_depth: int, least: int) -> None:
    x, y = rows(n_classes=n_classes)
    settings = ForestSettings(n_estimators=15, max_depth=(max_depth,))
    assert settings.grid()["max_depth"] == (max_depth or None,)
    estimator = settings.estimator(3, max_depth=max_depth or None, min_samples_leaf=least).fit(x, y)
    model = settings.fitted(estimator)
    unheard = np.random.default_rng(1).standard_normal((300, 5))
    # Pure leaves hold 0 and 1, which half precision has exactly.
    np.testing.assert_allclose(
        model.predict_proba(unheard),
        estimator.predict_proba(unheard),
        rtol=0,
        atol=1e-6 if least == 1 else 5e-4,
    )
    again = settings.restored(model.arrays())
    np.testing.assert_array_equal(again.predict_proba(unheard), model.predict_proba(unheard))


def test_settings_out_of_range_are_refused() -> None:
    for options in ({"n_estimators": 0}, {"max_depth": (-1,)}, {"min_samples_leaf": (3, 0)}):
        with pytest.raises(ParameterError, match=next(iter(options))):
            ForestSettings(**options)
