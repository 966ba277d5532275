"""Rhythm: tempo, beats, tatums, bars and the numbers that describe the pulse."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from reprise.features.onset import FRAME_RATE_HZ, OnsetStrength, band_flux, band_rise
from reprise.models.rhythm_beats import track_beats
from reprise.models.rhythm_descriptors import describe_rhythm
from reprise.models.rhythm_metre import Metre, divide_beats, find_metre
from reprise.models.rhythm_network import BeatActivation, hear_beats
from reprise.models.rhythm_tempo import (
    autocorrelation,
    estimate_tempo,
    local_periods,
    novelty,
    pulse_evidence,
)
from reprise.records import FloatArray, Rhythm, TempoCandidate

__all__ = [
    "FULL_EVIDENCE",
    "LEAST_EVIDENCE",
    "HeardRhythm",
    "beat_evidence",
    "estimate_rhythm",
    "hear_rhythm",
]

_NOTHING = np.zeros(0, np.float32)
# Below the first there is no pulse; below the second the ranker's confidence is taken with a pinch of salt.
LEAST_EVIDENCE, FULL_EVIDENCE = 0.095, 0.4
# Bars of five and seven are so rare that they must be this sure, and the others this unsure, to overrule the tempo.
_ODD_BARS, _EVEN_BARS = 0.6, 0.85
_STRETCH = round(300 * FRAME_RATE_HZ)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardRhythm:
    """The rhythm of a recording with what it was read from.

    Attributes
    ----------
    rhythm : Rhythm
    flux : float32 array, shape (5, t)
        The onset envelopes of `reprise.features.onset.GROUPS`.
    envelopes : float32 array, shape (7, t)
        From `beat_evidence`.
    activation : BeatActivation
        What the beat network says.
    """

    rhythm: Rhythm
    flux: FloatArray
    envelopes: FloatArray
    activation: BeatActivation


def estimate_rhythm(onset: OnsetStrength) -> Rhythm:
    """Estimate everything about the rhythm of a recording; see `hear_rhythm`."""
    return hear_rhythm(onset).rhythm


def hear_rhythm(onset: OnsetStrength) -> HeardRhythm:
    """Estimate everything about the rhythm of a recording.

    Parameters
    ----------
    onset : OnsetStrength
        What `reprise.features.onset.OnsetEnvelope` heard.

    Returns
    -------
    HeardRhythm
        Its rhythm has a ``tempo_bpm`` of None and no beats where there is no pulse. The beat of 6/8 is the dotted
        quarter: its ``time_signature`` is 6 and its bars have two beats of three tatums.
    """
    flux = _flux(onset.log_bands)
    onsets = _pick_onsets(flux.mean(axis=0))
    activation = hear_beats(onset.log_bands)
    envelopes = beat_evidence(flux, activation)
    rhythm = _read_rhythm(onset.n_frames, flux, onsets, envelopes, activation)
    return HeardRhythm(rhythm=rhythm, flux=flux, envelopes=envelopes, activation=activation)


def _read_rhythm(
    n_frames: int, flux: FloatArray, onsets: FloatArray, envelopes: FloatArray, activation: BeatActivation
) -> Rhythm:
    r = autocorrelation(envelopes)
    evidence = pulse_evidence(r, activation.beats)
    tempo = estimate_tempo(r, activation.tempo) if evidence > LEAST_EVIDENCE else ()
    if not tempo:
        return _without_pulse(onsets, describe_rhythm(flux, r, onsets, _NOTHING, activation.beats))
    bars = _count_bars(n_frames, envelopes, r, activation, tempo)
    tempo, beats, metre, division = bars.tempo, bars.beats, bars.metre, bars.division
    descriptors = describe_rhythm(flux, r, onsets, beats, activation.beats)
    if beats.size < 2:
        return _without_pulse(onsets, descriptors)
    inside = np.diff(beats)[:, None] * np.arange(division) / division
    tatums = np.append((beats[:-1, None] + inside).ravel(), beats[-1])
    return Rhythm(
        tempo_bpm=tempo[0].bpm,
        tempo_confidence=tempo[0].confidence * min(1.0, evidence / FULL_EVIDENCE),
        tempo_candidates=tempo,
        time_signature=metre.time_signature,
        time_signature_confidence=metre.confidence,
        onsets_s=onsets,
        beats_s=_seconds(beats),
        tatums_s=_seconds(tatums.astype(np.float32)),
        downbeats_s=_seconds(beats[metre.downbeats]),
        descriptors=descriptors,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bars:
    """Beats at the first of the tempi, and what they group into."""

    tempo: tuple[TempoCandidate, ...]
    beats: FloatArray
    division: int
    metre: Metre


def _count_bars(
    n_frames: int,
    envelopes: FloatArray,
    r: FloatArray,
    activation: BeatActivation,
    tempo: tuple[TempoCandidate, ...],
) -> _Bars:
    """Track beats and bars at the best tempo; at its double if only that makes bars of five or seven.

    Half as many beats can be counted in any music but that of odd bars, where every second bar would begin between
    two of them.
    """
    # The network says where beats may lie, the onsets where exactly.
    where = envelopes[-1] + np.float32(0.3) * envelopes[-2]

    def count(tempo: tuple[TempoCandidate, ...]) -> _Bars:
        beats = track_beats(where, local_periods(r, tempo[0].bpm, n_frames))
        division = divide_beats(envelopes[-2], beats)
        return _Bars(
            tempo=tempo, beats=beats, division=division, metre=find_metre(activation, beats, division)
        )

    best = count(tempo)
    if len(tempo) > 1 and abs(tempo[1].bpm / tempo[0].bpm - 2) < 0.08 and tempo[1].confidence > 0.1:
        first, second = tempo[:2]
        swapped = (
            TempoCandidate(bpm=second.bpm, confidence=first.confidence),
            TempoCandidate(bpm=first.bpm, confidence=second.confidence),
        )
        double = count((*swapped, *tempo[2:]))
        if (
            double.metre.time_signature in (5, 7)
            and double.metre.confidence > _ODD_BARS
            and best.metre.confidence < _EVEN_BARS
        ):
            return double
    return best


def beat_evidence(flux: FloatArray, activation: BeatActivation) -> FloatArray:
    """Stack what beats are looked for in.

    Parameters
    ----------
    flux : ndarray of float32, shape (5, t)
    activation : BeatActivation

    Returns
    -------
    ndarray of float32, shape (7, t)
        The five onset envelopes sharpened, their mean, and the network's beats; standard deviations of 1.
    """
    beats = np.sqrt(activation.beats)
    return np.vstack([novelty(flux), beats / (beats.std() + np.float32(1e-3))])


def _flux(log_bands: npt.NDArray[np.float16]) -> FloatArray:
    """Flux of the whole recording, five minutes at a time: the bands of hours do not fit as float32."""
    edges = [*range(0, log_bands.shape[1], _STRETCH), log_bands.shape[1]]
    flux = [np.zeros((5, 0), np.float32)]
    for start, stop in pairwise(edges):
        before = min(start, 2)
        flux.append(band_flux(band_rise(log_bands[:, start - before : stop]))[:, before:])
    return np.concatenate(flux, axis=1)


def _without_pulse(onsets: FloatArray, descriptors: dict[str, float]) -> Rhythm:
    return Rhythm(
        tempo_bpm=None, tempo_confidence=0.0, tempo_candidates=(), time_signature=None,
        time_signature_confidence=0.0, onsets_s=onsets, beats_s=_NOTHING, tatums_s=_NOTHING,
        downbeats_s=_NOTHING, descriptors=descriptors,
    )  # fmt: skip


def _seconds(frames: FloatArray | npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(frames / FRAME_RATE_HZ, np.float32)


def _pick_onsets(strength: FloatArray) -> FloatArray:
    """Times of the peaks that stand out of the surrounding 0.2 s, more than 48 ms apart, in seconds."""
    if strength.size < 3:
        return _NOTHING
    highest = maximum_filter1d(strength, 7, mode="nearest")
    mean = uniform_filter1d(strength, 25, mode="nearest")
    frames = np.flatnonzero((strength == highest) & (strength > mean + 0.25 * strength.std() + 0.02))
    if frames.size:
        frames = frames[np.append(True, np.diff(frames) > 6)]
    return _seconds(frames)
