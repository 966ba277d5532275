"""Bars and divisions on activations that are known."""

import numpy as np
import pytest

from reprise.models.rhythm_metre import divide_beats, find_metre
from reprise.models.rhythm_network import BeatActivation

BEATS = np.arange(20, 3000, 50).astype(np.float32)


def activation(every: int, first: int = 0) -> BeatActivation:
    beats, downbeats = np.full(3050, 0.01, np.float32), np.full(3050, 0.01, np.float32)
    beats[BEATS.astype(int)] = 0.8
    downbeats[BEATS[first::every].astype(int)] = 0.6
    return BeatActivation(beats=beats, downbeats=downbeats, tempo=np.zeros(333, np.float32))


@pytest.mark.parametrize("every", [3, 4, 5, 7])
@pytest.mark.parametrize("first", [0, 2])
def test_bars_are_counted_from_their_first_beats(every: int, first: int) -> None:
    metre = find_metre(activation(every, first), BEATS, 2)
    assert metre.time_signature == every
    assert metre.confidence > 0.8
    np.testing.assert_array_equal(
        metre.downbeats[metre.downbeats >= first], np.arange(first, BEATS.size, every)
    )


@pytest.mark.parametrize(("division", "signature"), [(3, 6), (2, 4), (4, 4)])
def test_bars_of_two_are_six_eight_or_count_as_four(division: int, signature: int) -> None:
    assert find_metre(activation(2), BEATS, division).time_signature == signature


def test_few_beats_give_no_confidence() -> None:
    assert find_metre(activation(4), BEATS[:3], 2).confidence == 0


@pytest.mark.parametrize(
    ("phases", "division"), [((0.5,), 2), ((1 / 3, 2 / 3), 3), ((2 / 3,), 3), ((0.25, 0.5, 0.75), 4)]
)
def test_strokes_between_beats_decide_the_division(phases: tuple[float, ...], division: int) -> None:
    strength = np.full(3050, 0.02, np.float32)
    strength[BEATS.astype(int)] = 1
    for phase in phases:
        strength[np.rint(BEATS + 50 * phase).astype(int)] = 0.8
    assert divide_beats(strength, BEATS) == division
