"""``make train`` end to end on the tiny folder: weights with cards, that load and predict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reprise.models.fused_genre import FusedGenreModel
from reprise.models.genre import ShortTermGenreModel
from reprise.models.heads import Heads
from reprise.models.mood import MoodModel
from reprise.models.weights_file import load_weights
from reprise.training.shipped import accuracy
from reprise.training.shipped.fit import FITS

FILES = {"heads": "heads", "mood": "mood", "genre": "genre-fused"}


@pytest.fixture(scope="module")
def fitted(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("weights")
    for name in FILES:
        FITS[name](tiny.folder, tiny.cache, output, 1)
    return output


@pytest.mark.parametrize("name", FILES.values())
def test_each_fit_writes_weights_with_a_full_card(fitted: Path, name: str) -> None:
    weights = load_weights(name, fitted)
    assert weights.card["name"] == name
    assert {"version", "date", "what", "trained_on", "license", "figures", "made_by", "sha256"} <= set(
        weights.card
    )
    assert all(weights.card["trained_on"].values())
    assert all(np.isfinite(v).all() for v in weights.arrays.values() if v.dtype.kind == "f")


def test_what_was_fitted_predicts(tiny: Any, fitted: Path) -> None:
    inputs = {name: values[0] for name, values in tiny.corpus.groups.items()}
    estimates = Heads.from_arrays(load_weights("heads", fitted).arrays)(inputs)
    assert all(0 <= e.low <= e.value <= e.high <= 1 for e in estimates.values())
    assert 0 <= MoodModel.from_arrays(load_weights("mood", fitted).arrays)(inputs).valence <= 1
    genre = FusedGenreModel.from_arrays(
        ShortTermGenreModel.load(), load_weights("genre-fused", fitted).arrays
    )
    assert sum(g.score for g in genre(inputs)) == pytest.approx(1, abs=1e-5)


def test_fitting_again_gives_the_same_weights(tiny: Any, fitted: Path, tmp_path: Path) -> None:
    FITS["mood"](tiny.folder, tiny.cache, tmp_path, 1)
    assert load_weights("mood", tmp_path).card["sha256"] == load_weights("mood", fitted).card["sha256"]


def test_the_door_is_a_module(tiny: Any, tmp_path: Path) -> None:
    door = [sys.executable, "-m", "reprise.training"]
    paths = ["--data", str(tiny.folder), "--cache", str(tiny.cache), "--output", str(tmp_path)]
    done = subprocess.run([*door, "mood", *paths], capture_output=True, text=True, timeout=120, check=True)
    assert "fitting mood" in done.stdout
    assert load_weights("mood", tmp_path).card["name"] == "mood"
    wrong = subprocess.run([*door, "mode", *paths], capture_output=True, text=True, timeout=60, check=False)
    assert wrong.returncode == 2
    assert "invalid choice: 'mode'" in wrong.stderr


def test_the_tables_of_accuracy_have_a_row_for_everything(tiny: Any) -> None:
    rows = {
        "heads": accuracy.heads_table(tiny.folder, tiny.cache).splitlines(),
        "mood": accuracy.mood_table(tiny.folder, tiny.cache).splitlines(),
        "genre": accuracy.genre_table(tiny.folder, tiny.cache).splitlines(),
    }
    assert [len([line for line in lines if line.startswith("| ")]) - 1 for lines in rows.values()] == [
        7,
        11,
        3,
    ]
    assert not any("nan" in line for lines in rows.values() for line in lines)
