"""The mood model: ranges, names and the quadrant with the largest score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from reprise.models.linear import LinearMap
from reprise.models.mood import MoodModel
from reprise.models.weights_file import load_weights
from reprise.targets import EMOTIONS, QUADRANTS

Make = Callable[..., LinearMap]
INPUTS = {"a": np.ones(3, np.float32), "b": np.zeros(2, np.float32)}


@pytest.mark.parametrize("winner", range(4))
def test_the_largest_score_names_the_quadrant(make_map: Make, winner: int) -> None:
    quadrants = replace(make_map(4), bias=np.eye(4, dtype=np.float32)[winner] * 100)
    mood = MoodModel(make_map(2), quadrants, make_map(9))(INPUTS)
    assert mood.quadrant == QUADRANTS[winner]


@pytest.mark.parametrize("seed", range(5))
def test_everything_lies_between_0_and_1(make_map: Make, seed: int) -> None:
    mood = MoodModel(make_map(2, seed), make_map(4, seed), make_map(9, seed))(INPUTS)
    assert tuple(mood.emotions) == EMOTIONS
    assert all(0 <= value <= 1 for value in (mood.valence, mood.arousal, *mood.emotions.values()))


def test_a_model_survives_the_way_through_its_arrays(make_map: Make) -> None:
    maps = {"plane": make_map(2), "quadrants": make_map(4), "emotions": make_map(9)}
    arrays = {key: value for name, linear in maps.items() for key, value in linear.to_arrays(name).items()}
    assert MoodModel.from_arrays(arrays)(INPUTS) == MoodModel(*maps.values())(INPUTS)


def test_the_shipped_model_has_an_output_for_every_name() -> None:
    arrays = load_weights("mood").arrays
    sizes = [arrays[f"{part}_bias"].size for part in ("plane", "quadrants", "emotions")]
    assert sizes == [2, len(QUADRANTS), len(EMOTIONS)]
    assert isinstance(MoodModel.load(), MoodModel)
