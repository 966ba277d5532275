"""Fitting the mood: what can be heard is learnt, artists stay together, and the shipped arrays say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reprise.datasets import panda
from reprise.models.mood import MoodModel
from reprise.training.shipped.mood import cross_validate_mood, fit_mood
from reprise.training.shipped.ridge import artist_folds


def test_what_can_be_heard_is_found_in_unheard_artists(tiny: Any) -> None:
    scores = cross_validate_mood(tiny.folder, tiny.corpus)
    for true, estimated in ((scores.plane_true, scores.plane), (scores.emotions_true, scores.emotions)):
        columns = zip(true.T, estimated.T, strict=True)
        assert np.mean([np.corrcoef(a, b)[0, 1] for a, b in columns]) > 0.25
        assert ((estimated >= 0) & (estimated <= 1)).all()
    assert np.mean(scores.quadrants.argmax(axis=1) == scores.quadrants_true) > 0.35


def test_no_mood_of_a_held_out_artist_is_looked_at(tiny: Any, tmp_path: Path) -> None:
    held_out = artist_folds(panda.load(tiny.folder).artists, 10, 0) == 4
    assert held_out.any()
    (tmp_path / "labels").mkdir()
    lines = (tiny.folder / "labels" / "panda.csv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    for row in np.flatnonzero(held_out):
        cells = lines[row + 1].split(",")
        for name, lie in (("tag_valence_1_9", "1"), ("tag_arousal_1_9", "9"), ("quadrant", "Q3")):
            cells[columns.index(name)] = lie
        lines[row + 1] = ",".join(cells)
    (tmp_path / "labels" / "panda.csv").write_text("\n".join(lines), encoding="utf-8")
    emotify = (tiny.folder / "labels" / "emotify.csv").read_text(encoding="utf-8")
    (tmp_path / "labels" / "emotify.csv").write_text(emotify, encoding="utf-8")
    before, after = (cross_validate_mood(folder, tiny.corpus) for folder in (tiny.folder, tmp_path))
    np.testing.assert_array_equal(after.plane[held_out], before.plane[held_out])
    np.testing.assert_array_equal(after.quadrants[held_out], before.quadrants[held_out])
    assert np.abs(after.plane[~held_out] - before.plane[~held_out]).max() > 1e-4


def test_the_shipped_arrays_say_what_was_fitted(tiny: Any) -> None:
    model, arrays = fit_mood(tiny.folder, tiny.corpus)
    inputs = {name: values[3] for name, values in tiny.corpus.groups.items()}
    assert MoodModel.from_arrays(arrays)(inputs) == model(inputs)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_gives_the_same_folds(tiny: Any, seed: int) -> None:
    first, second = (cross_validate_mood(tiny.folder, tiny.corpus, seed) for _ in range(2))
    np.testing.assert_array_equal(first.plane, second.plane)
