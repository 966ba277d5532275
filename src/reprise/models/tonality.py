"""Key and mode from a chromagram, with the tuning that they are played in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from reprise.features.chroma import BINS_PER_OCTAVE, FRAME_RATE_HZ, Chromagram
from reprise.models.weights_file import load_weights
from reprise.records import FloatArray, Tonality

__all__ = [
    "CHANNELS",
    "KeyNetwork",
    "TonalProfile",
    "Tuning",
    "estimate_tonality",
    "estimate_tuning",
    "semitone_kernel",
    "tonal_profile",
]

CHANNELS = ("bass", "middle", "high", "bass_notes", "sustained", "prominent", "major_chords", "minor_chords")
"""What the network knows of each pitch class; see `TonalProfile`."""

_CENTS_PER_BIN = 1200 / BINS_PER_OCTAVE
_BINS_PER_SEMITONE = BINS_PER_OCTAVE // 12
# Fade-outs and pauses, 45 dB below the loudest frame, say nothing about the key.
_SILENCE_DB = 45.0
# Chords last; the median chord of popular music outlives these five frames (0.6 s).
_SMOOTHING_FRAMES = 5
# A triad heard at twice the strength of another is all but certain.
_CHORD_SHARPNESS = 12.0
_BASS_ROOT_WEIGHT = 0.25
_HIGH_WEIGHT = 0.3
# Frames two hops apart share no samples.
_LAG_FRAMES = 2
# Noise and speech stay below the first; drums below both others. docs/explanation/key.md has the distributions.
_LEAST_EVIDENCE = 0.006
_LEAST_CHORD_CLARITY = 0.65
_CERTAIN_TUNING_STRENGTH = 0.15
# Roughness of the twelve intervals between two pitch classes, after the critical bands of close partials.
_ROUGHNESS = np.array([0, 1, 0.5, 0.15, 0.1, 0.05, 0.6, 0.05, 0.1, 0.15, 0.5, 1], np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """Deviation from A4 = 440 Hz in cents, -50..50, and how much the peaks agree on it, 0..1."""

    cents: float
    strength: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TonalProfile:
    """A recording's pitch classes summed up.

    Attributes
    ----------
    channels : float32 array, shape (8, 12)
        Mean strength of each pitch class in the bass, the middle and the high range; how often it is the bass
        note; the strength that it keeps for four fifths and for one fifth of the time; and how often its major
        and its minor chord sound.
    persistence : float
        Correlation of the chroma with itself a quarter of a second later, -1..1.
    descriptors : mapping of str to float
        Named numbers about the harmony that do not need the key.
    """

    channels: FloatArray
    persistence: float
    descriptors: Mapping[str, float]


class KeyNetwork:
    """Score every key with the same weights, the profile turned so that the key's tonic comes first.

    Transposing the music therefore transposes the answer and changes nothing else.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        ``mean`` and ``std``, shape (8,); ``hidden_weight`` (96, h), ``hidden_bias`` (h,), ``output_weight``
        (h, 2), ``output_bias`` (2,); ``temperature``, a number that makes the probabilities honest.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self._arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}

    def probabilities(self, channels: FloatArray) -> FloatArray:
        """Return the probability of every key.

        Parameters
        ----------
        channels : ndarray of float32, shape (8, 12)
            As `TonalProfile` has them.

        Returns
        -------
        ndarray of float32, shape (12, 2)
            By tonic and mode (0 minor, 1 major); the sum is 1.
        """
        a = self._arrays
        x = (channels - a["mean"][:, None]) / a["std"][:, None]
        turned = np.stack([np.roll(x, -tonic, axis=1).ravel() for tonic in range(12)])
        hidden = np.maximum(turned @ a["hidden_weight"] + a["hidden_bias"], 0)
        logits = (hidden @ a["output_weight"] + a["output_bias"]) / a["temperature"]
        p = np.exp(logits - logits.max())
        return np.asarray(p / p.sum(), np.float32)


