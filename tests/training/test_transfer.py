"""Runs on AudioFiler's genres hear the clips, and others are refused."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.errors import ParameterError, UnknownNameError
from reprise.training.examples import Examples
from reprise.training.recipe import read_recipe
from reprise.training.run import run_recipe
from reprise.training.sources import Place
from reprise.training.transfer import transfer, transfer_table

N = 260


def _examples() -> Examples:
    rng = np.random.default_rng(0)
    values = np.eye(26)[np.arange(N) % 26]
    return Examples(
        source="made up", ids=tuple(f"row {i}" for i in range(N)), groups=np.arange(N).astype(str),
        folds=np.arange(N) // 26 % 5, inputs={"short_term": rng.lognormal(size=(N, 69)).astype(np.float32)},
        targets=GENRES, values=values, weights=np.ones(values.shape), own=np.ones(values.shape, bool),
        is_genre=True, citation="nobody", licence="free",
    )  # fmt: skip


def test_a_table_has_each_run_twice(tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = _examples()
    changes = {"options.n_forests": 2, "options.n_estimators": 5}
    run = run_recipe(read_recipe("forest-ensemble", changes), examples, tmp_path / "forest-ensemble")
    plain, corrected = (transfer(run, examples, tiny.corpus, tiny.folder, power) for power in (0.0, 0.5))
    # The made-up genres are equally common: there is no prior to take back.
    np.testing.assert_equal(asdict(plain), asdict(corrected))
    assert 0 <= plain.emotify_accuracy <= 1 and set(plain.panda_auc) >= {"Jazz", "Country"}

    monkeypatch.setattr("reprise.training.transfer.load_examples", lambda recipe, place: examples)
    place = Place(data=tiny.folder, cache=tiny.cache)
    lines = transfer_table(["forest-ensemble"], tmp_path, place).splitlines()
    assert [line.split("|")[2].strip() for line in lines[2:]] == ["0", "0.5"]
    with pytest.raises(UnknownNameError, match="forest-ensemble"):
        transfer_table(["forest-ensembel"], tmp_path, place)


def test_other_runs_are_refused(tiny: Any, tmp_path: Path) -> None:
    examples = replace(_examples(), targets=GENRES[:2], values=np.eye(2)[np.arange(N) % 2])
    recipe = read_recipe("forest-ensemble", {"options.n_forests": 1, "options.n_estimators": 1})
    run = run_recipe(recipe, examples, tmp_path / "two")
    with pytest.raises(ParameterError, match="26 genres"):
        transfer(run, examples, tiny.corpus, tiny.folder, 0.0)
