"""Rows of several classes, for classifiers to tell apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

Rows = tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]


@pytest.fixture
def rows() -> Callable[..., Rows]:
    """Return a function that makes up standardised rows of some classes, overlapping."""

    def make(n: int = 240, n_classes: int = 4, seed: int = 0, n_columns: int = 5) -> Rows:
        rng = np.random.default_rng(seed)
        y = np.arange(n) % n_classes
        return rng.standard_normal((n, n_columns)) + 1.5 * rng.standard_normal((n_classes, n_columns))[y], y

    return make
