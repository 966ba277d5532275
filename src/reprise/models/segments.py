"""Segments: where notes and strokes begin, and how loud, how high and of what sound it is from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from reprise.audio_analysis import Segment
from reprise.features.band_levels import FLOOR_DB, band_levels_db, loudness_db
from reprise.features.chroma import BINS_PER_OCTAVE, Chromagram
from reprise.features.chroma import FRAME_RATE_HZ as CHROMA_RATE_HZ
from reprise.features.onset import FRAME_RATE_HZ, OnsetStrength, band_flux, band_rise
from reprise.models.timbre import N_MOMENTS, timbre_coefficients
from reprise.models.tonality import semitone_kernel
from reprise.records import FloatArray

__all__ = ["LATE_S", "cut_segments", "describe_segments", "onset_strength", "pick_onsets", "segment_surfaces"]

_Times = npt.NDArray[np.float64]

_GAP_FRAMES = 10
"""No segment is shorter than 80 ms."""
_AROUND_FRAMES, _WIDE_FRAMES = 25, 251
# An onset rises above the mean of the 0.2 s around it, and is no ripple beside one five times as strong.
_LEAST_RISE, _LEAST_SHARE = 0.14, 0.2
# Softly recorded music is brought up to this loudness, by at most so much, before its onsets are looked for.
_REFERENCE_DB, _MOST_GAIN_DB = -12.0, 30.0
LATE_S = 0.003
"""The envelope peaks when an attack has passed through half of its window."""
# Probability that an onset is one, logistic in the logarithm of how far it rises; fitted on composed music by
# `tools/measure_detail.py --fit`.
_CONFIDENCE_SLOPE, _CONFIDENCE_MIDDLE = 10.4, 0.17
# Of the ranges of `Chromagram`, bass to high: a high peak is as often an overtone as a note.
_RANGE_WEIGHTS = np.array([0.5, 1.0, 0.3], np.float32)
# Half of a window that is centred on an onset lies in the attack: the level it starts from is that just before.
_BEFORE_FRAMES = 2
_STRETCH = round(300 * FRAME_RATE_HZ)
_DIGITS = 5


def cut_segments(
    onset: OnsetStrength, loudness_db: float | None, duration_s: float
) -> tuple[_Times, FloatArray]:
    """Cut a recording at its onsets.

    Parameters
    ----------
    onset : OnsetStrength
    loudness_db : float or None
        Of the whole recording; ``None`` for digital silence.
    duration_s : float
        Length of the recording.

    Returns
    -------
    edges_s : float64 array, shape (n + 1,)
        Ascending, from 0 to ``duration_s``, at least 80 ms apart unless the recording itself is shorter.
    confidences : float32 array, shape (n,)
        That each segment begins with an onset, 0..1.

    References
    ----------
    S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
    """
    frames, rises = pick_onsets(onset_strength(onset, loudness_db))
    starts_s = frames / FRAME_RATE_HZ - LATE_S
    gap_s = _GAP_FRAMES / FRAME_RATE_HZ
    inside = (starts_s >= gap_s) & (starts_s <= duration_s - gap_s)
    edges_s = np.concatenate([[0.0], starts_s[inside], [duration_s]])
    odds = _CONFIDENCE_SLOPE * np.log(rises[inside] / _CONFIDENCE_MIDDLE)
    return np.round(edges_s, _DIGITS), np.append(1.0, 1 / (1 + np.exp(-odds))).astype(np.float32)


def onset_strength(onset: OnsetStrength, loudness_db: float | None) -> FloatArray:
    """Say how strongly something begins at each moment, as if all recordings were about equally loud.

    Parameters
    ----------
    onset : OnsetStrength
    loudness_db : float or None
        Of the whole recording.

    Returns
    -------
    float32 array, shape (t,)
        Square root of the mean rise of the bands, 0 and up.
    """
    raise_db = 0.0 if loudness_db is None else min(max(_REFERENCE_DB - loudness_db, 0.0), _MOST_GAIN_DB)
    gain = np.float32(10 ** (raise_db / 10))
    strength = np.zeros(onset.n_frames, np.float32)
    for start in range(0, onset.n_frames, _STRETCH):
        before = min(start, 2)  # what the rise looks back
        bands = onset.log_bands[:, start - before : start + _STRETCH].astype(np.float32)
        raised = np.log10(1 + gain * (10**bands - 1))
        strength[start : start + _STRETCH] = band_flux(band_rise(raised)).mean(axis=0)[before:]
    return np.sqrt(strength)


def pick_onsets(strength: FloatArray) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Find onsets in an envelope.

    Parameters
    ----------
    strength : float32 array, shape (t,)
        From `onset_strength`.

    Returns
    -------
    frames : int array, shape (n,)
        At least 80 ms apart.
    rises : float32 array, shape (n,)
        How far each stands out of the 0.2 s around it.
    """
    rise = strength - uniform_filter1d(strength, _AROUND_FRAMES, mode="nearest")
    highest = maximum_filter1d(strength, _GAP_FRAMES + 1, mode="nearest")
    strongest = maximum_filter1d(strength, _WIDE_FRAMES, mode="nearest")
    is_onset = (strength == highest) & (rise > _LEAST_RISE) & (strength > _LEAST_SHARE * strongest)
    kept: list[int] = []
    for frame in np.flatnonzero(is_onset).tolist():
        if not kept or frame - kept[-1] >= _GAP_FRAMES:
            kept.append(frame)
        elif strength[frame] > strength[kept[-1]]:
            kept[-1] = frame
    frames = np.array(kept, np.intp)
    return frames, np.asarray(rise[frames], np.float32)


