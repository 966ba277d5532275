"""AudioFiler's table as a source: named columns, and copies on one side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.errors import DatasetError, UnknownNameError
from reprise.features.short_term import FEATURE_NAMES
from reprise.training.recipe import DataSettings
from reprise.training.sources import Place
from reprise.training.sources.audiofiler import load


@pytest.fixture
def place(tmp_path: Path) -> Place:
    rng = np.random.default_rng(0)
    features = rng.lognormal(size=(200, 69))
    # The second hundred are near copies of the first.
    features[100:] = features[:100] * 1.0005
    columns = {name: features[:, k] for k, name in enumerate(FEATURE_NAMES)}
    (tmp_path / "tables").mkdir()
    table = pa.table({**columns, "genre": [GENRES[i % 4] for i in range(100)] * 2})
    pq.write_table(table, tmp_path / "tables" / "audiofiler_features69.parquet")
    return Place(data=tmp_path, cache=tmp_path)


def test_copies_share_a_fold_and_columns_have_names(place: Place) -> None:
    examples = load(DataSettings(source="audiofiler", targets=GENRES[:4]), ("short_term",), place)
    assert len(examples) == 200 and np.unique(examples.groups).size == 100
    np.testing.assert_array_equal(examples.folds[:100], examples.folds[100:])
    assert examples.columns == {"short_term": FEATURE_NAMES}
    few = load(DataSettings(source="audiofiler", targets=("Blues",), limit=20), ("short_term",), place)
    assert few.inputs["short_term"].shape == (20, 69)


def test_what_is_unknown_is_named(place: Place, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'Blues'"):
        load(DataSettings(source="audiofiler", targets=("Blue",)), ("short_term",), place)
    with pytest.raises(UnknownNameError, match="unknown input 'mfcc'"):
        load(DataSettings(source="audiofiler"), ("mfcc",), place)
    with pytest.raises(DatasetError, match="cannot be read"):
        load(DataSettings(source="audiofiler"), ("short_term",), Place(data=tmp_path / "no", cache=tmp_path))
