"""Numbers about the pulse, for the heads that predict danceability, energy and the like."""

from __future__ import annotations

import numpy as np

from reprise.features.onset import FRAME_RATE_HZ, GROUPS
from reprise.models.rhythm_metre import strength_between
from reprise.records import FloatArray

__all__ = ["describe_rhythm"]

_EIGHTHS = np.arange(0.30, 0.80, 0.02)


def describe_rhythm(
    flux: FloatArray, r: FloatArray, onsets: FloatArray, beats: FloatArray, activation: FloatArray
) -> dict[str, float]:
    """Describe the pulse.

    Parameters
    ----------
    flux : ndarray of float32, shape (5, t)
        Onset envelopes of `GROUPS`.
    r : ndarray of float32, shape (windows, 7, lags)
        Their autocorrelation, that of their mean and that of the beat activation.
    onsets : ndarray of float32
        Times in seconds.
    beats : ndarray of float32
        Frame numbers; may be empty.
    activation : ndarray of float32, shape (t,)
        The network's probability of a beat.

    Returns
    -------
    dict of str to float
        Always the same names; all finite.
    """
    level = flux.mean(axis=1) if flux.shape[1] else np.zeros(len(GROUPS), np.float32)
    numbers = {f"flux_{name}": float(value) for name, value in zip(GROUPS, level, strict=True)}
    total = float(level.sum()) + 1e-6
    numbers["flux_low_share"] = float(level[:2].sum()) / total
    numbers["flux_high_share"] = float(level[3:].sum()) / total
    numbers["onset_rate_hz"] = onsets.size * FRAME_RATE_HZ / max(flux.shape[1], 1)
    strength = flux.mean(axis=0)
    # Percussion rises in a few frames and is quiet in the others.
    numbers["percussiveness"] = float(strength.std() / (strength.mean() + 1e-3)) if strength.size else 0.0
    first, last = round(0.2 * FRAME_RATE_HZ), round(2 * FRAME_RATE_HZ)
    clarity = r[:, -2:, first:last].max(axis=2)
    numbers["pulse_clarity"] = float(clarity[:, 0].mean())
    numbers["beat_clarity"] = float(clarity[:, 1].mean())
    numbers["bass_clarity"] = float(r[:, 0, first:last].max(axis=1).mean())
    numbers["beat_activation"] = float(activation.mean()) if activation.size else 0.0
    return numbers | _describe_beats(strength, flux[0], beats, activation)


def _describe_beats(
    strength: FloatArray, bass: FloatArray, beats: FloatArray, activation: FloatArray
) -> dict[str, float]:
    names = (
        "beat_strength",
        "beat_contrast",
        "bass_on_beat",
        "tempo_stability",
        "syncopation",
        "swing_ratio",
    )
    if beats.size < 4:
        return dict.fromkeys(names, 0.0)
    phases = np.append(0.0, _EIGHTHS)
    between = strength_between(strength, beats, phases).mean(axis=0)
    on_beat, off_beat = float(between[0]), between[1:]
    floor = float(strength.mean()) + 1e-3
    low = strength_between(bass, beats, np.array([0.0, 0.5])).mean(axis=0)
    intervals = np.diff(beats)
    at = np.clip(np.rint(beats).astype(int), 0, activation.size - 1)
    values = (
        float(activation[at].mean()),
        on_beat / floor,
        float(low[0] / (low.sum() + 1e-3)),
        float(np.exp(-10 * np.std(intervals) / np.mean(intervals))),
        float(off_beat.max()) / (on_beat + floor),
        float(_EIGHTHS[int(np.argmax(off_beat))]),
    )
    return dict(zip(names, values, strict=True))
