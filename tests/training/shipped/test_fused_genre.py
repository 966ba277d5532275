"""Fitting the fused genre: a right gradient, distributions, and nothing learnt from a held-out artist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.genre import Preparation, ShortTermGenreModel
from reprise.training.shipped import fused_genre
from reprise.training.shipped.corpus import Corpus
from reprise.training.shipped.fused_genre import (
    GenreClips,
    GenreTrainer,
    cross_validate_genre,
    fit_genre,
    genre_clips,
)
from reprise.training.shipped.ridge import artist_folds

SETS = (("Jazz",), ("Classical",), ("Rock", "Metal", "Punk"), ("Rap", "Hip-Hop"))
N = 80


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Clips whose set of genres can be heard in the embedding."""
    rng = np.random.default_rng(0)
    embedding = 0.5 * rng.standard_normal((N, 6))
    embedding[np.arange(N), np.arange(N) % 4] += 2
    return Corpus(
        clips=tuple(f"c{i}" for i in range(N)),
        groups={
            "embedding": embedding.astype(np.float32),
            "tag_logits": rng.standard_normal((N, 100)).astype(np.float32),
            "short_term": rng.lognormal(size=(N, 69)).astype(np.float32),
        },
    )


@pytest.fixture(scope="module")
def clips() -> GenreClips:
    return GenreClips(
        clips=tuple(f"c{i}" for i in range(N)),
        groups=np.array([f"artist {i // 2}" for i in range(N)]),
        possible=np.array([[name in SETS[i % 4] for name in GENRES] for i in range(N)]),
        sources=np.full(N, "panda"),
    )


@pytest.fixture(scope="module")
def short_term() -> ShortTermGenreModel:
    """Knows nothing, but says it with probabilities."""
    rng = np.random.default_rng(1)
    prior = rng.uniform(0.5, 1.5, 26).astype(np.float32)
    return ShortTermGenreModel(
        {
            "classes": np.array(GENRES), "prior": prior / prior.sum(), "temperature": np.array([1.0]),
            **Preparation.fit(rng.lognormal(size=(50, 69)).astype(np.float32), limit=4.0).arrays(),
            "weight_0": 0.1 * rng.standard_normal((1, 69, 26)), "bias_0": np.zeros((1, 1, 26)),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def trainer(corpus: Corpus, clips: GenreClips, short_term: ShortTermGenreModel) -> GenreTrainer:
    return GenreTrainer(corpus, clips, short_term)


def test_every_tag_and_genre_of_the_tables_exists() -> None:
    known = {f"msd {tag}" for tag in MSD_TAGS} | {f"mtt {tag}" for tag in MTT_TAGS}
    assert {tag for tags in fused_genre.TAGS.values() for tag in tags} <= known
    named = [*fused_genre.POSSIBLE.values(), *fused_genre.POSSIBLE_EMOTIFY.values(), tuple(fused_genre.TAGS)]
    assert {name for names in named for name in names} <= set(GENRES)


@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_is_that_of_finite_differences(trainer: GenreTrainer, seed: int) -> None:
    rng = np.random.default_rng(seed)
    loss = trainer.objective(np.sort(rng.permutation(N)[:50]))
    size = 26 * 106 + 26 + 2
    at = np.concatenate([0.1 * rng.standard_normal(size - 2), [0.7, 0.2]])
    _, gradient = loss(at)
    directions = [
        rng.standard_normal(size),
        np.eye(size)[-1],
        np.eye(size)[-2],
        np.eye(size)[-3],
        np.eye(size)[5],
    ]
    for direction in directions:
        step = 1e-5 * direction
        numeric = (loss(at + step)[0] - loss(at - step)[0]) / 2e-5
        assert gradient @ direction == pytest.approx(numeric, rel=1e-4, abs=1e-5)


def test_a_fit_is_a_minimum(trainer: GenreTrainer) -> None:
    rows = np.arange(N)
    fit, loss = trainer.fit(rows), trainer.objective(rows)
    start, bias = trainer._start
    best = np.concatenate([(fit.coefficients - start).ravel(), fit.intercepts - bias, fit.trust])
    rng = np.random.default_rng(0)
    assert all(loss(best)[0] <= loss(best + 0.01 * rng.standard_normal(best.size))[0] for _ in range(5))


def test_unheard_artists_get_distributions_over_their_possible_genres(
    trainer: GenreTrainer, clips: GenreClips
) -> None:
    p = cross_validate_genre(trainer, n_folds=5)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    fused, alone = (np.where(clips.possible, q, 0).sum(axis=1).mean() for q in (p, trainer.short_term))
    assert fused > 2 * alone


def test_no_genre_of_a_held_out_artist_is_looked_at(
    corpus: Corpus, clips: GenreClips, short_term: ShortTermGenreModel, trainer: GenreTrainer
) -> None:
    held_out = artist_folds(clips.groups, 4, 0) == 1
    possible = np.where(held_out[:, None], ~clips.possible, clips.possible)
    changed = GenreTrainer(corpus, replace(clips, possible=possible), short_term)
    before, after = (cross_validate_genre(t, n_folds=4) for t in (trainer, changed))
    np.testing.assert_array_equal(after[held_out], before[held_out])
    assert np.abs(after[~held_out] - before[~held_out]).max() > 1e-4


def test_the_shipped_arrays_say_what_was_fitted(
    trainer: GenreTrainer, corpus: Corpus, short_term: ShortTermGenreModel
) -> None:
    model = FusedGenreModel.from_arrays(short_term, fit_genre(trainer))
    expected = trainer.predict(trainer.fit(np.arange(N)), np.arange(N))
    for row in range(0, N, 17):
        ranked = model({name: values[row] for name, values in corpus.groups.items()})
        got = {genre.name: genre.score for genre in ranked}
        np.testing.assert_allclose([got[name] for name in GENRES], expected[row], atol=1e-3)


def test_clips_whose_labels_say_nothing_of_style_are_left_out(tiny: Any) -> None:
    clips = genre_clips(tiny.folder, tiny.corpus, GENRES)
    assert clips.possible.any(axis=1).all()
    assert {source: int((clips.sources == source).sum()) for source in set(clips.sources)} == {
        "panda": 90, "emotify": 160, "gtzan": 6,
    }  # fmt: skip
    jazz = clips.possible[clips.clips.index("clips/panda/p000.opus")]
    assert [GENRES[i] for i in np.flatnonzero(jazz)] == ["Jazz"]
