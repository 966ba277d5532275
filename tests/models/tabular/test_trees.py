"""Flattened trees lead every row to scikit-learn's leaf, and what is no tree is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.errors import ModelError
from reprise.models.tabular.forest import ForestSettings
from reprise.models.tabular.trees import Trees, _round_down


@given(st.floats(-1e30, 1e30), st.floats(-(2.0**99), 2.0**99, width=32))
def test_rounded_thresholds_part_single_precision_alike(threshold: float, value: float) -> None:
    rounded = _round_down(np.array([threshold]))[0]
    assert (value <= threshold) == (np.float32(value) <= rounded)


@pytest.fixture
def trees(rows: Callable[..., Any]) -> Trees:
    x, y = rows()
    forest = ForestSettings(n_estimators=7).estimator(0, max_depth=4, min_samples_leaf=2).fit(x, y)
    return Trees.of(tree.tree_ for tree in forest.estimators_)


def test_arrays_are_small_types_and_come_back(trees: Trees) -> None:
    arrays = trees.arrays()
    assert {name: values.dtype.itemsize for name, values in arrays.items()} == {
        "roots": 4, "feature": 2, "threshold": 4, "left": 4, "right": 4, "leaf": 4, "shares": 2,
    }  # fmt: skip
    again = Trees.from_arrays(arrays)
    x = np.random.default_rng(1).standard_normal((50, 5))
    np.testing.assert_array_equal(again.mean_shares(x), trees.mean_shares(x))
    assert trees.mean_shares(x[:0]).shape == (0, 1, 4)


@pytest.mark.parametrize(
    "damage",
    [
        lambda a: {"left": np.zeros_like(a["left"])},  # a circle
        lambda a: {"right": a["right"] + 10_000},
        lambda a: {"roots": a["roots"] + a["feature"].size},
        lambda a: {"roots": a["roots"][:0]},
        lambda a: {"leaf": a["leaf"] - 1},
        lambda a: {"shares": a["shares"][:3]},
        lambda a: {"feature": a["feature"] - 1},
        lambda a: {"threshold": a["threshold"][1:]},
    ],
)
def test_what_is_no_tree_is_refused(trees: Trees, damage: Callable[[Any], dict[str, Any]]) -> None:
    arrays = trees.arrays()
    with pytest.raises(ModelError, match="train"):
        Trees.from_arrays({**arrays, **damage(arrays)})
