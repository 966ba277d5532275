"""Parts of the smallest possible models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from reprise.models.linear import LinearMap


@pytest.fixture(scope="session")
def make_map() -> Callable[..., LinearMap]:
    """Build a random map of the groups ``a`` (3 values) and ``b`` (2 values)."""

    def make(n_outputs: int, seed: int = 0) -> LinearMap:
        rng = np.random.default_rng(seed)
        return LinearMap(
            groups=("a", "b"),
            weight=rng.standard_normal((n_outputs, 5)).astype(np.float32),
            bias=rng.standard_normal(n_outputs).astype(np.float32),
            low=np.full(5, -2, np.float32),
            high=np.full(5, 2, np.float32),
        )

    return make
