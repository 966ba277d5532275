"""Retrieval metrics against their definitions, written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.evaluation.retrieval import evaluate, hubness, mean_average_precision, precision_at


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 25), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_they_are_what_their_definitions_say(n: int, k: int, seed: int):
    rng = np.random.default_rng(seed)
    similarity, relevant = rng.random((n, n)), rng.random((n, n)) < 0.3
    precisions, averages = [], []
    for i in range(n):
        order = [j for j in sorted(range(n), key=lambda j: -similarity[i, j]) if j != i]
        hits = [bool(relevant[i, j]) for j in order]
        if any(hits):
            precisions.append(sum(hits[:k]) / k)
            averages.append(np.mean([sum(hits[: r + 1]) / (r + 1) for r in range(n - 1) if hits[r]]))
    if precisions:
        assert precision_at(similarity, relevant, k=k) == pytest.approx(np.mean(precisions))
        assert mean_average_precision(similarity, relevant) == pytest.approx(np.mean(averages))
    else:
        assert np.isnan(precision_at(similarity, relevant, k=k))
        assert np.isnan(mean_average_precision(similarity, relevant))


def test_a_hub_is_seen():
    rng = np.random.default_rng(0)
    similarity = rng.random((200, 200))
    even = hubness(similarity, k=5)
    similarity[:, :3] += 1
    assert hubness(similarity, k=5) > 5 > abs(even)
    assert hubness(np.ones((4, 4)) - np.eye(4), k=3) == 0


def test_one_artist_is_left_out_of_his_own_lists():
    names = np.repeat(np.arange(6), 4)
    artists = names[:, None] == names
    found = evaluate(artists + 0.0, artists, np.ones((24, 24), bool), artists)
    assert np.isnan(found.genre_precision)
    assert (found.quadrant_precision, found.artist_map) == (1, 1)


def test_shapes_and_k_are_checked():
    for call in (
        lambda: hubness(np.ones((3, 4)), k=1),
        lambda: hubness(np.ones((3, 3)), k=3),
        lambda: precision_at(np.ones((3, 3)), np.ones((2, 2), bool), k=1),
    ):
        with pytest.raises(ParameterError):
            call()
