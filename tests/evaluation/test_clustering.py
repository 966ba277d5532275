"""Metrics for clusters against hand-computed values, scikit-learn and their own definitions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.evaluation.clustering import evaluate

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 5)), min_size=1, max_size=60)


def test_hand_computed():
    # Of six pairs two share a genre, two a cluster, one both; by chance a third of a pair would share both.
    scores = evaluate(["rock", "rock", "jazz", "jazz"], [0, 0, 1, 2])
    assert scores.count == 4
    # Entropies ln 2 and 1.5 ln 2; the clusters say all about the genre, ln 2.
    assert scores.nmi == pytest.approx(2 * 1 / (1 + 1.5))
    # One pair together, 2 and 1 pairs in each: chance 2 * 1 / 6.
    assert scores.ari == pytest.approx((1 - 1 / 3) / (1.5 - 1 / 3))


@settings(max_examples=80, deadline=None)
@given(LABELS)
def test_equal_to_scikit_learn(pairs: list[tuple[int, int]]):
    from sklearn import metrics

    reference, estimated = (list(labels) for labels in zip(*pairs, strict=True))
    scores = evaluate(reference, estimated)
    nmi = metrics.normalized_mutual_info_score(reference, estimated)
    assert scores.nmi == pytest.approx(nmi, abs=1e-9)
    assert scores.ari == pytest.approx(metrics.adjusted_rand_score(reference, estimated), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(LABELS, st.permutations(range(-1, 6)))
def test_names_and_sides_do_not_matter(pairs: list[tuple[int, int]], renamed: list[int]):
    reference, estimated = (list(labels) for labels in zip(*pairs, strict=True))
    scores = evaluate(reference, estimated)
    for other in (
        evaluate([f"genre {label}" for label in reference], [renamed[label] for label in estimated]),
        evaluate(estimated, reference),
    ):
        assert (other.nmi, other.ari) == (pytest.approx(scores.nmi), pytest.approx(scores.ari))
    assert 0 <= scores.nmi <= 1
    assert -1 <= scores.ari <= 1
    same = evaluate(reference, [f"cluster {label}" for label in reference])
    assert (same.nmi, same.ari) == (pytest.approx(1), pytest.approx(1))


@pytest.mark.parametrize(("reference", "estimated"), [([], []), (["rock"], [0, 1])])
def test_what_cannot_be_compared_is_refused(reference: list[str], estimated: list[int]):
    with pytest.raises(ParameterError):
        evaluate(reference, estimated)
