"""Classification metrics against hand-computed values, scikit-learn and their own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.evaluation import classification

CLASSES = ["rock", "jazz", "folk"]
REFERENCE = ["rock", "rock", "jazz", "folk"]
PROBABILITIES = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.2, 0.6, 0.2], [0.5, 0.3, 0.2]]


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], np.ndarray, list[int]]:
    k, n = draw(st.integers(2, 8)), draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    p = rng.dirichlet(np.full(k, 0.7), size=n)
    return rng.integers(0, k, size=n).tolist(), p, list(range(k))


def test_hand_computed() -> None:
    scores = classification.evaluate(REFERENCE, PROBABILITIES, CLASSES)
    assert scores.count == 4
    assert scores.top1 == 0.5
    assert scores.top5 == 1.0
    assert classification.top_k_accuracy(REFERENCE, PROBABILITIES, CLASSES, k=2) == 0.75
    rock, jazz, folk = scores.per_class
    assert (rock.name, rock.precision, rock.recall, rock.f1, rock.support) == ("rock", 0.5, 0.5, 0.5, 2)
    assert (jazz.precision, jazz.recall) == (0.5, 1.0)
    assert jazz.f1 == pytest.approx(2 / 3)
    assert (folk.precision, folk.recall, folk.f1, folk.support) == (0, 0, 0, 1)
    assert scores.macro_f1 == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert scores.weighted_f1 == pytest.approx((2 / 2 + 2 / 3) / 4)
    assert scores.log_loss == pytest.approx(-np.log([0.8, 0.2, 0.6, 0.2]).mean())
    # Four confidences in four bins: .8 and .6 are right, .7 and .5 wrong.
    assert scores.calibration_error == pytest.approx((0.2 + 0.7 + 0.4 + 0.5) / 4)
    np.testing.assert_array_equal(scores.confusion, [[1, 1, 0], [0, 1, 0], [1, 0, 0]])


@settings(max_examples=60, deadline=None)
@given(problems())
def test_equal_to_scikit_learn(problem: tuple[list[int], np.ndarray, list[int]]) -> None:
    from sklearn import metrics

    reference, p, classes = problem
    estimated = p.argmax(axis=1)
    scores = classification.evaluate(reference, p, classes)
    assert scores.top1 == pytest.approx(metrics.accuracy_score(reference, estimated))
    assert classification.accuracy(reference, estimated.tolist()) == scores.top1
    assert scores.macro_f1 == pytest.approx(
        metrics.f1_score(reference, estimated, average="macro", zero_division=0)
    )
    assert scores.weighted_f1 == pytest.approx(
        metrics.f1_score(reference, estimated, average="weighted", zero_division=0)
    )
    assert scores.log_loss == pytest.approx(metrics.log_loss(reference, p, labels=classes))
    np.testing.assert_array_equal(
        scores.confusion, metrics.confusion_matrix(reference, estimated, labels=classes)
    )
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        reference, estimated, labels=classes, zero_division=0
    )
    rows = classification.per_class(reference, estimated.tolist(), classes)
    np.testing.assert_allclose([row.precision for row in rows], precision)
    np.testing.assert_allclose([row.recall for row in rows], recall)
    np.testing.assert_allclose([row.f1 for row in rows], f1)
    assert [row.support for row in rows] == support.tolist()
    if len(classes) > 2:
        assert classification.top_k_accuracy(reference, p, classes, k=2) == pytest.approx(
            metrics.top_k_accuracy_score(reference, p, k=2, labels=classes)
        )


@settings(max_examples=60, deadline=None)
@given(problems())
def test_properties(problem: tuple[list[int], np.ndarray, list[int]]) -> None:
    reference, p, classes = problem
    certain = np.eye(len(classes))[reference]
    perfect = classification.evaluate(reference, certain, classes)
    assert (perfect.top1, perfect.macro_f1, perfect.weighted_f1) == (1, 1, 1)
    assert perfect.log_loss == pytest.approx(0)
    assert perfect.calibration_error == pytest.approx(0)

    by_k = [classification.top_k_accuracy(reference, p, classes, k=k) for k in range(1, len(classes) + 1)]
    assert by_k == sorted(by_k)
    assert by_k[-1] == 1

    # Neither the order of the items nor that of the classes matters.
    items, columns = (
        np.random.default_rng(0).permutation(len(p)),
        np.random.default_rng(1).permutation(len(classes)),
    )
    scores = classification.evaluate(reference, p, classes)
    other = classification.evaluate(
        [reference[i] for i in items], p[items][:, columns], [classes[c] for c in columns]
    )
    for name in ("top1", "top5", "macro_f1", "weighted_f1", "log_loss", "calibration_error"):
        assert getattr(other, name) == pytest.approx(getattr(scores, name))


def test_calibrated_probabilities_have_no_calibration_error() -> None:
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(3), size=40_000)
    reference = (rng.random((len(p), 1)) > np.cumsum(p, axis=1)).sum(axis=1).tolist()
    assert classification.expected_calibration_error(reference, p, [0, 1, 2]) < 0.015
    sharper = p**3 / (p**3).sum(axis=1, keepdims=True)
    assert classification.expected_calibration_error(reference, sharper, [0, 1, 2]) > 0.1


def test_an_impossible_event_is_not_infinite() -> None:
    assert 30 < classification.log_loss(["b"], [[1.0, 0.0]], ["a", "b"]) < 40


@pytest.mark.parametrize(
    ("reference", "probabilities"),
    [
        (["rock"], PROBABILITIES),
        ([], np.empty((0, 3))),
        (["rock"], [[0.5, 0.5]]),
        (["rock"], [[0.5, 0.6, 0.2]]),
        (["rock"], [[1.1, -0.1, 0.0]]),
        (["rock"], [[np.nan, 0.5, 0.5]]),
        (["polka"], [[1.0, 0.0, 0.0]]),
    ],
)
def test_refused(reference, probabilities) -> None:
    with pytest.raises(ParameterError):
        classification.evaluate(reference, probabilities, CLASSES)


def test_refused_arguments() -> None:
    with pytest.raises(ParameterError, match="k must"):
        classification.top_k_accuracy(REFERENCE, PROBABILITIES, CLASSES, k=0)
    with pytest.raises(ParameterError, match="bins"):
        classification.expected_calibration_error(REFERENCE, PROBABILITIES, CLASSES, bins=0)
    with pytest.raises(ParameterError, match="twice"):
        classification.confusion_matrix(["a"], ["a"], ["a", "a"])
    with pytest.raises(ParameterError, match="polka"):
        classification.confusion_matrix(["rock"], ["polka"], CLASSES)
    with pytest.raises(ParameterError):
        classification.accuracy(["a"], [])
    with pytest.raises(ParameterError):
        classification.accuracy([], [])
