"""Metrics for keys: the MIREX weighted score, and which of the usual mistakes was made.

Conventions
-----------
A key is a pitch class, C = 0 to B = 11, and a mode, 1 major or 0 minor; -1 is no key, and its mode does not
matter. References without a key are left out and counted; an estimator that found none is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.evaluation.pairs import Float64Array, require_pairs, vector

__all__ = ["KEY_WEIGHTS", "KeyScores", "evaluate", "key_relations", "weighted_score"]

KEY_WEIGHTS: Mapping[str, float] = {
    "same": 1.0,
    "fifth": 0.5,
    "relative": 0.3,
    "parallel": 0.2,
    "fourth": 0.0,
    "other": 0.0,
    "no key": 0.0,
}
"""What each relation of the estimate to the reference scores.

``"fifth"`` is a fifth above the reference in the same mode (G major for C major), ``"fourth"`` a fifth
below it, which MIREX and mir_eval do not reward.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyScores:
    """How good key estimates are.

    Attributes
    ----------
    count, left_out : int
        Tracks compared, and tracks left out because the reference has no key.
    weighted : float
        Mean MIREX weighted score, 0..1.
    accuracy, mode_accuracy : float
        Share with the same key and mode, and share with the same mode whatever the key.
    relations : mapping of str to int
        How many of each relation in `KEY_WEIGHTS`.
    """

    count: int
    left_out: int
    weighted: float
    accuracy: float
    mode_accuracy: float
    relations: Mapping[str, int]


def key_relations(
    reference_key: npt.ArrayLike,
    reference_mode: npt.ArrayLike,
    estimated_key: npt.ArrayLike,
    estimated_mode: npt.ArrayLike,
) -> tuple[str, ...]:
    """Name the relation of each estimate to its reference.

    Parameters
    ----------
    reference_key, estimated_key : array-like, shape (n,)
        -1..11.
    reference_mode, estimated_mode : array-like, shape (n,)
        1 major, 0 minor; anything where the key is -1, NaN too.

    Returns
    -------
    tuple of str
        Keys of `KEY_WEIGHTS`, one for each reference that has a key.

    Raises
    ------
    ParameterError
        If the lengths differ, no reference has a key, or a key or mode is out of range.
    """
    pairs = _keys(reference_key, reference_mode, estimated_key, estimated_mode)
    return tuple(_relation(*pair) for pair in pairs if pair[0] >= 0)


def weighted_score(
    reference_key: npt.ArrayLike,
    reference_mode: npt.ArrayLike,
    estimated_key: npt.ArrayLike,
    estimated_mode: npt.ArrayLike,
) -> float:
    """Return the mean MIREX weighted score, 0..1; arguments and errors are those of `key_relations`."""
    relations = key_relations(reference_key, reference_mode, estimated_key, estimated_mode)
    return float(np.mean([KEY_WEIGHTS[relation] for relation in relations]))


def evaluate(
    reference_key: npt.ArrayLike,
    reference_mode: npt.ArrayLike,
    estimated_key: npt.ArrayLike,
    estimated_mode: npt.ArrayLike,
) -> KeyScores:
    """Compute every metric; arguments and errors are those of `key_relations`.

    References
    ----------
    MIREX, Audio Key Detection. C. Raffel et al., "mir_eval", ISMIR 2014.
    """
    pairs = _keys(reference_key, reference_mode, estimated_key, estimated_mode)
    known = [pair for pair in pairs if pair[0] >= 0]
    relations = [_relation(*pair) for pair in known]
    return KeyScores(
        count=len(known),
        left_out=len(pairs) - len(known),
        weighted=float(np.mean([KEY_WEIGHTS[relation] for relation in relations])),
        accuracy=relations.count("same") / len(known),
        mode_accuracy=sum(key >= 0 and mode == truth for _, truth, key, mode in known) / len(known),
        relations=Counter(relations),
    )


def _keys(*columns: npt.ArrayLike) -> list[tuple[int, int, int, int]]:
    """Return (reference key, mode, estimated key, mode) of each track; a mode without a key is 0."""
    reference, estimated = _key_and_mode("reference", *columns[:2]), _key_and_mode("estimated", *columns[2:])
    require_pairs(reference[0], estimated[0])
    if (reference[0] < 0).all():
        raise ParameterError("no reference has a key")
    rows = np.stack((*reference, *estimated), axis=1).astype(int).tolist()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _key_and_mode(name: str, key: npt.ArrayLike, mode: npt.ArrayLike) -> tuple[Float64Array, Float64Array]:
    keys, modes = vector(f"{name} keys", key), vector(f"{name} modes", mode, allow_nan=True)
    require_pairs(keys, modes)
    if not np.isin(keys, np.arange(-1, 12)).all():
        raise ParameterError(f"{name} keys must be -1..11")
    modes = np.where(keys < 0, 0.0, modes)
    if not np.isin(modes, (0, 1)).all():
        raise ParameterError(f"{name} modes must be 0 or 1")
    return keys, modes


def _relation(reference_key: int, reference_mode: int, estimated_key: int, estimated_mode: int) -> str:
    if estimated_key < 0:
        return "no key"
    semitones = (estimated_key - reference_key) % 12
    if estimated_mode == reference_mode:
        return {0: "same", 7: "fifth", 5: "fourth"}.get(semitones, "other")
    # The relative minor lies nine semitones above a major key, the relative major three above a minor one.
    relative = 9 if reference_mode == 1 else 3
    return {0: "parallel", relative: "relative"}.get(semitones, "other")
