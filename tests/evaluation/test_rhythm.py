"""Rhythm metrics against hand-computed values, mir_eval and their own definitions."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import MissingDependencyError, ParameterError
from reprise.evaluation import rhythm

BEATS = np.arange(60) * 0.5

bpm = st.floats(30, 300)
tempo_lists = st.lists(bpm, min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("estimated", "kind"),
    [
        (120.0, "none"),
        (124.7, "none"),
        (115.3, "none"),
        (125.0, "other"),
        (60.0, "half"),
        (240.0, "double"),
        (40.0, "third"),
        (360.0, "triple"),
        (80.0, "two thirds"),
        (180.0, "three halves"),
        (90.0, "three quarters"),
        (160.0, "four thirds"),
        (100.0, "other"),
        (np.nan, "no tempo"),
    ],
)
def test_kind_of_tempo_error(estimated: float, kind: str) -> None:
    assert rhythm.tempo_errors([120.0], [estimated]) == (kind,)


def test_evaluate_tempo() -> None:
    scores = rhythm.evaluate_tempo([100, 100, 100, 100, np.nan], [101, 50, 150, np.nan, 100])
    assert (scores.count, scores.left_out) == (4, 1)
    assert (scores.accuracy1, scores.accuracy2) == (0.25, 0.5)
    assert scores.errors == {"none": 1, "half": 1, "three halves": 1, "no tempo": 1}


@settings(max_examples=60, deadline=None)
@given(tempo_lists, st.sampled_from([1 / 3, 1 / 2, 1, 2, 3]), st.floats(-0.039, 0.039))
def test_accuracy2_forgives_octaves(reference: list[float], ratio: float, error: float) -> None:
    estimated = np.array(reference) * ratio * (1 + error)
    assert rhythm.accuracy2(reference, estimated) == 1
    assert rhythm.accuracy1(reference, estimated) == (1 if ratio == 1 else 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(bpm, bpm), min_size=1, max_size=30), st.floats(0.5, 2))
def test_tempo_properties(pairs: list[tuple[float, float]], scale: float) -> None:
    reference, estimated = np.array(pairs).T
    accuracy1, accuracy2 = rhythm.accuracy1(reference, estimated), rhythm.accuracy2(reference, estimated)
    assert 0 <= accuracy1 <= accuracy2 <= 1
    assert rhythm.accuracy1(reference[::-1], estimated[::-1]) == accuracy1
    assert sum(rhythm.evaluate_tempo(reference, estimated).errors.values()) == len(pairs)
    # Tolerance is relative: both tempi twice as fast are as wrong as before.
    assert rhythm.accuracy2(2 * reference, 2 * estimated) == accuracy2


@settings(max_examples=60, deadline=None)
@given(tempo_lists, st.lists(bpm, min_size=30, max_size=30))
def test_accuracy1_equals_mir_eval_with_one_tempo(reference: list[float], estimates: list[float]) -> None:
    import mir_eval

    estimated = np.array(estimates[: len(reference)])
    hits = [
        mir_eval.tempo.detection(np.array([r, 0.0]), 1.0, np.array([e, e]), tol=0.04)[1]
        for r, e in zip(reference, estimated, strict=True)
    ]
    assert rhythm.accuracy1(reference, estimated) == pytest.approx(np.mean(hits))


def test_perfect_beats() -> None:
    assert rhythm.evaluate_beats(BEATS, BEATS) == rhythm.BeatScores(
        f_measure=1.0, cmlc=1.0, cmlt=1.0, amlc=1.0, amlt=1.0
    )


def test_every_other_beat_is_right_at_another_level() -> None:
    scores = rhythm.evaluate_beats(BEATS, BEATS[::2])
    assert scores.f_measure == pytest.approx(2 / 3, abs=0.01)
    assert scores.cmlt == 0
    assert scores.amlt == 1


def test_beats_off_by_more_than_the_tolerance() -> None:
    assert rhythm.beat_f_measure(BEATS, BEATS + 0.069) == 1
    assert rhythm.beat_f_measure(BEATS, BEATS + 0.071) < 0.05
    assert rhythm.beat_f_measure(BEATS, BEATS + 0.071, tolerance_s=0.1) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 2.0, 5.0]))
def test_equal_to_mir_eval(seed: int, skip_s: float) -> None:
    import mir_eval

    rng = np.random.default_rng(seed)
    estimated = np.sort(np.abs(BEATS + rng.normal(scale=0.05, size=len(BEATS)))[rng.random(len(BEATS)) > 0.2])
    reference = mir_eval.beat.trim_beats(BEATS, skip_s)
    trimmed = mir_eval.beat.trim_beats(estimated, skip_s)
    scores = rhythm.evaluate_beats(BEATS, estimated, skip_s=skip_s)
    assert scores.f_measure == pytest.approx(mir_eval.beat.f_measure(reference, trimmed))
    assert (scores.cmlc, scores.cmlt, scores.amlc, scores.amlt) == pytest.approx(
        mir_eval.beat.continuity(reference, trimmed)
    )


def test_no_estimate_scores_nothing_without_a_warning(recwarn) -> None:
    assert rhythm.evaluate_beats(BEATS, []) == rhythm.BeatScores(f_measure=0, cmlc=0, cmlt=0, amlc=0, amlt=0)
    assert rhythm.evaluate_beats(BEATS, [6.0]).cmlt == 0
    assert not recwarn.list


def test_evaluate_metre() -> None:
    scores = rhythm.evaluate_metre([4, 4, 3, 5, np.nan], [4, 3, 3, np.nan, 4])
    assert scores == rhythm.MetreScores(
        count=4, left_out=1, accuracy=0.5, pairs={(4, 4): 1, (4, 3): 1, (3, 3): 1, (5, None): 1}
    )


@pytest.mark.parametrize(
    "reference, estimated", [([120], []), ([], []), ([0], [120]), ([120], [-3]), ([np.inf], [1])]
)
def test_refused_tempi(reference, estimated) -> None:
    with pytest.raises(ParameterError):
        rhythm.evaluate_tempo(reference, estimated)


@pytest.mark.parametrize(
    ("reference", "estimated"),
    [([], []), ([1, 2], [6]), ([7, 6], [6]), ([-1, 6], [6]), ([6], [np.nan]), ([6], [[6]])],
)
def test_refused_beats(reference, estimated) -> None:
    with pytest.raises(ParameterError):
        rhythm.evaluate_beats(reference, estimated)


def test_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mir_eval.beat", None)
    with pytest.raises(MissingDependencyError, match=r"reprise\[train\]"):
        rhythm.beat_f_measure(BEATS, BEATS)
