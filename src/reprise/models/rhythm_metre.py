"""Metre: how beats divide into tatums and group into bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.records import FloatArray

__all__ = ["Metre", "beat_means", "divide_beats", "find_metre"]

# log of how common each number of beats in a bar is; four is by far the most common.
_LOG_PRIOR = {3: -1.2, 4: 0.0, 5: -3.0, 6: -2.5, 7: -3.5}


@dataclass(frozen=True, kw_only=True, slots=True)
class Metre:
    """Beats in a bar, how sure that is (0..1), and which of the beats begin a bar."""

    beats_per_bar: int
    confidence: float
    downbeats: npt.NDArray[np.int64]


def beat_means(envelopes: FloatArray, beats: FloatArray) -> FloatArray:
    """Average envelopes over each span from beat to beat, the last as long as that before; (g, beats)."""
    n = envelopes.shape[1]
    last = 2 * beats[-1] - beats[-2]
    edges = np.clip(np.append(beats, last).astype(int), 0, n)
    total = np.concatenate(
        [np.zeros((envelopes.shape[0], 1)), np.cumsum(envelopes, axis=1, dtype=np.float64)], axis=1
    )
    spans = np.maximum(np.diff(edges), 1)
    return np.asarray((total[:, edges[1:]] - total[:, edges[:-1]]) / spans, np.float32)


def find_metre(accents: FloatArray) -> Metre:
    """Choose the number of beats in a bar and the first beats from how strongly each beat is marked.

    Parameters
    ----------
    accents : ndarray of float32, shape (beats,)
        Evidence that a beat begins a bar, mean 0, in standard deviations.
    """
    n = accents.size
    if n < 6:
        return Metre(beats_per_bar=4, confidence=0.0, downbeats=np.arange(0, n, 4))
    scores, paths = {}, {}
    for length, log_prior in _LOG_PRIOR.items():
        total, paths[length] = _best_bars(accents, length)
        scores[length] = 0.5 * total + log_prior
    names = list(scores)
    values = np.array([scores[k] for k in names])
    weights = np.exp(values - values.max())
    best = int(np.argmax(weights))
    return Metre(
        beats_per_bar=names[best],
        confidence=float(weights[best] / weights.sum()),
        downbeats=np.flatnonzero(paths[names[best]] == 0),
    )


def _best_bars(accents: FloatArray, length: int) -> tuple[float, npt.NDArray[np.int64]]:
    """Best path of positions in the bar; one may be skipped or repeated at a price."""
    slip = 6.0
    n = accents.size
    gain = np.full(length, -1 / (length - 1))
    gain[0] = 1.0
    gain /= np.sqrt(np.mean(np.square(gain)) * length) / np.sqrt(length)
    score = gain * accents[0]
    back = np.zeros((n, length), np.int64)
    for i in range(1, n):
        stay = np.roll(score, 1)
        jump = score.max() - slip
        back[i] = np.where(stay >= jump, np.roll(np.arange(length), 1), int(np.argmax(score)))
        score = np.maximum(stay, jump) + gain * accents[i]
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
    phases = np.array([1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4])
    at = beats[:-1, None] + phases * np.diff(beats)[:, None]
    size = strength.size - 1
    near = np.stack([strength[np.clip(np.rint(at + d).astype(int), 0, size)] for d in (-2, -1, 0, 1, 2)]).max(
        axis=0
    )
    half, third, two_thirds, quarter, three_quarters = near.mean(axis=0)
    floor = float(np.mean(strength)) + 1e-6
    triple = 0.35 * third + 0.65 * two_thirds
    quadruple = (quarter + three_quarters) / 2
    if triple > 1.2 * max(half, floor) and triple > 1.1 * quadruple:
        return 3
    return 4 if quadruple > max(0.6 * half, 1.3 * floor) else 2
