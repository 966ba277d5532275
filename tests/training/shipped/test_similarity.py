"""The space is fitted to what it says, chosen on unheard artists, and better than the embedding as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.errors import DatasetError
from reprise.models.weights_file import load_weights
from reprise.similarity.clusters import directions
from reprise.training.shipped.similarity import (
    CANDIDATES,
    LabelledClips,
    SpaceSettings,
    choose,
    feature_knots,
    fit_space,
    folds_of,
    load_labelled_clips,
    score,
)


def made_up(n: int = 240, seed: int = 0) -> LabelledClips:
    """Clips of four quadrants and two genres, which a few weak directions of 30 tell apart."""
    rng = np.random.default_rng(seed)
    quadrants = rng.integers(0, 4, n)
    loud = 3 * rng.normal(size=(n, 5)) @ rng.normal(size=(5, 30))
    X = loud + rng.normal(size=(n, 30))
    X[:, :4] += 3 * np.eye(4)[quadrants]
    genres = np.stack([quadrants < 2, quadrants >= 2], axis=1)
    return LabelledClips(
        embeddings=(X + 10).astype(np.float32), genres=genres, quadrants=quadrants,
        artists=np.array([f"artist {i // 2}" for i in range(n)]),
    )  # fmt: skip


def test_labels_help_to_tell_unheard_songs_apart():
    clips = made_up()
    folds = folds_of(clips.artists, 2, 0)
    heard, unheard = clips.rows(folds == 0), clips.rows(folds == 1)
    plain, labelled = (
        score(fit_space(heard, SpaceSettings(damping=0.25, label_share=share))(unheard.embeddings), unheard)
        for share in (0.0, 0.5)
    )
    assert labelled.quadrant_precision > plain.quadrant_precision + 0.05
    assert choose(clips, CANDIDATES, n_folds=3).label_share > 0


def test_no_artist_is_on_both_sides():
    artists = np.array(["a", "b", "a", "c", "d", "b", "e"])
    folds = folds_of(artists, 3, 5)
    assert set(folds) == {0, 1, 2}
    for name in set(artists):
        assert len(set(folds[artists == name])) == 1


def test_the_shipped_space_is_fitted_again_the_same(shared_data: Path):
    clips, shipped = load_labelled_clips(shared_data), load_weights("similarity")
    again = fit_space(clips, SpaceSettings(**shipped.card["settings"]))
    embeddings = clips.embeddings[:50]
    from reprise.similarity.space import to_space

    np.testing.assert_allclose(again(embeddings), to_space(embeddings), atol=1e-3)
    np.testing.assert_array_equal(feature_knots(shared_data), shipped.arrays["feature_knots"])


def test_on_unheard_artists_it_is_better_than_the_embedding_as_it_is(shared_data: Path):
    clips, settings = (
        load_labelled_clips(shared_data),
        SpaceSettings(**load_weights("similarity").card["settings"]),
    )
    folds, ours, raw = folds_of(clips.artists, 5, 0), [], []
    for fold in range(5):
        unheard = clips.rows(folds == fold)
        ours.append(score(fit_space(clips.rows(folds != fold), settings)(unheard.embeddings), unheard))
        raw.append(score(directions(unheard.embeddings), unheard))
    for name in ("genre_precision", "quadrant_precision", "artist_map"):
        mean_ours, mean_raw = (np.mean([getattr(found, name) for found in each]) for each in (ours, raw))
        assert mean_ours > mean_raw, name
    assert np.mean([found.hubness for found in ours]) < np.mean([found.hubness for found in raw])


def test_what_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DatasetError):
        feature_knots(tmp_path)
    with pytest.raises(DatasetError):
        load_labelled_clips(tmp_path)
