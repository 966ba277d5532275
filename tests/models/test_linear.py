"""Linear maps: the sum that they promise, clipped inputs, and the way to disk and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from reprise.errors import ModelError
from reprise.models.linear import LinearMap

Make = Callable[..., LinearMap]
INPUTS = {"b": np.array([0.5, -1], np.float32), "a": np.array([1, 0, -0.5], np.float32), "other": np.ones(9)}


def test_groups_are_joined_in_the_maps_order(make_map: Make) -> None:
    linear = make_map(4)
    expected = linear.weight @ np.array([1, 0, -0.5, 0.5, -1]) + linear.bias
    got = linear(INPUTS)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_inputs_beyond_what_was_seen_count_as_its_edge(make_map: Make) -> None:
    linear = make_map(4)
    edge = {"a": np.array([2, 0, -2], np.float32), "b": np.zeros(2, np.float32)}
    beyond = {"a": np.array([1e30, 0, -1e30], np.float32), "b": np.zeros(2, np.float32)}
    np.testing.assert_array_equal(linear(beyond), linear(edge))


def test_groups_of_another_length_are_a_model_error(make_map: Make) -> None:
    with pytest.raises(ModelError, match="expect 5 features, not 6"):
        make_map(4)({**INPUTS, "a": np.zeros(4, np.float32)})


def test_a_map_survives_the_way_through_its_arrays(make_map: Make) -> None:
    linear = make_map(4)
    again = LinearMap.from_arrays({**linear.to_arrays("x"), **make_map(2, seed=1).to_arrays("y")}, "x")
    assert again.groups == linear.groups
    np.testing.assert_array_equal(again(INPUTS), linear(INPUTS))
    assert not any(values.dtype == object for values in linear.to_arrays("x").values())
