"""Metrics for rhythm: tempo with its octave errors, beats and bars, metre.

Conventions
-----------
Tempi are in beats per minute; NaN stands for an unknown reference, which is left out and counted, or for an
estimator that found no pulse, which is wrong. Times are in seconds and ascending. As in mir_eval, events of
the first 5 s are left out unless ``skip_s`` says otherwise: listeners, too, need time to find the beat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ParameterError
from reprise.evaluation.pairs import Float64Array, known_pairs, vector

__all__ = [
    "TEMPO_ERRORS",
    "BeatScores",
    "MetreScores",
    "TempoScores",
    "accuracy1",
    "accuracy2",
    "beat_f_measure",
    "evaluate_beats",
    "evaluate_metre",
    "evaluate_tempo",
    "tempo_errors",
]

TEMPO_TOLERANCE = 0.04
BEAT_TOLERANCE_S = 0.07

TEMPO_ERRORS: Mapping[str, float] = {
    "none": 1.0,
    "half": 1 / 2,
    "double": 2.0,
    "third": 1 / 3,
    "triple": 3.0,
    "two thirds": 2 / 3,
    "three halves": 3 / 2,
    "three quarters": 3 / 4,
    "four thirds": 4 / 3,
}
"""Kinds of tempo error and the ratio of the estimate to the reference; all others are ``"other"``."""

_FORGIVEN = ("none", "half", "double", "third", "triple")
"""What accuracy 2 counts as right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TempoScores:
    """How good tempo estimates are.

    Attributes
    ----------
    count, left_out : int
        Tracks compared, and tracks left out because the reference is unknown.
    accuracy1 : float
        Share within 4 % of the reference.
    accuracy2 : float
        Share within 4 % of 1/3, 1/2, 1, 2 or 3 times the reference.
    errors : mapping of str to int
        How many of each kind in `TEMPO_ERRORS`, of ``"other"`` and of ``"no tempo"``.
    """

    count: int
    left_out: int
    accuracy1: float
    accuracy2: float
    errors: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class BeatScores:
    """How good the beats of one track are, each figure in 0..1.

    Attributes
    ----------
    f_measure : float
        Of beats within 70 ms.
    cmlc, cmlt : float
        Longest correct stretch, and all correct beats, at the metrical level of the reference.
    amlc, amlt : float
        The same where half, double and off-beat levels are allowed.
    """

    f_measure: float
    cmlc: float
    cmlt: float
    amlc: float
    amlt: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MetreScores:
    """How often the time signature is right, and how often each (reference, estimate) occurred."""

    count: int
    left_out: int
    accuracy: float
    pairs: Mapping[tuple[int, int | None], int]


def tempo_errors(
    reference_bpm: npt.ArrayLike, estimated_bpm: npt.ArrayLike, tolerance: float = TEMPO_TOLERANCE
) -> tuple[str, ...]:
    """Name the kind of error of each estimate.

    Parameters
    ----------
    reference_bpm : array-like, shape (n,)
        Above 0; pairs whose reference is NaN are left out.
    estimated_bpm : array-like, shape (n,)
        Above 0, or NaN where no pulse was found.
    tolerance : float
        Relative to the reference times the ratio of the kind.

    Returns
    -------
    tuple of str
        One for each known reference: a key of `TEMPO_ERRORS`, ``"other"`` or ``"no tempo"``.

    Raises
    ------
    ParameterError
        If the lengths differ, no reference is known, or a tempo is not a number above 0.
    """
    return _classify(*_tempo_pairs(reference_bpm, estimated_bpm)[:2], tolerance)


def accuracy1(
    reference_bpm: npt.ArrayLike, estimated_bpm: npt.ArrayLike, tolerance: float = TEMPO_TOLERANCE
) -> float:
    """Return the share of estimates within the tolerance; arguments and errors as for `tempo_errors`."""
    kinds = tempo_errors(reference_bpm, estimated_bpm, tolerance)
    return kinds.count("none") / len(kinds)


def accuracy2(
    reference_bpm: npt.ArrayLike, estimated_bpm: npt.ArrayLike, tolerance: float = TEMPO_TOLERANCE
) -> float:
    """Return the share within the tolerance of 1/3, 1/2, 1, 2 or 3 times the reference; as `tempo_errors`."""
    kinds = tempo_errors(reference_bpm, estimated_bpm, tolerance)
    return sum(kind in _FORGIVEN for kind in kinds) / len(kinds)


def evaluate_tempo(reference_bpm: npt.ArrayLike, estimated_bpm: npt.ArrayLike) -> TempoScores:
    """Compute both accuracies and count the kinds of error; arguments and errors as for `tempo_errors`.

    References
    ----------
    F. Gouyon et al., "An experimental comparison of audio tempo induction algorithms", IEEE TASLP 14(5),
    2006.
    """
    reference, estimated, left_out = _tempo_pairs(reference_bpm, estimated_bpm)
    kinds = _classify(reference, estimated, TEMPO_TOLERANCE)
    return TempoScores(
        count=len(kinds),
        left_out=left_out,
        accuracy1=kinds.count("none") / len(kinds),
        accuracy2=sum(kind in _FORGIVEN for kind in kinds) / len(kinds),
        errors=Counter(kinds),
    )