def estimate_tuning(chromagram: Chromagram) -> Tuning:
    """Estimate how far the recording is tuned from A4 = 440 Hz.

    It is the mean direction of the peaks' places within a semitone, bent to a circle.

    Returns
    -------
    Tuning
        0 cents, strength 0 where nothing was heard.
    """
    bins = chromagram.salience.sum(axis=(0, 2), dtype=np.float64)
    within = bins.reshape(12, _BINS_PER_SEMITONE).sum(axis=0)
    turn = within @ np.exp(2j * np.pi * np.arange(_BINS_PER_SEMITONE) / _BINS_PER_SEMITONE)
    total = float(within.sum())
    if total < 1e-9:
        return Tuning(cents=0.0, strength=0.0)
    return Tuning(cents=float(np.angle(turn) / (2 * np.pi) * 100), strength=float(abs(turn) / total))


def tonal_profile(chromagram: Chromagram, tuning: Tuning) -> TonalProfile | None:
    """Sum a chromagram up for the network.

    Returns
    -------
    TonalProfile or None
        ``None`` where there are no peaks at all.
    """
    heard = chromagram.level_db > chromagram.level_db.max() - _SILENCE_DB
    kernel = semitone_kernel(tuning.cents)
    # One range at a time: hours of fine bins are large.
    bass, middle, high = (kernel @ fine[:, heard].astype(np.float32) for fine in chromagram.salience)
    total = float(bass.sum() + middle.sum() + high.sum())
    if total <= 0:
        return None
    bass_notes, notes = _unit(_smooth(bass)), _unit(_smooth(middle + np.float32(_HIGH_WEIGHT) * high))
    fit = _TRIADS @ notes
    chords = fit + _BASS_ROOT_WEIGHT * np.concatenate([bass_notes, bass_notes])
    chords = np.exp(_CHORD_SHARPNESS * (chords - chords.max(axis=0)))
    chords /= chords.sum(axis=0)
    sustained, prominent = np.quantile(notes, (0.2, 0.8), axis=1)
    means = [_unit(band).mean(axis=1) for band in (bass, middle, high)]
    channels = [
        *means,
        (bass_notes**4).mean(axis=1),
        sustained,
        prominent,
        *chords.mean(axis=1).reshape(2, 12),
    ]
    everything = bass + middle + _HIGH_WEIGHT * high
    persistence = _persistence(everything)
    return TonalProfile(
        channels=np.stack(channels).astype(np.float32),
        persistence=persistence,
        descriptors={
            "persistence": persistence,
            "tuning_strength": tuning.strength,
            "tuning_deviation_cents": abs(tuning.cents),
            "tonalness": float(np.median(chromagram.tonalness[heard])),
            "chroma_entropy": _entropy(everything.sum(axis=1)),
            "chord_clarity": float(fit.max(axis=0).mean()),
            "harmonic_change": _change(notes),
            "dissonance": float(np.einsum("it,ij,jt->t", notes, _DISSONANCE, notes).mean()),
            "bass_share": float(bass.sum()) / total,
            "high_share": float(high.sum()) / total,
        },
    )


def estimate_tonality(chromagram: Chromagram) -> Tonality:
    """Estimate key and mode.

    Of the 24 keys that one is chosen whose expected score under the MIREX rules is highest, given the
    network's probabilities: a fifth above the mark is half right.

    Parameters
    ----------
    chromagram : Chromagram
        What `reprise.features.chroma.Chroma` heard.

    Returns
    -------
    Tonality
        Key -1, mode ``None`` and confidence 0 where there is no pitch to speak of: silence, noise, speech.

    References
    ----------
    The score: C. Raffel et al., "mir_eval: a transparent implementation of common MIR metrics", ISMIR 2014.
    """
    tuning = estimate_tuning(chromagram)
    profile = tonal_profile(chromagram, tuning)
    if profile is None:
        return _without_key(tuning, dict.fromkeys(_DESCRIPTORS, 0.0))
    p = _network().probabilities(profile.channels)
    descriptors = {
        "key_clarity": 1 - _entropy(p.ravel()),
        "major_tendency": float(p[:, 1].sum()),
        **profile.descriptors,
    }
    if _is_unpitched(profile, tuning):
        return _without_key(tuning, descriptors)
    key, mode = divmod(int((p.ravel() @ _SCORES).argmax()), 2)
    key_confidence = float(p[key].sum())
    return Tonality(
        key=key,
        mode=mode,
        key_confidence=min(key_confidence, 1.0),
        mode_confidence=min(float(p[key, mode]) / max(key_confidence, 1e-9), 1.0),
        tuning_cents=tuning.cents,
        descriptors=descriptors,
    )


