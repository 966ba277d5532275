"""Sounds of all kinds and what must hold of the full analysis of each."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np

from reprise.audio.loudness import LoudnessMeter
from reprise.audio_analysis import AnalysedSection, AudioAnalysis, Segment, TimeInterval
from reprise.features.chroma import Chroma
from reprise.features.extract import MeasuredFeatures
from reprise.features.onset import OnsetEnvelope
from reprise.features.spectrogram import SAMPLE_RATE_HZ, Spectrogram
from reprise.models.full_analysis import analyse_fully, divide_into_sections
from reprise.models.rhythm import hear_rhythm
from reprise.models.tonality import estimate_tonality

SR = SAMPLE_RATE_HZ
KINDS = ("silence", "click", "tone", "noise", "pulse", "melody", "burst", "clipped")
Interval = TimeInterval | AnalysedSection | Segment


def sound(kind: str, duration_s: float, seed: int) -> np.ndarray:
    """A mono signal at 16 kHz."""
    rng = np.random.default_rng(seed)
    n = max(1, round(duration_s * SR))
    t = np.arange(n) / SR
    period_s = float(rng.uniform(0.25, 0.9))
    y = np.zeros(n)
    if kind == "click":
        y[int(rng.integers(n))] = 0.9
    elif kind == "tone":
        y = 0.3 * np.sin(2 * np.pi * float(rng.uniform(60, 2000)) * t)
    elif kind == "noise":
        y = 0.1 * rng.standard_normal(n)
    elif kind == "pulse":
        y = 0.5 * rng.standard_normal(n) * np.exp(-40 * (t % period_s))
    elif kind == "melody":
        pitches = rng.integers(48, 80, 1 + int(duration_s / period_s))
        f_hz = 440 * 2 ** ((pitches[(t / period_s).astype(int)] - 69) / 12)
        y = 0.4 * np.sin(2 * np.pi * np.cumsum(f_hz) / SR) * np.exp(-3 * (t % period_s))
    elif kind == "burst":
        y[n // 3 : n // 3 + SR // 2] = 0.3 * rng.standard_normal(y[n // 3 : n // 3 + SR // 2].size)
    elif kind == "clipped":
        y = np.sign(np.sin(2 * np.pi * 110 * t)) * (t % period_s < period_s / 2)
    return y.astype(np.float32)


def measured(y: np.ndarray) -> MeasuredFeatures:
    """What is extracted from a mono signal at 16 kHz, however short or silent."""
    meter, spectrogram, onset, chroma = LoudnessMeter(SR, 1), Spectrogram(), OnsetEnvelope(), Chroma()
    meter.push(y[None])
    chroma.push(y)
    onset.push(spectrogram.push(y))
    onset.push(spectrogram.flush())
    return MeasuredFeatures(
        duration_s=y.size / SR,
        loudness=meter.result(),
        hop_powers=meter.hop_powers(),
        onset=onset.result(),
        chroma=chroma.result(),
    )


def analysed(y: np.ndarray) -> AudioAnalysis:
    """The full analysis of a mono signal at 16 kHz."""
    features = measured(y)
    heard, tonality = hear_rhythm(features.onset), estimate_tonality(features.chroma)
    return analyse_fully(features, heard, tonality, divide_into_sections(features, heard, tonality))


def require_valid(detail: AudioAnalysis) -> None:
    """Assert what holds of every analysis."""
    # No number that is not finite: JSON has none.
    json.dumps(detail.to_dict(), allow_nan=False)
    assert _edges(detail.segments)[0] == _edges(detail.sections)[0] == 0
    assert _edges(detail.segments)[-1] == _edges(detail.sections)[-1] == round(1e5 * detail.duration_s)
    bars, beats, tatums = (_edges(each) for each in (detail.bars, detail.beats, detail.tatums))
    # Every bar is made of whole beats and every beat of whole tatums.
    assert set(bars) <= set(beats) <= set(tatums)
    if beats:
        assert bars[0] == beats[0] == tatums[0] >= 0
        assert bars[-1] == beats[-1] == tatums[-1] <= round(1e5 * detail.duration_s)
        assert detail.tempo_bpm is not None
    every: list[Interval] = [
        *detail.bars,
        *detail.beats,
        *detail.tatums,
        *detail.sections,
        *detail.segments,
    ]
    assert all(0 <= each.confidence <= 1 and each.duration_s > 0 for each in every)
    for part in (detail, *detail.sections):
        _require_valid_values(part)
    assert 0 <= detail.end_of_fade_in_s <= detail.start_of_fade_out_s <= detail.duration_s
    for segment in detail.segments:
        _require_valid_segment(segment)
    assert all(a.loudness_end_db == b.loudness_start_db for a, b in pairwise(detail.segments))


def _require_valid_values(part: AudioAnalysis | AnalysedSection) -> None:
    assert all(
        0 <= getattr(part, f"{name}_confidence") <= 1 for name in ("tempo", "key", "mode", "time_signature")
    )
    assert -1 <= part.key <= 11
    assert part.mode in ((None,) if part.key == -1 else (0, 1))
    assert part.time_signature is None or 3 <= part.time_signature <= 7
    assert part.tempo_bpm is None or 30 <= part.tempo_bpm <= 300
    assert part.loudness_db is None or -60 <= part.loudness_db <= 0


def _require_valid_segment(segment: Segment) -> None:
    assert len(segment.pitches) == len(segment.timbre) == 12
    assert max(segment.pitches) == 1
    assert min(segment.pitches) >= 0
    assert -60 <= segment.loudness_start_db <= segment.loudness_max_db
    assert segment.loudness_end_db >= -60
    assert 0 <= segment.loudness_max_time_s <= segment.duration_s
    assert segment.timbre[0] >= 0


def _edges(intervals: tuple[Interval, ...]) -> list[int]:
    """Edges in hundredths of a millisecond; asserts that each interval begins where the one before ends."""
    starts = [round(1e5 * each.start_s) for each in intervals]
    ends = [round(1e5 * (each.start_s + each.duration_s)) for each in intervals]
    assert starts[1:] == ends[:-1]
    return [*starts, *ends[-1:]]
