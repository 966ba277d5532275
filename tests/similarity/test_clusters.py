"""Clusters that are there are found, numbered by size and judged; what is not there is noise."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import MissingDependencyError, ParameterError
from reprise.evaluation.clustering import evaluate
from reprise.similarity import clusters
from reprise.similarity.clusters import NOISE, assign, centroids, directions, hdbscan, k_means, silhouette


def groups(*sizes: int, d: int = 12, spread: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Songs around orthogonal directions, of any length, and which direction each is of."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    X = np.eye(d)[truth] + spread / np.sqrt(d) * rng.normal(size=(len(truth), d))
    return directions(X * rng.uniform(0.1, 10, size=(len(truth), 1))), truth


def test_the_silhouette_finds_how_many_groups_there_are():
    X, truth = groups(10, 40, 20, 30)
    found = k_means(X, k_max=9)
    assert found.sizes == (40, 30, 20, 10)
    assert evaluate(truth, found.labels).ari == 1
    assert found.n_noise == 0
    assert list(found.by_k) == list(range(2, 10))
    assert found.silhouette == max(found.by_k.values()) == found.by_k[4]
    assert found.silhouette > 0.7
    np.testing.assert_array_equal(k_means(X, k_max=9).labels, found.labels)


def test_k_can_be_given():
    X, _ = groups(10, 40, 20, 30)
    found = k_means(X, 3)
    assert len(found.sizes) == 3
    assert list(found.by_k) == [3]


def test_hdbscan_finds_groups_and_leaves_out_what_is_in_none():
    # Few enough for principal components: UMAP takes seconds to start, and its own test starts it.
    X, truth = groups(20, 15, 10, spread=0.05)
    strangers = np.eye(12, dtype=np.float32)[[5, 6, 7]]
    found = hdbscan(np.concatenate([X, strangers]), min_size=6)
    assert found.sizes == (20, 15, 10)
    assert evaluate(truth, found.labels[:45]).ari == 1
    assert found.labels[45:].tolist() == [NOISE] * 3
    assert found.silhouette is not None
    assert found.silhouette > 0.8


def test_a_handful_of_songs_has_clusters_too():
    X, truth = groups(8, 7)
    found = hdbscan(X, min_size=4)
    assert evaluate(truth, found.labels).ari > 0.8
    nothing = hdbscan(X, min_size=16)
    assert (nothing.sizes, nothing.n_noise, nothing.silhouette) == ((), 15, None)


@settings(max_examples=8, deadline=None)
@given(st.integers(3, 40), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_every_song_has_one_label_and_larger_clusters_come_first(n: int, d: int, seed: int):
    X = directions(np.random.default_rng(seed).normal(size=(n, d + 1)))
    for found in (k_means(X, k_max=4, seed=1), hdbscan(X)):
        assert found.labels.shape == (n,)
        assert sum(found.sizes) + found.n_noise == n
        assert list(found.sizes) == sorted(found.sizes, reverse=True)
        assert 0 not in found.sizes
        assert found.silhouette is None or -1 <= found.silhouette <= 1


def test_silhouette_leaves_out_noise_and_says_nothing_of_one_cluster():
    from sklearn.metrics import silhouette_score

    X, truth = groups(20, 20)
    labels = np.append(truth, NOISE)
    assert silhouette(np.vstack([X, X[:1]]), labels) == pytest.approx(silhouette_score(X, truth))
    assert silhouette(X, np.zeros(40, np.int64)) is None
    assert silhouette(X, np.arange(40)) is None


def test_only_the_direction_of_an_embedding_counts():
    unit = directions([[3, 4], [0.03, 0.04], [1, 0], [0, -2], [0, 0]])
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0.6, 0.8], [1, 0], [0, -1], [0, 0]], atol=1e-7)
    assert unit.dtype == np.float32


@pytest.mark.parametrize(
    "embeddings", [np.ones(4), np.ones((5, 3)), np.full((3, 2), np.nan), np.empty((0, 4)), [[1, 0], [0, 1]]]
)
def test_what_has_no_clusters_is_refused(embeddings: np.ndarray):
    with pytest.raises(ParameterError):
        directions(embeddings)


def test_settings_out_of_range_are_refused():
    X, _ = groups(3, 3)
    for k in (1, 6):
        with pytest.raises(ParameterError, match=r"k must be 2\.\.5"):
            k_means(X, k)
    with pytest.raises(ParameterError, match="k_max"):
        k_means(X, k_max=1)
    with pytest.raises(ParameterError, match="min_size"):
        hdbscan(X, 1)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    X, _ = groups(3, 3)
    for module in ("sklearn.cluster", "sklearn.metrics"):
        monkeypatch.setitem(sys.modules, module, None)
    for call in (k_means, hdbscan, lambda X: silhouette(X, np.zeros(6, np.int64))):
        with pytest.raises(MissingDependencyError, match=r"scikit-learn .*reprise\[train\]"):
            call(X)


def test_songs_that_come_later_join_the_cluster_they_are_like():
    X, truth = groups(40, 30, 20)
    found = k_means(X[::2], 3)
    middles = centroids(X[::2], found.labels)
    np.testing.assert_allclose(np.linalg.norm(middles, axis=1), 1, atol=1e-5)
    assert evaluate(truth, assign(X, middles)).ari == 1
    np.testing.assert_array_equal(assign(X[::2], middles), found.labels)
    assert centroids(X, np.full(90, NOISE)).shape == (0, 12)
    for new, old in ((X, middles[:0]), (X[:, :3], middles)):
        with pytest.raises(ParameterError):
            assign(new, old)


def test_of_many_songs_clusters_are_found_in_batches_and_on_a_sample(monkeypatch: pytest.MonkeyPatch):
    # Few enough to need no UMAP, and yet more than "many".
    monkeypatch.setattr(clusters, "_MANY_SONGS", 45)
    X, truth = groups(100, 60, 40, spread=0.05)
    for found in (k_means(X, k_max=5), hdbscan(X, 20)):
        assert found.sizes == (100, 60, 40)
        assert evaluate(truth, found.labels).ari == 1
        assert found.silhouette is not None
        assert found.silhouette > 0.8
    np.testing.assert_array_equal(k_means(X, 3).labels, k_means(X, 3).labels)