def _is_unpitched(profile: TonalProfile, tuning: Tuning) -> bool:
    if profile.persistence * tuning.strength < _LEAST_EVIDENCE:
        return True
    # A melody alone makes no chords either, but it is in tune with itself.
    in_tune = tuning.strength >= _CERTAIN_TUNING_STRENGTH
    return not in_tune and profile.descriptors["chord_clarity"] < _LEAST_CHORD_CLARITY


_DESCRIPTORS = (
    "key_clarity", "major_tendency", "persistence", "tuning_strength", "tuning_deviation_cents", "tonalness",
    "chroma_entropy", "chord_clarity", "harmonic_change", "dissonance", "bass_share", "high_share",
)  # fmt: skip


def _without_key(tuning: Tuning, descriptors: Mapping[str, float]) -> Tonality:
    return Tonality(
        key=-1,
        mode=None,
        key_confidence=0.0,
        mode_confidence=0.0,
        tuning_cents=tuning.cents,
        descriptors=descriptors,
    )


@cache
def _network() -> KeyNetwork:
    return KeyNetwork(load_weights("tonality").arrays)


def semitone_kernel(cents: float) -> FloatArray:
    """Fold the fine bins into pitch classes at a tuning, shape (12, 60): a raised cosine a semitone wide."""
    distance = np.arange(BINS_PER_OCTAVE) * _CENTS_PER_BIN - 100 * np.arange(12)[:, None] - cents
    distance = (distance + 600) % 1200 - 600
    return np.where(np.abs(distance) < 50, np.cos(np.pi * distance / 100) ** 2, 0).astype(np.float32)


def _smooth(chroma: FloatArray) -> FloatArray:
    return np.asarray(scipy.ndimage.uniform_filter1d(chroma, _SMOOTHING_FRAMES, axis=1))


def _unit(chroma: FloatArray) -> FloatArray:
    """Bring each frame to Euclidean length 1; what is next to nothing stays so."""
    return np.asarray(chroma / np.maximum(np.linalg.norm(chroma, axis=0), np.float32(1e-2)))


def _persistence(chroma: FloatArray) -> float:
    x = chroma - chroma.mean(axis=0)
    if x.shape[1] <= _LAG_FRAMES:
        return 0.0
    now, later = x[:, :-_LAG_FRAMES], x[:, _LAG_FRAMES:]
    return float((now * later).sum() / np.sqrt((now**2).sum() * (later**2).sum() + 1e-9))


def _entropy(weights: FloatArray) -> float:
    """Entropy of non-negative weights, 0 for one alone to 1 for all alike."""
    p = weights.astype(np.float64) / max(float(weights.sum()), 1e-12)
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum() / np.log(p.size))


def _change(notes: FloatArray) -> float:
    """Mean distance between the chroma of now and of half a second later, 0..1."""
    lag = round(FRAME_RATE_HZ / 2)
    if notes.shape[1] <= lag:
        return 0.0
    return float(1 - (notes[:, lag:] * notes[:, :-lag]).sum(axis=0).mean())


def _triads() -> FloatArray:
    """Unit templates of the twelve major, then the twelve minor triads, shape (24, 12)."""
    shapes = np.zeros((2, 12), np.float32)
    shapes[0, [0, 4, 7]] = shapes[1, [0, 3, 7]] = 3**-0.5
    return np.concatenate([[np.roll(shape, root) for root in range(12)] for shape in shapes])


def _mirex_scores() -> FloatArray:
    """Score of each estimated (column) for each reference key (row), both as 2 x tonic + mode."""
    scores = np.zeros((24, 24), np.float32)
    for reference in range(24):
        tonic, mode = divmod(reference, 2)
        scores[reference, reference] = 1.0
        scores[reference, 2 * ((tonic + 7) % 12) + mode] = 0.5
        scores[reference, 2 * ((tonic + (9 if mode else 3)) % 12) + 1 - mode] = 0.3
        scores[reference, 2 * tonic + 1 - mode] = 0.2
    return scores


_TRIADS = _triads()
_SCORES = _mirex_scores()
_DISSONANCE = np.stack([np.roll(_ROUGHNESS, shift) for shift in range(12)])
