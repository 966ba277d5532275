"""The challengers meet the heads on the same folds, and the tables name them all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reprise.targets import HEADS
from reprise.training.shipped.challengers import HEADS_NAME, challenge_tables, unheard_predictions


def test_every_challenger_meets_the_heads_on_the_same_songs(tiny: Any, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny.folder, folder)
    rng = np.random.default_rng(0)
    tracks = {"artist": [f"Artist {k % 30}" for k in range(120)]} | {name: rng.random(120) for name in HEADS}
    pq.write_table(pa.table(tracks), folder / "tables" / "spotify_tracks.parquet")

    labels, predicted = unheard_predictions(folder, tiny.cache, seeds=(0,))

    assert next(iter(predicted)) == HEADS_NAME
    assert all(values.shape == (1, len(tiny.corpus.clips), 7) for values in predicted.values())
    heads, process, mean = (
        predicted[name] for name in (HEADS_NAME, "Gaussian process", "mean of heads and process")
    )
    low, high = np.minimum(heads, process), np.maximum(heads, process)
    assert ((low - 1e-6 <= mean) & (mean <= high + 1e-6)).all()
    tables = challenge_tables(labels, predicted)
    assert HEADS_NAME not in tables
    assert all(f"**{name}**" in tables for name in predicted if name != HEADS_NAME)
