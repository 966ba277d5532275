"""Folds keep groups whole and classes even."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprise.training.folds import stratified_folds


@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), min_size=1, max_size=80),
    st.integers(2, 6),
    st.integers(0, 9),
)
def test_groups_stay_whole_and_classes_are_shared_out(
    rows: list[tuple[int, int]], n_folds: int, seed: int
) -> None:
    groups, classes = (np.array(column) for column in zip(*rows, strict=True))
    folds = stratified_folds(groups, classes, n_folds, seed)
    assert folds.shape == groups.shape
    assert folds.min() >= 0 and folds.max() < n_folds
    first = np.unique(groups, return_index=True)[1]
    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    for name in np.unique(classes[first]):
        counts = np.bincount(folds[first][classes[first] == name], minlength=n_folds)
        assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(folds, stratified_folds(groups, classes, n_folds, seed))