def describe_segments(
    edges_s: _Times, confidences: FloatArray, onset: OnsetStrength, chroma: Chromagram, tuning_cents: float
) -> tuple[Segment, ...]:
    """Say of each segment how its loudness goes, which pitches sound and what its timbre is.

    Parameters
    ----------
    edges_s, confidences
        From `cut_segments`.
    onset : OnsetStrength
    chroma : Chromagram
    tuning_cents : float
        Deviation from A4 = 440 Hz, -50..50.

    Returns
    -------
    tuple of Segment
        They tile what the edges span.
    """
    pitches = _pitches(edges_s, chroma, tuning_cents)
    levels = _loudness(edges_s, onset)
    timbre = timbre_coefficients(segment_surfaces(edges_s, onset))
    segments = []
    for i, (start_s, stop_s) in enumerate(pairwise(edges_s.tolist())):
        start, loudest, at_s, end = levels[i]
        segments.append(
            Segment(
                start_s=start_s,
                duration_s=round(stop_s - start_s, _DIGITS),
                confidence=round(float(confidences[i]), 3),
                loudness_start_db=round(start, 3),
                loudness_max_db=round(loudest, 3),
                loudness_max_time_s=round(min(max(at_s, 0.0), stop_s - start_s), _DIGITS),
                loudness_end_db=round(end, 3),
                pitches=tuple(round(value, 3) for value in pitches[i].tolist()),
                timbre=tuple(round(value, 3) for value in timbre[i].tolist()),
            )
        )
    return tuple(segments)


def _pitches(edges_s: _Times, chroma: Chromagram, tuning_cents: float) -> FloatArray:
    """Average the chroma over each segment; the less tonal the sound, the more alike all pitches are; shape (n, 12)."""
    folded = np.zeros((12, chroma.n_frames), np.float32)
    kernel = semitone_kernel(tuning_cents)
    for weight, fine in zip(
        _RANGE_WEIGHTS, chroma.salience.reshape(-1, BINS_PER_OCTAVE, chroma.n_frames), strict=True
    ):
        folded += weight * (kernel @ fine.astype(np.float32))
    rows = np.concatenate([folded, chroma.tonalness[None] * folded.max(axis=0)])
    means = _averages(rows, edges_s * CHROMA_RATE_HZ + 0.5)
    notes, tonal = means[:-1], means[-1]
    strongest = notes.max(axis=0)
    # The share of the sound that has no pitch is every pitch alike.
    noise = np.maximum(strongest - tonal, 0)
    mixed = (notes * (tonal / np.maximum(strongest, 1e-9)) + noise) if strongest.size else notes
    highest = mixed.max(axis=0)
    return np.where(highest > 1e-6, mixed / np.maximum(highest, 1e-9), 1.0).T.astype(np.float32)


