"""Fade-in and fade-out: where a recording has reached its level, and where it begins to leave it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from reprise.audio.loudness import HOPS_PER_SECOND
from reprise.records import FloatArray

__all__ = ["find_fades"]

# Softer than this below the loudest moment is silence.
_SILENCE_DB = 55.0
# Strokes come and go: the level at a moment is the highest within a second.
_ENVELOPE_HOPS = HOPS_PER_SECOND + 1
# A fade goes on while the level still rises by this much within half of its length so far, and at least 2 s.
_STILL_DB = 1.0
_LOOK_HOPS = 2 * HOPS_PER_SECOND
_LOOK_SHARE = 0.5
# It has ended where the level is this close to what it has reached.
_CLOSE_DB = 1.0
# Less of a rise than this, or a shorter one, is no fade but a first note or a last one.
_LEAST_DB = 6.0
# What takes longer than this share of the recording is the music's own way, as in a short phrase that dies away.
_MOST_SHARE = 0.4


def find_fades(hop_powers: FloatArray, duration_s: float) -> tuple[float, float]:
    """Find the end of the fade-in and the start of the fade-out; silence at either end counts as faded.

    Parameters
    ----------
    hop_powers : float32 array, shape (t,)
        From `reprise.audio.loudness.LoudnessMeter.hop_powers`.
    duration_s : float
        Length of the recording.

    Returns
    -------
    end_of_fade_in_s, start_of_fade_out_s : float
        Ascending, within 0..``duration_s``; 0 and ``duration_s`` where nothing fades and for digital silence.
    """
    if not hop_powers.size or not hop_powers.max() > 0:
        return 0.0, duration_s
    level = 10 * np.log10(np.maximum(hop_powers.astype(np.float64), 1e-15))
    level = np.maximum(level, level.max() - _SILENCE_DB)
    rise = _risen(level) / HOPS_PER_SECOND
    fall = _risen(level[::-1]) / HOPS_PER_SECOND
    # Hops end at most a tenth of a second before the recording does.
    beyond_s = max(0.0, duration_s - hop_powers.size / HOPS_PER_SECOND)
    end_s = min(rise, duration_s)
    start_s = duration_s - (fall + beyond_s if fall else 0.0)
    return round(end_s, 5), round(max(end_s, min(start_s, duration_s)), 5)


def _risen(level: npt.NDArray[np.float64]) -> int:
    """Return after how many hops the level has left silence and rises no more."""
    floor = level.max() - _SILENCE_DB
    audible = np.flatnonzero(level > floor + 1e-9)
    if not audible[0] and level[:HOPS_PER_SECOND].max() >= level.max() - _LEAST_DB:
        return 0
    silent = int(audible[0])
    envelope = np.maximum.accumulate(maximum_filter1d(level, _ENVELOPE_HOPS, mode="nearest"))
    # The highest within a second knows half a second ahead.
    envelope = np.concatenate([np.full(_ENVELOPE_HOPS // 2, floor), envelope])[: level.size]
    at = silent
    while at < level.size - 1:
        look = min(level.size - 1, at + max(_LOOK_HOPS, int(_LOOK_SHARE * (at - silent))))
        if envelope[look] - envelope[at] < _STILL_DB:
            break
        at += 1
    reached = envelope[at]
    if reached - level[silent] < _LEAST_DB or at - silent > _MOST_SHARE * level.size:
        return silent
    return silent + int(np.argmax(level[silent:] >= reached - _CLOSE_DB))
