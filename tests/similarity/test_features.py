"""Features agree where people would say so: octaves of a tempo, neighbours on the circle of fifths, quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.features import FEATURE_DIMENSIONS, FeatureScale, quantile_knots
from reprise.targets import SPOTIFY_FEATURES

SCALE = FeatureScale(knots=np.linspace(0, 1, 33) * np.ones((8, 1)) + np.array([0] * 7 + [-1])[:, None])
PLAIN = dict.fromkeys(SPOTIFY_FEATURES, 0.5) | {"loudness": -0.5, "key": 0, "mode": 1, "tempo": 100.0}


def alike(a: dict[str, float], b: dict[str, float]) -> float:
    one, other = SCALE([[{**PLAIN, **song}[name] for name in SPOTIFY_FEATURES] for song in (a, b)])
    return float(one @ other)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_songs_have_unit_vectors_and_are_most_like_themselves(n: int, seed: int):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.5, 1, size=(n, 12))
    values[:, SPOTIFY_FEATURES.index("tempo")] = rng.uniform(30, 300, n)
    values[rng.random((n, 12)) < 0.2] = np.nan
    made = SCALE(values)
    assert (made.shape, made.dtype) == ((n, FEATURE_DIMENSIONS), np.float32)
    lengths = np.linalg.norm(made, axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()
    assert np.isfinite(made).all()


def test_the_further_apart_the_less_alike():
    found = [alike({"energy": 0.1}, {"energy": e}) for e in (0.1, 0.3, 0.5, 0.9)]
    assert found[0] == pytest.approx(1, abs=1e-5)
    assert found == sorted(found, reverse=True)


def test_an_octave_of_tempo_is_nearer_than_half_of_one_and_further_than_none():
    same, octave, tritone = (alike({"tempo": 80}, {"tempo": t}) for t in (80, 160, 80 * 2**0.5))
    assert same > octave > tritone


def test_keys_are_compared_on_the_circle_of_fifths():
    c, g, f_sharp = (alike({"key": 0}, {"key": k}) for k in (0, 7, 6))
    assert c > g > f_sharp
    # A minor is C major's relative, and nearer to it than C minor is.
    assert alike({}, {"key": 9, "mode": 0}) > alike({}, {"key": 0, "mode": 0})
    assert alike({"key": 3}, {"key": 10}) == pytest.approx(g, abs=1e-5)
    # A key that was not found speaks neither for nor against.
    assert c > alike({}, {"key": -1}) > f_sharp


def test_what_many_songs_share_is_the_middle_of_them():
    values = np.concatenate([np.zeros(80), np.linspace(0, 1, 20)])[:, None] * np.ones((1, 8))
    knots = quantile_knots(values)
    assert knots.shape == (8, 33)
    assert (np.diff(knots, axis=1) >= 0).all()
    # Of 0 and .5 the quantiles are some .4 and .9: half a turn times the difference, and no more.
    low, high = FeatureScale(knots=knots)([[v] * 12 for v in (0.0, 0.5)])
    angle = np.arccos(low[:2] @ high[:2] / np.linalg.norm(low[:2]) / np.linalg.norm(high[:2]))
    assert 0.4 < angle / np.pi < 0.6


def test_what_is_no_table_of_features_is_refused():
    for call in (
        lambda: SCALE(np.ones((2, 11))),
        lambda: SCALE(np.ones(12)),
        lambda: quantile_knots([[1.0]]),
    ):
        with pytest.raises(ParameterError):
            call()
    assert not SCALE(np.full((1, 12), np.nan)).any()