def segment_surfaces(edges_s: _Times, onset: OnsetStrength) -> FloatArray:
    """Return what the timbre of each segment is read from.

    Parameters
    ----------
    edges_s : float64 array, shape (n + 1,)
        From `cut_segments`.
    onset : OnsetStrength

    Returns
    -------
    float32 array, shape (n, 26, 8)
        Level of each band in eight equal parts of each segment, in dB above the floor of -60 dB.
    """
    at = _frames(edges_s, onset)
    surfaces = []
    for first, last in _stretches(at):
        low = int(at[first])
        bands = band_levels_db(onset.log_bands[:, low : int(at[last]) + 1]) - np.float32(FLOOR_DB)
        begin_s, end_s = edges_s[first:last], edges_s[first + 1 : last + 1]
        inner_s = np.linspace(begin_s, end_s, N_MOMENTS, endpoint=False, axis=1)
        moments = np.append(inner_s.ravel(), edges_s[last]) * FRAME_RATE_HZ + 0.5 - low
        surfaces.append(_averages(bands, moments).reshape(len(bands), -1, N_MOMENTS).transpose(1, 0, 2))
    return np.concatenate(surfaces)


def _loudness(edges_s: _Times, onset: OnsetStrength) -> list[tuple[float, float, float, float]]:
    """Return loudness at the start of each segment, the highest, when that is, and at the end."""
    at = _frames(edges_s, onset)
    found = []
    for first, last in _stretches(at):
        low = max(0, int(at[first]) - _BEFORE_FRAMES)
        level = loudness_db(onset.log_bands[:, low : int(at[last]) + 1])
        for i in range(first, last):
            a, b = int(at[i]) - low, int(at[i + 1]) - low
            peak = a + int(np.argmax(level[a : max(b, a + 1)]))
            when_s = (peak + low) / FRAME_RATE_HZ - float(edges_s[i])
            begin, end = (float(level[max(0, frame - _BEFORE_FRAMES) : frame + 1].min()) for frame in (a, b))
            found.append((begin, float(level[peak]), when_s, end))
    return found


def _frames(edges_s: _Times, onset: OnsetStrength) -> npt.NDArray[np.intp]:
    return np.clip(np.rint(edges_s * FRAME_RATE_HZ).astype(np.intp), 0, onset.n_frames - 1)


def _stretches(at: npt.NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Group segments, lest hours be in memory as float32."""
    first = 0
    while first < at.size - 1:
        last = max(first + 1, int(np.searchsorted(at, at[first] + _STRETCH)) - 1)
        yield first, last
        first = last


def _averages(X: FloatArray, edges: _Times) -> FloatArray:
    """Average columns between edges, which may lie within columns: number i is from i to i + 1."""
    sums = np.concatenate([np.zeros((len(X), 1)), np.cumsum(X, axis=1, dtype=np.float64)], axis=1)
    at = np.clip(edges, 0, X.shape[1])
    # Where there is nothing between two edges, what lies there counts.
    low = np.minimum(at[:-1], X.shape[1] - 1e-3)
    high = np.maximum(at[1:], low + 1e-3)
    whole_low, whole_high = (
        np.floor(low).astype(np.intp),
        np.floor(np.minimum(high, X.shape[1])).astype(np.intp),
    )
    padded = np.concatenate([X, X[:, -1:]], axis=1)
    total = sums[:, whole_high] + padded[:, whole_high] * (high - whole_high)
    total -= sums[:, whole_low] + padded[:, whole_low] * (low - whole_low)
    return np.asarray(total / (high - low), np.float32)
