"""Beats: the path through the onsets that keeps the tempo, and how it divides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from reprise.records import FloatArray

__all__ = ["beat_times", "track_beats"]

# A beat may come up to a quarter early or a third late against the local period.
_EARLIEST, _LATEST = 0.75, 4 / 3
_TIGHTNESS = 60.0


def track_beats(activation: FloatArray, period: FloatArray) -> FloatArray:
    """Find the sequence of frames with the most activation whose distances keep to the local period.

    Parameters
    ----------
    activation : ndarray of float32, shape (t,)
        How much each frame looks like a beat, in standard deviations.
    period : ndarray of float32, shape (t,)
        Local distance of two beats in frames, at least 8.

    Returns
    -------
    ndarray of float32, shape (beats,)
        Frame numbers, ascending, refined to fractions of a frame.

    References
    ----------
    D. P. W. Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36(1), 2007.
    """
    n = activation.size
    if n < 3:
        return np.zeros(0, np.float32)
    shortest = max(2, int(period.min() * _EARLIEST))
    longest = int(np.ceil(period.max() * _LATEST))
    steps = np.arange(longest, shortest - 1, -1)  # the earliest predecessor first, as the windows lie
    score = np.full(n + longest, 0.0, np.float32)
    back = np.full(n, -1, np.int64)
    # No frame depends on one less than `shortest` before it: so many frames are worked out at once.
    for start in range(0, n, shortest):
        frames = np.arange(start, min(start + shortest, n))
        windows = sliding_window_view(score[start : frames[-1] + 1 + longest - shortest], steps.size)
        deviation = np.log(steps[None, :] / period[frames, None])
        total = windows[: frames.size] - _TIGHTNESS * np.square(deviation)
        best = np.argmax(total, axis=1)
        gain = total[np.arange(frames.size), best]
        score[longest + frames] = activation[frames] + np.maximum(gain, 0)
        back[frames] = np.where(gain > 0, frames - steps[best], -1)
    # The last beat is the best of the last period's frames.
    tail = n - int(min(n, np.ceil(period[-1])))
    frame = tail + int(np.argmax(score[longest + tail :]))
    beats = []
    while frame >= 0:
        beats.append(frame)
        frame = int(back[frame])
    return _refine(np.array(beats[::-1]), activation)


def beat_times(times_s: FloatArray, before_s: float) -> npt.NDArray[np.float64]:
    """Return the times that lie in a recording: ascending, each once, from 0 to before a moment, to 10 µs."""
    times = np.unique(np.round(np.asarray(times_s, np.float64), 5))
    return np.asarray(times[(times >= 0) & (times < before_s)], np.float64)


def _refine(frames: npt.NDArray[np.int64], activation: FloatArray) -> FloatArray:
    """Move each beat to the top of the parabola through its frame and the two beside it."""
    inner = np.clip(frames, 1, activation.size - 2)
    before, here, after = activation[inner - 1], activation[inner], activation[inner + 1]
    bend = before - 2 * here + after
    shift = np.where((bend < 0) & (here >= before) & (here >= after), (before - after) / (2 * bend - 1e-9), 0)
    return np.asarray(frames + np.clip(shift, -0.5, 0.5), np.float32)
