"""Refined heads: the mood moves a mean as far as known songs say, varied artists weigh less, nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.errors import DatasetError
from reprise.targets import HEADS
from reprise.training.shipped.heads import HeadLabels, cross_validate
from reprise.training.shipped.refined_heads import RefinedHeadsTrainer, artist_variety, weigh_by_variety
from reprise.training.shipped.ridge import artist_folds

SIZES = {"embedding": 6, "pooled": 4, "measured": 4, "short_term": 4, "mel": 4}
N = 150
ENERGY, LIVENESS = HEADS.index("energy"), HEADS.index("liveness")


@pytest.fixture(scope="module")
def groups() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.standard_normal((N, size)).astype(np.float32) for name, size in SIZES.items()}


@pytest.fixture(scope="module")
def labels() -> HeadLabels:
    """Songs that differ from their artist's mean by their arousal alone; every other song's own value is known."""
    rng = np.random.default_rng(1)
    mood = rng.random((N, 2))
    weak = np.repeat(rng.uniform(0.4, 0.6, (N // 3, 7)), 3, axis=0)
    true = weak + 0.3 * (mood[:, [1]] - 0.5)
    true[1::2] = np.nan
    return HeadLabels(
        artists=np.array([f"artist {i // 3}" for i in range(N)]), true=true, weak=weak,
        weak_weight=np.ones((N, 7)), taught=rng.random((N, 7)), mood=mood,
    )  # fmt: skip


def test_the_mood_moves_a_mean_to_the_song(groups: dict[str, np.ndarray], labels: HeadLabels) -> None:
    trainer = RefinedHeadsTrainer(groups, labels)
    refined = trainer.refined(ENERGY, np.arange(N))
    song = labels.weak[:, ENERGY] + 0.3 * (labels.mood[:, 1] - 0.5)
    moved = np.isnan(labels.true[:, ENERGY])
    before, after = (np.abs(y - song)[moved].mean() for y in (labels.weak[:, ENERGY], refined))
    assert after < 0.3 * before
    np.testing.assert_array_equal(refined[~moved], labels.true[~moved, ENERGY])


def test_songs_without_tags_keep_their_means(groups: dict[str, np.ndarray], labels: HeadLabels) -> None:
    mood = labels.mood.copy()
    mood[:30] = np.nan
    refined = RefinedHeadsTrainer(groups, replace(labels, mood=mood)).refined(ENERGY, np.arange(N))
    kept = np.isnan(labels.true[:30, ENERGY])
    np.testing.assert_array_equal(refined[:30][kept], labels.weak[:30, ENERGY][kept])


def test_no_label_of_a_held_out_artist_is_looked_at(
    groups: dict[str, np.ndarray], labels: HeadLabels
) -> None:
    held_out = artist_folds(labels.artists, 5, 3) == 2
    changed = replace(
        labels,
        true=np.where(held_out[:, None], 1 - labels.true, labels.true),
        weak=np.where(held_out[:, None], 0.9, labels.weak),
    )
    before, after = (
        cross_validate(RefinedHeadsTrainer(groups, known), n_folds=5, seeds=(3,))[0]
        for known in (labels, changed)
    )
    np.testing.assert_array_equal(after[held_out], before[held_out])
    assert not np.array_equal(after[~held_out], before[~held_out])


def test_a_varied_artist_weighs_less_and_never_beyond_the_bounds(labels: HeadLabels) -> None:
    variety = np.full((N, 7), 0.1)
    variety[0], variety[1], variety[2] = 0.15, 10.0, 1e-9
    variety[3] = np.nan
    weight = weigh_by_variety(labels, variety).weak_weight
    np.testing.assert_allclose(weight[:5, 0], [2 / 3, 0.5, 2.0, 1.0, 1.0])


def _tracks(folder: Path, rows: list[tuple[str, float]]) -> None:
    (folder / "tables").mkdir()
    columns = {"artist": [name for name, _ in rows], **{name: [value for _, value in rows] for name in HEADS}}
    pq.write_table(pa.table(columns), folder / "tables" / "spotify_tracks.parquet")


def test_variety_is_the_artists_own_where_songs_are_many_and_typical_where_there_are_none(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    even = [("The Even", 0.5 + 0.01 * value) for value in rng.standard_normal(400)]
    usual = [("Usual!", 0.5 + 0.10 * value) for value in rng.standard_normal(400)]
    wild = [("Wild & Wild", 0.5 + 0.20 * value) for value in rng.standard_normal(400)]
    _tracks(tmp_path, even + usual + wild)
    variety = artist_variety(tmp_path, np.array(["even", "usual", "wildwild", "nobody"]))
    np.testing.assert_allclose(variety[:, LIVENESS], [0.015, 0.1, 0.2, 0.1], rtol=0.2)


def test_a_table_without_artists_of_two_songs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        artist_variety(tmp_path, np.array(["a"]))
    _tracks(tmp_path, [("A", 0.1), ("B", 0.2)])
    with pytest.raises(DatasetError, match="no artist with two songs"):
        artist_variety(tmp_path, np.array(["a"]))
