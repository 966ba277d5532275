"""Bars, beats and tatums as intervals that fill each other without gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from reprise.audio_analysis import TimeInterval
from reprise.features.onset import FRAME_RATE_HZ
from reprise.models.rhythm import HeardRhythm
from reprise.models.rhythm_beats import beat_times
from reprise.records import FloatArray

__all__ = ["metrical_grid"]

_Times = npt.NDArray[np.float64]
_Grid = tuple[tuple[TimeInterval, ...], tuple[TimeInterval, ...], tuple[TimeInterval, ...]]

# The network's probabilities are read at the highest point within 32 ms of a beat, as the metre reads them.
_NEAR_FRAMES = 9
# A beat shorter than this at the very end of the recording is none.
_SHORTEST_S = 0.03
"""Times are given in hundredths of a millisecond."""
_DIGITS = 5


def metrical_grid(heard: HeardRhythm, duration_s: float) -> _Grid:
    """Turn the times of a rhythm into intervals.

    Parameters
    ----------
    heard : HeardRhythm
        From `reprise.models.rhythm.hear_rhythm`.
    duration_s : float
        Length of the recording.

    Returns
    -------
    bars, beats, tatums : tuple of TimeInterval
        Each tiles one span: from the first beat to the end of the last, which lasts as long as beats usually do or
        to the end of the recording. Beats before the first downbeat are a bar of their own. All are empty where
        there are fewer than two beats.
    """
    beats_s = beat_times(heard.rhythm.beats_s, duration_s - _SHORTEST_S)
    if beats_s.size < 2:
        return (), (), ()
    end_s = min(beats_s[-1] + float(np.median(np.diff(beats_s))), duration_s)
    edges = np.round(np.append(beats_s, end_s), _DIGITS)
    division = max(1, round((heard.rhythm.tatums_s.size - 1) / max(1, heard.rhythm.beats_s.size - 1)))
    on_beat, first = _chances(heard, beats_s)
    downbeats = np.isin(beats_s, beat_times(heard.rhythm.downbeats_s, duration_s - _SHORTEST_S))
    downbeats[0] = True
    bars = np.flatnonzero(downbeats)
    tatum_edges = _divided(edges, division)
    return (
        _intervals(np.append(edges[bars], edges[-1]), first[bars]),
        _intervals(edges, on_beat),
        _intervals(tatum_edges, _tatum_confidences(heard, tatum_edges[:-1], on_beat, division)),
    )


def _divided(edges: _Times, division: int) -> _Times:
    inside = np.diff(edges)[:, None] * np.arange(division) / division
    return np.append(np.round((edges[:-1, None] + inside).ravel(), _DIGITS), edges[-1])


def _chances(heard: HeardRhythm, beats_s: _Times) -> tuple[FloatArray, FloatArray]:
    """Say how sure each beat is, and that it is the first of a bar."""
    activation = heard.activation
    at = np.clip(np.rint(beats_s * FRAME_RATE_HZ).astype(np.intp), 0, activation.beats.size - 1)
    on_beat = maximum_filter1d(activation.beats, _NEAR_FRAMES, mode="nearest")[at]
    first = maximum_filter1d(activation.downbeats, _NEAR_FRAMES, mode="nearest")[at]
    return on_beat, first / np.maximum(np.maximum(on_beat, first), np.float32(0.02))


def _tatum_confidences(
    heard: HeardRhythm, starts_s: _Times, on_beat: FloatArray, division: int
) -> FloatArray:
    """A tatum on a beat is as sure as the beat; between beats it is surer where something sounds."""
    strength = maximum_filter1d(heard.envelopes[-2], 5, mode="nearest")
    at = np.clip(np.rint(starts_s * FRAME_RATE_HZ).astype(np.intp), 0, strength.size - 1)
    struck = strength[at] / (strength[at] + strength[at].mean() + np.float32(1e-6))
    confidences = np.repeat(on_beat, division) * struck
    confidences[::division] = on_beat
    return np.asarray(confidences, np.float32)


def _intervals(edges: _Times, confidences: FloatArray) -> tuple[TimeInterval, ...]:
    return tuple(
        TimeInterval(
            start_s=float(start),
            duration_s=round(float(stop - start), _DIGITS),
            confidence=round(min(max(float(confidence), 0.0), 1.0), 3),
        )
        for (start, stop), confidence in zip(pairwise(edges), confidences, strict=True)
    )
