"""Nearest neighbours from their arrays are scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.errors import ModelError, ParameterError
from reprise.models.tabular.nearest import NearestSettings


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    k=st.integers(1, 30),
    by=st.sampled_from(["uniform", "distance"]),
    n=st.integers(30, 90),
    seed=st.integers(0, 99),
)
def test_saved_is_fitted(rows: Callable[..., Any], k: int, by: str, n: int, seed: int) -> None:
    x, y = rows(n=n, seed=seed, n_classes=3)
    table = NearestSettings(n_neighbors=(k,))
    estimator = table.estimator(0, n_neighbors=k, weights=by).fit(x, y)
    model = table.fitted(estimator)
    unheard = np.random.default_rng(seed).standard_normal((20, 5))
    np.testing.assert_allclose(model.predict_proba(unheard), estimator.predict_proba(unheard), atol=1e-9)
    again = table.restored(model.arrays())
    np.testing.assert_array_equal(again.predict_proba(unheard), model.predict_proba(unheard))


def test_equal_rows_leave_nothing_to_near_ones(rows: Callable[..., Any]) -> None:
    x, y = rows()
    x, y = np.vstack([x, x[:5]]), np.append(y, (y[:5] + 1) % 4)
    table = NearestSettings()
    model = table.fitted(table.estimator(0, n_neighbors=9, weights="distance").fit(x, y))
    shares = model.predict_proba(x)
    np.testing.assert_array_equal(shares[5:240], np.eye(4)[y[5:240]])
    np.testing.assert_array_equal(shares[:5], (np.eye(4)[y[:5]] + np.eye(4)[(y[:5] + 1) % 4]) / 2)


def test_more_neighbours_than_rows_are_refused() -> None:
    table = NearestSettings(n_neighbors=(5, 50))
    table.check(50)
    with pytest.raises(ParameterError, match="n_neighbors is 50, but there are only 49 rows"):
        table.check(49)
    with pytest.raises(ParameterError, match="n_neighbors is 0"):
        NearestSettings(n_neighbors=(0,))


def test_what_is_not_its_arrays_is_refused(rows: Callable[..., Any]) -> None:
    table = NearestSettings()
    arrays = table.fitted(table.estimator(0, n_neighbors=3).fit(*rows())).arrays()
    for wrong in (
        {**arrays, "numbers": np.array([4, 1000, 0])},
        {**arrays, "numbers": np.array([2, 3, 0])},
        {**arrays, "classes": arrays["classes"][1:]},
    ):
        with pytest.raises(ModelError, match="train"):
            table.restored(wrong)
