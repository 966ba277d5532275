"""Rhythm: tempo, beats, tatums, bars and the numbers that describe the pulse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from reprise.features.onset import FRAME_RATE_HZ, GROUPS, OnsetStrength, band_flux
from reprise.models.rhythm_beats import track_beats
from reprise.models.rhythm_metre import beat_means, divide_beats, find_metre
from reprise.models.rhythm_tempo import autocorrelation, estimate_tempo, local_periods, novelty
from reprise.records import FloatArray, Rhythm

__all__ = ["estimate_rhythm"]

_NOTHING = np.zeros(0, np.float32)


def estimate_rhythm(onset: OnsetStrength, hint: FloatArray | None = None) -> Rhythm:
    """Estimate everything about the rhythm of a recording.

    Parameters
    ----------
    onset : OnsetStrength
        What `reprise.features.onset.OnsetEnvelope` heard.
    hint : ndarray of float32, shape (333,), optional
        Log-probability of each of `reprise.models.rhythm_tempo.TEMPI_BPM` from elsewhere (style, mood); it
        helps to tell the beat from its half and its double.

    Returns
    -------
    Rhythm
        With ``tempo_bpm`` of None and no beats where there is no pulse.
    """
    flux = band_flux(onset.log_bands)
    strength = flux.mean(axis=0)
    onsets = _pick_onsets(strength)
    envelopes = novelty(flux)
    r = autocorrelation(envelopes)
    tempo = estimate_tempo(r, hint)
    descriptors = _describe(flux, onsets, onset.duration_s)
    if tempo is None:
        return Rhythm(
            tempo_bpm=None, tempo_confidence=0.0, tempo_candidates=(), time_signature=None,
            time_signature_confidence=0.0, onsets_s=onsets, beats_s=_NOTHING, tatums_s=_NOTHING,
            downbeats_s=_NOTHING, descriptors=descriptors,
        )  # fmt: skip
    beats = track_beats(envelopes[-1], local_periods(r, tempo[0].bpm, onset.n_frames))
    if beats.size > 1:
        metre = find_metre(_accents(onset.log_bands, flux, beats))
        division = divide_beats(envelopes[-1], beats)
        inside = np.diff(beats)[:, None] * np.arange(division) / division
        tatums = np.append((beats[:-1, None] + inside).ravel(), beats[-1]).astype(np.float32)
        signature, certainty, downbeats = metre.beats_per_bar, metre.confidence, beats[metre.downbeats]
    else:
        signature, certainty, downbeats, tatums = None, 0.0, _NOTHING, beats
    return Rhythm(
        tempo_bpm=tempo[0].bpm,
        tempo_confidence=tempo[0].confidence,
        tempo_candidates=tempo,
        time_signature=signature,
        time_signature_confidence=certainty,
        onsets_s=onsets,
        beats_s=beats / np.float32(FRAME_RATE_HZ),
        tatums_s=tatums / np.float32(FRAME_RATE_HZ),
        downbeats_s=downbeats / np.float32(FRAME_RATE_HZ),
        descriptors=descriptors,
    )


def _pick_onsets(strength: FloatArray) -> FloatArray:
    """Times of the peaks that stand out of the surrounding 0.2 s, at least 50 ms apart, in seconds."""
    if strength.size < 3:
        return _NOTHING
    highest = maximum_filter1d(strength, 7, mode="nearest")
    mean = uniform_filter1d(strength, 25, mode="nearest")
    threshold = mean + 0.25 * strength.std() + 0.02
    frames = np.flatnonzero((strength == highest) & (strength > threshold))
    if frames.size:
        frames = frames[np.append(True, np.diff(frames) > 6)]
    return np.asarray(frames / FRAME_RATE_HZ, np.float32)


def _accents(log_bands: npt.NDArray[np.float16], flux: FloatArray, beats: FloatArray) -> FloatArray:
    """How much each beat sounds like the first of a bar: a new chord, a bass note, a heavy stroke."""
    width = 6
    peaks = maximum_filter1d(flux, 2 * width + 1, axis=1, mode="nearest")
    at = np.clip(np.rint(beats).astype(int), 0, flux.shape[1] - 1)
    stroke = np.sqrt(peaks[:, at])
    colour = beat_means(log_bands[:17].astype(np.float32), beats)
    change = np.zeros(beats.size, np.float32)
    change[1:] = np.abs(np.diff(colour, axis=1)).mean(axis=0)
    bass, low = stroke[0], stroke[1]
    rows = np.stack([bass, low, change, -stroke[3]])
    rows = (rows - rows.mean(axis=1, keepdims=True)) / (rows.std(axis=1, keepdims=True) + 1e-3)
    accents = np.array([1.0, 0.5, 1.2, 0.4]) @ rows
    standard: FloatArray = ((accents - accents.mean()) / (accents.std() + 1e-3)).astype(np.float32)
    return standard


def _describe(flux: FloatArray, onsets: FloatArray, duration_s: float) -> dict[str, float]:
    level = flux.mean(axis=1)
    numbers = {f"flux_{name}": float(value) for name, value in zip(GROUPS, level, strict=True)}
    numbers["onset_rate_hz"] = onsets.size / max(duration_s, 1e-3)
    return numbers
