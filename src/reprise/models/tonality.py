"""Key and mode from a chromagram, with the tuning that they are played in."""

from __future__ import annotations

import numpy as np

from reprise.features.chroma import BINS_PER_OCTAVE, Chromagram
from reprise.records import FloatArray, Tonality

__all__ = ["estimate_tonality", "tuned_chroma", "tuning_cents"]

_CENTS_PER_BIN = 1200 / BINS_PER_OCTAVE
_BINS_PER_SEMITONE = BINS_PER_OCTAVE // 12
# Weight of each degree in major and minor (Albrecht & Shanahan 2013, from 490 pieces).
_PROFILES = np.array(
    [
        [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081],
        [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052],
    ],
    np.float32,
)
_NO_KEY = Tonality(key=-1, mode=None, key_confidence=0.0, mode_confidence=0.0, tuning_cents=0.0)


def tuning_cents(chromagram: Chromagram) -> float:
    """Estimate how far the recording is tuned from A4 = 440 Hz.

    Returns
    -------
    float
        -50..50 cents; 0 where nothing was heard.
    """
    bins = (chromagram.bass.astype(np.float32) + chromagram.treble.astype(np.float32)).sum(axis=1)
    within = bins.reshape(12, _BINS_PER_SEMITONE).sum(axis=0)
    turn = within @ np.exp(2j * np.pi * np.arange(_BINS_PER_SEMITONE) / _BINS_PER_SEMITONE)
    return float(np.angle(turn) / (2 * np.pi) * 100) if abs(turn) > 1e-9 else 0.0


def tuned_chroma(chromagram: Chromagram, cents: float) -> FloatArray:
    """Fold the fine bins into twelve pitch classes at a given tuning.

    Parameters
    ----------
    chromagram : Chromagram
        What was heard.
    cents : float
        Tuning, -50..50.

    Returns
    -------
    ndarray of float32, shape (2, 12, t)
        Bass and treble.
    """
    distance = np.arange(BINS_PER_OCTAVE) * _CENTS_PER_BIN - 100 * np.arange(12)[:, None] - cents
    distance = (distance + 600) % 1200 - 600
    kernel = np.where(np.abs(distance) < 50, np.cos(np.pi * distance / 100) ** 2, 0).astype(np.float32)
    return np.stack(
        [kernel @ chromagram.bass.astype(np.float32), kernel @ chromagram.treble.astype(np.float32)]
    )


def estimate_tonality(chromagram: Chromagram) -> Tonality:
    """Estimate key and mode.

    Parameters
    ----------
    chromagram : Chromagram
        What `reprise.features.chroma.Chroma` heard.

    Returns
    -------
    Tonality
        Key -1, mode ``None`` and confidence 0 where nothing has a pitch.
    """
    cents = tuning_cents(chromagram)
    chroma = tuned_chroma(chromagram, cents)
    weight = chroma.sum(axis=1, keepdims=True)
    if not weight.any():
        return _NO_KEY
    mean = (
        (chroma / np.maximum(np.sqrt((chroma**2).sum(axis=1, keepdims=True)), 1e-3)).mean(axis=2).sum(axis=0)
    )
    profiles = _PROFILES - _PROFILES.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    spread = float(np.linalg.norm(mean - mean.mean()))
    if spread < 1e-6:
        return _NO_KEY
    turned = np.stack([np.roll(mean - mean.mean(), -tonic) for tonic in range(12)], axis=1) / spread
    scores = np.exp(12 * (profiles @ turned))
    scores /= scores.sum()
    mode_row, key = np.unravel_index(int(scores.argmax()), scores.shape)
    both = float(scores[:, key].sum())
    return Tonality(
        key=int(key),
        mode=int(mode_row == 0),
        key_confidence=both,
        mode_confidence=float(scores[mode_row, key]) / both,
        tuning_cents=cents,
    )
