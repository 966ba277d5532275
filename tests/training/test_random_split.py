"""A random split flatters a model that knows artists, and says nothing where there is no more to know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reprise.errors import ParameterError
from reprise.training.examples import Examples
from reprise.training.folds import stratified_folds
from reprise.training.random_split import split_scores
from reprise.training.recipe import Recipe, read_recipe

N, ARTISTS = 300, 60


def _examples(by_artist: float, by_genre: float) -> Examples:
    """Songs near their artist, and artists near their genre."""
    rng = np.random.default_rng(0)
    artist = np.arange(N) % ARTISTS
    genre = artist % 3
    x = (
        by_genre * rng.standard_normal((3, 12))[genre]
        + by_artist * rng.standard_normal((ARTISTS, 12))[artist]
    )
    values = np.eye(3)[genre]
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(N)), groups=artist.astype(str),
        folds=stratified_folds(artist, genre, 5, seed=0), targets=("jazz", "techno", "folk"), values=values,
        inputs={"audio_features": (x + 0.3 * rng.standard_normal(x.shape)).astype(np.float32)},
        weights=np.ones(values.shape), own=np.ones(values.shape, bool), is_genre=True, citation="nobody",
        licence="free",
    )  # fmt: skip


@pytest.fixture
def recipe() -> Recipe:
    changes = {"data.targets": [], "options.n_neighbors": [3], "options.weights": ["uniform"]}
    return read_recipe("genre-knn", changes)


def test_artists_alone_look_like_genre_at_random(recipe: Recipe) -> None:
    scores = split_scores(recipe, _examples(by_artist=3, by_genre=0))
    assert scores.at_random > 0.95
    assert scores.by_artist < 0.6


def test_genre_alone_is_the_same_either_way(recipe: Recipe) -> None:
    scores = split_scores(recipe, _examples(by_artist=0, by_genre=3))
    assert scores.by_artist > 0.95 and scores.at_random > 0.95


def test_features_are_refused(recipe: Recipe) -> None:
    with pytest.raises(ParameterError, match="does not tell genres"):
        split_scores(recipe, replace(_examples(1, 1), is_genre=False))
