"""Key metrics against mir_eval, over all pairs of keys, and their own definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.evaluation import tonality

PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
KEYS = list(itertools.product(range(12), (0, 1)))

keys = st.sampled_from(KEYS)


def names(key: int, mode: int) -> str:
    return f"{PITCH_CLASSES[key]} {'major' if mode else 'minor'}"


@pytest.mark.parametrize(
    ("estimated", "relation", "score"),
    [
        ((0, 1), "same", 1.0),
        ((7, 1), "fifth", 0.5),
        ((5, 1), "fourth", 0.0),
        ((9, 0), "relative", 0.3),
        ((0, 0), "parallel", 0.2),
        ((7, 0), "other", 0.0),
        ((6, 1), "other", 0.0),
        ((-1, 1), "no key", 0.0),
    ],
)
def test_relations_to_c_major(estimated: tuple[int, int], relation: str, score: float) -> None:
    columns = ([0], [1], [estimated[0]], [estimated[1]])
    assert tonality.key_relations(*columns) == (relation,)
    assert tonality.weighted_score(*columns) == score


def test_equal_to_mir_eval_for_all_pairs_of_keys() -> None:
    import mir_eval

    for reference, estimated in itertools.product(KEYS, KEYS):
        expected = mir_eval.key.weighted_score(names(*reference), names(*estimated))
        score = tonality.weighted_score(*([value] for value in (*reference, *estimated)))
        assert score == expected, (reference, estimated)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(keys, keys), min_size=1, max_size=20), st.integers(0, 11))
def test_properties(pairs: list[tuple[tuple[int, int], tuple[int, int]]], semitones: int) -> None:
    reference, estimated = (np.array(side).T for side in zip(*pairs, strict=True))
    scores = tonality.evaluate(*reference, *estimated)
    assert 0 <= scores.accuracy <= scores.weighted <= 1
    assert scores.accuracy <= scores.mode_accuracy <= 1
    assert sum(scores.relations.values()) == scores.count == len(pairs)
    assert tonality.evaluate(*reference, *reference).weighted == 1
    # Neither the order of the tracks nor a transposition of both sides matters.
    assert tonality.evaluate(*reference[:, ::-1], *estimated[:, ::-1]).weighted == pytest.approx(
        scores.weighted
    )
    transposed = (
        (reference[0] + semitones) % 12,
        reference[1],
        (estimated[0] + semitones) % 12,
        estimated[1],
    )
    assert tonality.evaluate(*transposed) == scores


def test_unknown_keys() -> None:
    scores = tonality.evaluate([0, -1, 2], [1, np.nan, 0], [0, 3, -1], [1, 1, np.nan])
    assert (scores.count, scores.left_out) == (2, 1)
    assert (scores.weighted, scores.accuracy, scores.mode_accuracy) == (0.5, 0.5, 0.5)
    assert scores.relations == {"same": 1, "no key": 1}


@pytest.mark.parametrize(
    "columns",
    [
        ([], [], [], []),
        ([0, 1], [1, 1], [0], [1]),
        ([0], [1, 1], [0], [1]),
        ([-1], [0], [0], [1]),
        ([12], [0], [0], [1]),
        ([0], [2], [0], [1]),
        ([0], [np.nan], [0], [1]),
        ([0.5], [1], [0], [1]),
        ([np.nan], [1], [0], [1]),
    ],
)
def test_refused(columns) -> None:
    with pytest.raises(ParameterError):
        tonality.evaluate(*columns)
