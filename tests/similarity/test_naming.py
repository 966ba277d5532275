"""Names say what sets a cluster apart, and no two are the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.musicnn import MSD_TAGS, MTT_TAGS
from reprise.similarity.clusters import NOISE, Clusters
from reprise.similarity.naming import name_clusters

TAGS = ["Rock", "guitar", "piano", "classical", "classic", "rare"]


def clusters(labels: list[int]) -> Clusters:
    return Clusters(method="kmeans", labels=np.array(labels), silhouette=None)


def test_tags_that_set_a_cluster_apart_make_its_name():
    scores = np.array([
        [0.8, 0.5, 0.1, 0.0, 0.0, 0.00],
        [0.6, 0.5, 0.1, 0.0, 0.0, 0.02],
        [0.0, 0.5, 0.6, 0.5, 0.4, 0.00],
        [0.0, 0.5, 0.6, 0.7, 0.4, 0.00],
        [0.1, 0.5, 0.1, 0.0, 0.0, 0.00],
    ], np.float32)  # fmt: skip
    named = name_clusters(clusters([0, 0, 1, 1, NOISE]), scores, TAGS)
    rock, classical = named.names
    # All songs have a guitar; the rare tag is rarer than what a name needs; classic and classical are one.
    assert rock.name == "rock, rare"
    assert classical.name == "classical, piano"
    assert [share.tag for share in classical.tags] == ["classical", "piano"]
    assert rock.tags[0].mean == pytest.approx(0.7)
    assert rock.tags[0].lift == pytest.approx(0.7 / 0.3, rel=1e-3)


def test_clusters_alike_are_told_apart_by_more_tags_or_a_number():
    scores = np.array([[0.8, 0.6, 0.1, 0, 0, 0], [0.7, 0.5, 0, 0.1, 0, 0], [0, 0, 0, 0, 0, 0]], np.float32)
    names = [each.name for each in name_clusters(clusters([0, 1, 2]), scores, TAGS).names]
    assert names == ["rock, guitar, piano", "rock, guitar, classical", "mixed"]
    same = np.array([[0.8, 0, 0, 0, 0, 0]] * 2 + [[0] * 6], np.float32)
    names = [each.name for each in name_clusters(clusters([0, 1, 2]), same, TAGS).names]
    assert names == ["rock 1", "rock 2", "mixed"]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 10.0]))
def test_names_are_unique_and_made_of_tags_above_average(k: int, seed: int, concentration: float):
    rng = np.random.default_rng(seed)
    tags = MSD_TAGS + MTT_TAGS
    labels = np.append(np.arange(k), rng.integers(-1, k, 20))
    scores = rng.beta(concentration, 2, size=(len(labels), len(tags))).astype(np.float32)
    names = name_clusters(clusters(labels.tolist()), scores, tags).names
    assert len({each.name for each in names}) == len(names) == k
    for each in names:
        assert len({share.tag for share in each.tags}) == len(each.tags) <= 6
        assert all(share.lift > 1 for share in each.tags)
