"""A map keeps neighbourhoods, says how far it does, and is the same every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from reprise.errors import MissingDependencyError, ParameterError
from reprise.similarity.map2d import flat_map, place, reduced, trustworthiness


def islands(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    return (np.eye(20)[truth] + 0.02 * rng.normal(size=(n, 20))).astype(np.float32), truth


def test_songs_that_are_alike_lie_side_by_side():
    X, truth = islands(120)
    made = flat_map(X, seed=3)
    assert (made.method, made.points.shape, made.points.dtype) == ("umap", (120, 2), np.float32)
    distances = np.linalg.norm(made.points[:, None] - made.points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (truth[distances.argmin(axis=1)] == truth).all()
    np.testing.assert_array_equal(flat_map(X, seed=3).points, made.points)


def test_a_few_songs_are_laid_out_by_principal_components():
    from sklearn.decomposition import PCA

    X, _ = islands(20)
    made = flat_map(X)
    assert made.method == "pca"
    expected = PCA(2).fit_transform(X.astype(np.float64))
    np.testing.assert_allclose(np.abs(made.points), np.abs(expected), atol=1e-5)
    # Fewer songs than dimensions asked for: what there is, and zeros.
    tiny = reduced(X[:3], 5, min_distance=0.0)
    assert tiny.points.shape == (3, 5)
    assert np.ptp(tiny.points[:, 4]) == 0


def test_trustworthiness_is_one_for_the_truth_and_low_for_chance():
    X, _ = islands(100)
    shuffled = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    assert trustworthiness(X, X) == 1
    assert trustworthiness(X, shuffled) < 0.65
    assert trustworthiness(X, flat_map(X).points) > 0.85
    assert trustworthiness(X[:3], X[:3]) == 1
    with pytest.raises(ParameterError, match="at least 3"):
        trustworthiness(X[:2], X[:2])


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingDependencyError, match=r"umap-learn .*reprise\[train\]"):
        reduced(islands(60)[0], 5, min_distance=0.0)
    # A map has something plainer to fall back on, and says that it did.
    made = flat_map(islands(60)[0])
    assert (made.method, made.points.shape) == ("pca", (60, 2))


def test_songs_beyond_the_landmarks_lie_on_the_islands_they_belong_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    X, truth = islands(300)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    made = flat_map(X, landmarks=100, seed=1)
    assert made.points.shape == (300, 2)
    np.testing.assert_array_equal(made.points, flat_map(X, landmarks=100, seed=1).points)
    middles = np.stack([made.points[truth == island].mean(axis=0) for island in range(3)])
    distances = np.linalg.norm(made.points[:, None] - middles, axis=2)
    assert (distances.argmin(axis=1) == truth).all()


def test_a_new_song_lies_among_those_it_is_like_and_never_between_islands():
    X, truth = islands(120)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    points = (
        np.array([[0, 0], [100, 0], [0, 100]])[truth] + np.random.default_rng(0).normal(size=(120, 2))
    ).astype(np.float32)
    placed = place(X[:20] + np.float32(0.001), X[20:], points[20:])
    assert (np.linalg.norm(placed - points[:20], axis=1) < 5).all()
    # Half of its neighbours are on each of two islands: it goes to one, not into the sea.
    between = (X[truth == 0][:1] + X[truth == 1][:1]) / np.float32(2)
    (where,) = place(between, X, points)
    assert min(np.linalg.norm(where), np.linalg.norm(where - [100, 0])) < 5
    assert place(X[:0], X, points).shape == (0, 2)
    for new, old, at in ((X, X[:0], points[:0]), (X[:, :3], X, points), (X, X, points[:5])):
        with pytest.raises(ParameterError):
            place(new, old, at)
