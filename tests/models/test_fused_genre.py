"""Two witnesses of one genre: their evidence multiplied, ranked, and always a distribution."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.datasets.audiofiler import GENRES
from reprise.models.fused_genre import FusedGenreModel, fuse
from reprise.models.weights_file import load_weights

PRIOR = np.array([0.7, 0.2, 0.1], np.float32)
logits = arrays(np.float32, (4, 3), elements=st.floats(-50, 50, width=32))
exponents = arrays(np.float32, 2, elements=st.floats(0, 1, width=32))


@given(logits, logits, exponents)
def test_the_product_is_a_distribution(scores: np.ndarray, heard: np.ndarray, trust: np.ndarray) -> None:
    short_term = np.exp(scores - scores.max(axis=1, keepdims=True))
    short_term /= short_term.sum(axis=1, keepdims=True)
    p = fuse(short_term, PRIOR, heard, trust)
    assert p.dtype == np.float32
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


def test_without_trust_only_what_was_heard_counts() -> None:
    heard = np.log(np.array([0.2, 0.5, 0.3], np.float32))
    p = fuse(np.array([0.98, 0.01, 0.01], np.float32), PRIOR, heard, np.zeros(2, np.float32))
    np.testing.assert_allclose(p, [0.2, 0.5, 0.3], atol=1e-6)


def test_a_witness_that_hears_nothing_leaves_the_other_less_its_prior() -> None:
    short_term = np.array([0.5, 0.3, 0.2], np.float32)
    p = fuse(short_term, PRIOR, np.zeros(3, np.float32), np.ones(2, np.float32))
    np.testing.assert_allclose(p, (short_term / PRIOR) / (short_term / PRIOR).sum(), atol=1e-4)


def test_the_shipped_model_ranks_all_26_genres() -> None:
    model = FusedGenreModel.load()
    assert model.classes == GENRES
    weights = load_weights("genre-fused").arrays
    sizes = {"embedding": 500, "tag_logits": 100, "short_term": 69, "pooled": 320, "mel": 192}
    rng = np.random.default_rng(0)
    inputs = {name: rng.random(size).astype(np.float32) for name, size in sizes.items()}
    assert {str(name) for name in weights["heard_groups"]} <= set(inputs)
    ranked = model(inputs)
    assert {row.name for row in ranked} == set(GENRES)
    scores = [row.score for row in ranked]
    assert scores == sorted(scores, reverse=True)
    assert abs(sum(scores) - 1) < 1e-5
