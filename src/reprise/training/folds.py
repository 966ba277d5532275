"""Dealing rows into folds so that what belongs together stays together and every class is everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["stratified_folds"]


def stratified_folds(
    groups: npt.NDArray[Any], classes: npt.NDArray[np.intp], n_folds: int, seed: int
) -> npt.NDArray[np.intp]:
    """Deal groups into folds class by class.

    Parameters
    ----------
    groups : array, shape (n,)
        What belongs together; a group is dealt with the class of its first row.
    classes : int array, shape (n,)
    n_folds : int
    seed : int
        The same seed deals alike.

    Returns
    -------
    int array, shape (n,)
        No group is in two folds; the groups of a class are shared out as evenly as can be.
    """
    _, first, of_row = np.unique(groups, return_index=True, return_inverse=True)
    rng = np.random.default_rng(seed)
    fold_of_group = np.empty(first.size, np.intp)
    dealt = 0
    for name in np.unique(classes[first]):
        members = rng.permutation(np.flatnonzero(classes[first] == name))
        # Each class begins where the last one ended, lest the first folds get all the remainders.
        fold_of_group[members] = (np.arange(members.size) + dealt) % n_folds
        dealt += members.size
    return fold_of_group[of_row.reshape(-1)]