def beat_f_measure(
    reference_s: npt.ArrayLike,
    estimated_s: npt.ArrayLike,
    tolerance_s: float = BEAT_TOLERANCE_S,
    skip_s: float = 5.0,
) -> float:
    """Return the F-measure of beats, or of the first beats of bars.

    Parameters
    ----------
    reference_s, estimated_s : array-like, shape (n,) and (m,)
        Ascending times; there may be no estimate at all, which scores 0.
    tolerance_s : float
        A beat is found if an estimate lies within this distance; each estimate finds one beat.
    skip_s : float
        Events before this time are left out.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    ParameterError
        If no reference is left, or times are negative, descending or not finite.
    MissingDependencyError
        Without mir_eval.
    """
    reference, estimated = _beat_pair(reference_s, estimated_s, skip_s)
    if not len(estimated):
        return 0.0
    return float(_mir_eval_beat().f_measure(reference, estimated, f_measure_threshold=tolerance_s))


def evaluate_beats(reference_s: npt.ArrayLike, estimated_s: npt.ArrayLike, skip_s: float = 5.0) -> BeatScores:
    """Compute the F-measure and the continuity scores; arguments and errors as for `beat_f_measure`.

    References
    ----------
    M. Davies, N. Degara and M. Plumbley, "Evaluation methods for musical audio beat tracking algorithms",
    C4DM-TR-09-06, 2009. C. Raffel et al., "mir_eval", ISMIR 2014.
    """
    reference, estimated = _beat_pair(reference_s, estimated_s, skip_s)
    f_measure = beat_f_measure(reference, estimated, skip_s=0.0)
    # Continuity is that of intervals between beats; a single beat has none.
    if min(len(reference), len(estimated)) < 2:
        return BeatScores(f_measure=f_measure, cmlc=0.0, cmlt=0.0, amlc=0.0, amlt=0.0)
    cmlc, cmlt, amlc, amlt = map(float, _mir_eval_beat().continuity(reference, estimated))
    return BeatScores(f_measure=f_measure, cmlc=cmlc, cmlt=cmlt, amlc=amlc, amlt=amlt)


def evaluate_metre(reference: npt.ArrayLike, estimated: npt.ArrayLike) -> MetreScores:
    """Compare time signatures.

    Parameters
    ----------
    reference : array-like, shape (n,)
        Beats in a bar; NaN where unknown.
    estimated : array-like, shape (n,)
        Beats in a bar; NaN where none was found, which is wrong.

    Returns
    -------
    MetreScores

    Raises
    ------
    ParameterError
        If the lengths differ, no reference is known, or a value is infinite.
    """
    y, y_hat, known = known_pairs(reference, estimated, allow_missing=True)
    pairs = Counter(
        (int(a), None if np.isnan(b) else int(b)) for a, b in zip(y.tolist(), y_hat.tolist(), strict=True)
    )
    return MetreScores(
        count=len(y), left_out=len(known) - len(y), accuracy=float(np.mean(y == y_hat)), pairs=pairs
    )


def _tempo_pairs(
    reference_bpm: npt.ArrayLike, estimated_bpm: npt.ArrayLike
) -> tuple[Float64Array, Float64Array, int]:
    reference, estimated, known = known_pairs(reference_bpm, estimated_bpm, allow_missing=True)
    if (reference <= 0).any() or (estimated <= 0).any():
        raise ParameterError("tempi must be above 0; NaN stands for none")
    return reference, estimated, len(known) - len(reference)


def _classify(reference: Float64Array, estimated: Float64Array, tolerance: float) -> tuple[str, ...]:
    kinds = np.full(len(reference), "other", dtype=object)
    kinds[np.isnan(estimated)] = "no tempo"
    # The first kinds are the most exact: with a wide tolerance they must win, so they are written last.
    for kind, ratio in reversed(list(TEMPO_ERRORS.items())):
        kinds[np.abs(estimated - ratio * reference) <= tolerance * ratio * reference] = kind
    return tuple(kinds.tolist())


def _beat_pair(
    reference_s: npt.ArrayLike, estimated_s: npt.ArrayLike, skip_s: float
) -> tuple[Float64Array, Float64Array]:
    times = []
    for name, values in (("reference", reference_s), ("estimated", estimated_s)):
        beats = vector(name, values)
        if (beats < 0).any() or (np.diff(beats) < 0).any():
            raise ParameterError(f"{name} beats must be at least 0 and ascending")
        times.append(beats[beats >= skip_s])
    if not len(times[0]):
        raise ParameterError(f"no reference beat is left after the first {skip_s:g} s")
    return times[0], times[1]


def _mir_eval_beat() -> ModuleType:
    try:
        import mir_eval.beat
    except ImportError:
        raise MissingDependencyError("mir_eval", "train") from None
    module: ModuleType = mir_eval.beat
    return module
