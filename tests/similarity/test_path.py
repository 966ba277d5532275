"""A path has the ends asked for, no song twice, goes forward, and its largest step is as small as can be."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.similarity.index import IndexView
from reprise.similarity.path import candidates_between, song_path


def songs(rng: np.random.Generator, n: int, d: int = 6) -> IndexView:
    X = rng.normal(size=(n, d))
    X = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    return IndexView(ids=rng.permutation(5 * n)[:n], vectors=X, features=np.zeros((n, 0), np.float32))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), st.integers(2, 30), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_ends_are_right_nothing_is_twice_and_it_goes_forward(n: int, steps: int, kinds: int, seed: int):
    rng = np.random.default_rng(seed)
    view = songs(rng, n)
    artists = [None if a == 0 else int(a) for a in rng.integers(0, kinds, n)]
    start, end = int(view.ids[0]), int(view.ids[-1])
    allowed = view.ids[rng.random(n) < 0.7]
    path = song_path(view, start, end, steps, artists=artists, allowed=allowed)
    ids = path.ids.tolist()
    assert (ids[0], ids[-1]) == (start, end)
    assert len(set(ids)) == len(ids) <= steps
    assert set(ids[1:-1]) <= set(allowed.tolist())
    if steps <= 10:
        inside = set(allowed.tolist()) - {start, end}
        assert len(ids) == min(steps, 2 + len(inside))
    row = {int(song): i for i, song in enumerate(view.ids)}
    X = view.vectors[[row[song] for song in ids]].astype(np.float64)
    np.testing.assert_allclose(path.similarities, (X[1:] * X[:-1]).sum(axis=1), atol=1e-5)
    a, b = (np.arccos(np.clip(X @ X[end_], -1, 1)) for end_ in (0, -1))
    along = a / (a + b)
    assert (np.diff(along) >= -1e-6).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 6), st.integers(0, 2**32 - 1))
def test_the_largest_step_is_the_smallest_of_all_paths_that_go_forward(steps: int, seed: int):
    rng = np.random.default_rng(seed)
    view = songs(rng, 8)
    path = song_path(view, int(view.ids[0]), int(view.ids[7]), steps)
    X = view.vectors.astype(np.float64)
    angles = np.arccos(np.clip(X @ X.T, -1, 1))
    along = angles[0] / (angles[0] + angles[7])
    best = min(
        max(angles[chain[i], chain[i + 1]] for i in range(steps - 1))
        for inner in permutations(range(1, 7), steps - 2)
        if list(inner) == sorted(inner, key=lambda row: along[row])
        for chain in [(0, *inner, 7)]
    )
    assert np.arccos(path.similarities.min()) <= 1.02 * best + 1e-4


def test_no_artist_follows_himself_where_that_can_be():
    rng = np.random.default_rng(0)
    view = songs(rng, 200)
    artists = rng.integers(0, 3, 200).tolist()
    path = song_path(view, int(view.ids[0]), int(view.ids[1]), 12, artists=artists)
    who = [artists[view.ids.tolist().index(song)] for song in path.ids.tolist()]
    assert all(a != b for a, b in pairwise(who))
    alone = song_path(view, int(view.ids[0]), int(view.ids[1]), 5, artists=["one"] * 200)
    assert len(alone.ids) == 5


def test_songs_on_the_arc_are_the_candidates():
    t = np.linspace(0, np.pi / 2, 50)
    arc = np.stack([np.cos(t), np.sin(t), 0 * t], axis=1)
    away = np.tile([0.0, 0.0, 1.0], (500, 1))
    X = np.concatenate([arc, away]).astype(np.float32)
    may = np.ones(550, bool)
    may[[0, 49]] = False
    rows, along = candidates_between(X, 0, 49, 20, may)
    assert set(range(1, 49)) <= set(rows.tolist())
    np.testing.assert_allclose(along[rows < 50], np.linspace(0, 1, 50)[1:-1], atol=1e-3)


def test_what_is_no_path_is_refused():
    view = songs(np.random.default_rng(0), 5)
    start, end = view.ids[:2].tolist()
    for call in (
        lambda: song_path(view, start, start, 3),
        lambda: song_path(view, start, -1, 3),
        lambda: song_path(view, start, end, 1),
        lambda: song_path(view, start, end, 101),
        lambda: song_path(view, start, end, 3, artists=["a"]),
    ):
        with pytest.raises(ParameterError):
            call()
