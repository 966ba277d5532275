"""Metre: how beats divide into tatums and group into bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from reprise.models.rhythm_network import BeatActivation
from reprise.records import FloatArray

__all__ = ["Metre", "divide_beats", "find_metre", "strength_between"]

# log of how common each number of beats in a bar is; four is by far the most common.
_LOG_PRIOR = {2: -1.5, 3: -0.8, 4: 0.0, 5: -3.5, 7: -4.5}
# Two beats of three tatums are 6/8; four are a shuffle, swing or 12/8.
_LOG_PRIOR_TRIPLE = {2: -0.1, 3: -0.8, 4: 0.0, 5: -3.5, 7: -4.5}
# Neighbouring beats are no independent witnesses: their evidence counts for less.
_TRUST = 0.3
_SLIP = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Metre:
    """What the beats group into.

    Attributes
    ----------
    time_signature : int
        3 to 7: beats in a bar; 6 where two beats of three tatums make a bar, 4 where two of two or four do.
    confidence : float
        0..1.
    downbeats : ndarray of int
        Which beats begin a bar.
    """

    time_signature: int
    confidence: float
    downbeats: npt.NDArray[np.int64]


def find_metre(activation: BeatActivation, beats: FloatArray, division: int) -> Metre:
    """Choose the number of beats in a bar and the first beats.

    Parameters
    ----------
    activation : BeatActivation
        The network's beats and downbeats.
    beats : ndarray of float32, shape (beats,)
        Frame numbers.
    division : int
        Tatums in a beat.
    """
    if beats.size < 2:
        return Metre(time_signature=4, confidence=0.0, downbeats=np.zeros(0, np.int64))
    at = np.clip(np.rint(beats).astype(int), 0, activation.beats.size - 1)
    first = maximum_filter1d(activation.downbeats, 9, mode="nearest")[at]
    either = maximum_filter1d(activation.beats, 9, mode="nearest")[at]
    chance = np.clip(first / np.maximum(np.maximum(either, first), 0.02), 0.02, 0.98)
    evidence = np.log(chance / (1 - chance))
    prior = _LOG_PRIOR_TRIPLE if division == 3 else _LOG_PRIOR
    lengths = list(prior)
    paths = [_best_bars(*_log_chances(evidence, length), length) for length in lengths]
    scores = np.array(
        [_TRUST * score + prior[length] for (score, _), length in zip(paths, lengths, strict=True)]
    )
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    best = int(np.argmax(weights))
    signature = {2: 6 if division == 3 else 4}.get(lengths[best], lengths[best])
    confidence = weights[best]
    if signature == 4:
        confidence = weights[lengths.index(4)] + (division != 3) * weights[lengths.index(2)]
    return Metre(
        time_signature=signature,
        confidence=float(confidence) if beats.size >= 2 * lengths[best] else 0.0,
        downbeats=np.flatnonzero(paths[best][1] == 0),
    )


def _log_chances(evidence: FloatArray, length: int) -> tuple[FloatArray, FloatArray]:
    """Shift the log-odds until one beat in ``length`` is expected to be a downbeat; log of yes and of no.

    Without it a piece whose downbeats are all faint would seem to have the longest bars.
    """
    low, high = -12.0, 12.0
    for _ in range(24):
        shift = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-evidence - shift))) < 1 / length:
            low = shift
        else:
            high = shift
    shifted = evidence + shift
    return -np.logaddexp(0, -shifted), -np.logaddexp(0, shifted)


def _best_bars(yes: FloatArray, no: FloatArray, length: int) -> tuple[float, npt.NDArray[np.int64]]:
    """Most probable positions in the bar; one may be skipped or repeated at a price (Viterbi)."""
    n = yes.size
    gains = np.repeat(no[:, None], length, axis=1)
    gains[:, 0] = yes
    score = gains[0]
    back = np.zeros((n, length), np.int64)
    order = np.roll(np.arange(length), 1)
    for i in range(1, n):
        go_on = score[order]
        jump = score.max() - _SLIP
        back[i] = np.where(go_on >= jump, order, int(np.argmax(score)))
        score = np.maximum(go_on, jump) + gains[i]
    path = np.zeros(n, np.int64)
    path[-1] = int(np.argmax(score))
    for i in range(n - 1, 0, -1):
        path[i - 1] = back[i, path[i]]
    return float(score.max()), path


def divide_beats(strength: FloatArray, beats: FloatArray) -> int:
    """Choose into how many tatums (2, 3 or 4) the beats divide from where between them the onsets lie.

    Parameters
    ----------
    strength : ndarray of float32, shape (t,)
        The onset envelope.
    beats : ndarray of float32, shape (beats,)
        Frame numbers.
    """
    if beats.size < 3:
        return 2
    half, third, two_thirds, quarter, three_quarters = strength_between(
        strength, beats, np.array([1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4])
    ).mean(axis=0)
    floor = float(np.mean(strength)) + 1e-6
    triple = 0.35 * third + 0.65 * two_thirds
    quadruple = (quarter + three_quarters) / 2
    if triple > 1.2 * max(half, floor) and triple > 1.1 * quadruple:
        return 3
    return 4 if quadruple > max(0.6 * half, 1.3 * floor) else 2


def strength_between(strength: FloatArray, beats: FloatArray, phases: FloatArray) -> FloatArray:
    """Read an envelope between beats, its highest value within 16 ms; shape (beats - 1, phases)."""
    near = maximum_filter1d(strength, 5, mode="nearest")
    at = beats[:-1, None] + phases * np.diff(beats)[:, None]
    return np.asarray(near[np.clip(np.rint(at).astype(int), 0, strength.size - 1)], np.float32)
