"""Several songs make one sensible query, and a list is not all one album."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.index import Neighbours
from reprise.similarity.selection import diverse, mix

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 4), st.integers(1, 4), seeds)
def test_no_artist_and_no_album_has_more_than_its_quota(n: int, per_artist: int, per_album: int, seed: int):
    rng = np.random.default_rng(seed)
    neighbours = Neighbours(ids=np.arange(n), similarities=-np.sort(-rng.random(n)).astype(np.float32))
    artists = [None if a == 0 else int(a) for a in rng.integers(0, 6, n)]
    albums = [None if a == 0 else int(a) for a in rng.integers(0, 9, n)]
    kept = diverse(neighbours, artists, albums, per_artist=per_artist, per_album=per_album).ids.tolist()
    by_artist, by_album = Counter(artists[i] for i in kept), Counter(albums[i] for i in kept)
    assert all(count <= per_artist for name, count in by_artist.items() if name is not None)
    assert all(count <= per_album for name, count in by_album.items() if name is not None)
    assert kept == sorted(kept)
    # Whoever is missing was too many: his artist or album had its quota before him.
    for i in set(range(n)) - set(kept):
        before = [j for j in kept if j < i]
        assert (artists[i] is not None and sum(artists[j] == artists[i] for j in before) == per_artist) or (
            albums[i] is not None and sum(albums[j] == albums[i] for j in before) == per_album
        )
    assert diverse(neighbours, artists, albums, per_artist=None, per_album=None).ids.tolist() == list(
        range(n)
    )


def test_quotas_and_lengths_are_checked():
    one = Neighbours(ids=np.arange(1), similarities=np.ones(1, np.float32))
    with pytest.raises(ParameterError, match="quota"):
        diverse(one, ["a"], ["b"], per_artist=0)
    with pytest.raises(ParameterError, match="as many"):
        diverse(one, [], ["b"])


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.floats(0.1, 10), seeds)
def test_a_mix_depends_on_directions_and_ratios_alone(n: int, m: int, scale: float, seed: int):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, 12)), rng.normal(size=(m, 12))
    w, v = rng.uniform(0.1, 2, n), rng.uniform(0.1, 2, m)
    made = mix(X, w, subtract=Y, subtract_weights=v)
    order = rng.permutation(n)
    for same in (
        mix(scale * X, w, subtract=Y / scale, subtract_weights=v),
        mix(X, scale * w, subtract=Y, subtract_weights=scale * v),
        mix(X[order], w[order], subtract=Y, subtract_weights=v),
    ):
        np.testing.assert_allclose(same, made, atol=1e-4)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(mix(X[:1]), X[0] / np.linalg.norm(X[0]), atol=1e-6)


@settings(deadline=None)
@given(st.integers(1, 4), st.floats(0.05, 3), seeds)
def test_subtracting_moves_away_but_never_to_the_opposite(n: int, amount: float, seed: int):
    rng = np.random.default_rng(seed)
    X, away = rng.normal(size=(n, 12)), rng.normal(size=12)
    away /= np.linalg.norm(away)
    plain, made = (
        mix(X, np.full(n, 1 / n)),
        mix(X, np.full(n, 1 / n), subtract=away[None], subtract_weights=[amount]),
    )
    before, after = float(plain @ away), float(made @ away)
    if before <= 0:
        np.testing.assert_allclose(made, plain, atol=1e-6)
    else:
        assert -1e-5 <= after <= before + 1e-5
        # It stays nearer to what was added than anything at a right angle is.
        assert float(made @ plain) > 0
        if amount >= 1:
            assert after == pytest.approx(0, abs=1e-4)


def test_a_mix_of_nothing_is_refused():
    for call in (
        lambda: mix(np.empty((0, 3))),
        lambda: mix([[1, 0]], [0]),
        lambda: mix([[1, 0], [-1, 0]]),
        lambda: mix([[1, 0]], subtract=[[2, 0]]),
        lambda: mix([[1, 0]], subtract=[[2, 0, 0]]),
        lambda: mix([[1, np.nan]]),
    ):
        with pytest.raises(ParameterError):
            call()
