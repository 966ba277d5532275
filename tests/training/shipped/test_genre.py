"""Training end to end on a small synthetic table, and the measures on clips from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.features.short_term import FEATURE_NAMES
from reprise.models.genre import ShortTermGenreModel
from reprise.models.weights_file import load_weights
from reprise.training.shipped import genre
from reprise.training.shipped.genre import train_genre_from_short_term, transfer_scores


@pytest.fixture
def table_path(tmp_path: Path) -> Path:
    """Thirty songs of each genre, whose first features point at it."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(GENRES)), 30)
    features = rng.lognormal(sigma=0.5, size=(labels.size, 69))
    features[np.arange(labels.size), labels] *= 20
    path = tmp_path / "table.parquet"
    columns = dict(zip(FEATURE_NAMES, features.T, strict=True))
    pq.write_table(pa.table({**columns, "genre": [GENRES[i] for i in labels]}), path)
    return path


def test_training_writes_a_model_that_works(
    table_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(genre.RECIPE, hidden=(64,), epochs=60, batch=64)
    monkeypatch.setattr(genre.fit_genre_model, "__kwdefaults__", {"recipe": small, "members": 2})
    monkeypatch.setattr(genre, "TRANSPOSED", 0.0)
    scores = train_genre_from_short_term(table_path, tmp_path / "weights", seed=1)
    assert scores.count == 26 * 3
    assert scores.top1 > 0.6
    card = load_weights("genre-69", tmp_path / "weights").card
    assert card["test"]["top1"] == pytest.approx(scores.top1, abs=1e-4)
    assert "nknown" in card["terms"]
    model = ShortTermGenreModel.load(tmp_path / "weights")
    np.testing.assert_allclose(model.prior, 1 / 26, atol=1e-6)
    assert model.classes == GENRES


def test_the_area_under_the_curve_counts_pairs() -> None:
    reference = np.array([True, False, True, False])
    assert genre._area_under_roc(reference, np.array([4.0, 1.0, 3.0, 2.0])) == 1.0
    assert genre._area_under_roc(reference, np.array([1.0, 1.0, 1.0, 1.0])) == 0.5
    assert genre._area_under_roc(reference, np.array([0.9, 0.1, 0.2, 0.5])) == 0.75


def test_transposing_turns_both_rows_of_chroma_alike() -> None:
    x = np.tile(np.arange(69, dtype=np.float32), (200, 1))
    turned = genre._transpose(x, np.random.default_rng(0))
    means, deviations = (columns for columns in genre._CHROMA)
    others = np.setdiff1d(np.arange(69), np.concatenate([means, deviations]))
    np.testing.assert_array_equal(turned[:, others], x[:, others])
    np.testing.assert_array_equal(turned[:, means] - means[0], turned[:, deviations] - deviations[0])
    np.testing.assert_array_equal(np.sort(turned[:, means], axis=1), x[:, means])
    assert 0.1 < (turned[:, means[0]] != means[0]).mean() < 0.9


def test_perfect_probabilities_transfer_perfectly(shared_data: Path) -> None:
    from reprise.datasets import emotify, panda

    def certain(*names: str) -> np.ndarray:
        p = np.isin(GENRES, names).astype(np.float32)
        return p / p.sum()

    four = emotify.load(shared_data)
    clips = {c: certain(genre.EMOTIFY_GENRES[g][0]) for c, g in zip(four.clips, four.genres, strict=True)}
    tagged = panda.load(shared_data)
    for clip, tags in zip(tagged.clips, tagged.genres, strict=True):
        known = [genre.PANDA_GENRES[tag][0] for tag in tags if tag in genre.PANDA_GENRES]
        clips[clip] = certain(*(known or ["Trance"]))
    clips["clips/gtzan_classical/x.opus"] = certain("Classical")
    scores = transfer_scores(clips, shared_data)
    assert scores.emotify_accuracy == 1.0
    assert scores.classical_first == scores.classical_among_five == 1.0
    assert min(auc for tag, auc in scores.panda_auc.items() if tag != "Electronic") > 0.99
