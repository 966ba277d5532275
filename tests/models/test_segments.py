"""Segments begin with onsets, at any level; pitches and loudness are those of what sounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.full_analysis_cases import SR, analysed, measured

from reprise.audio_analysis import Segment
from reprise.models import segments as segments_module
from reprise.models.segments import cut_segments

NOTE_S = 0.5


def _notes(pitches: list[list[int]], gain: float = 0.2) -> np.ndarray:
    """Chords of sines with three partials, half a second each, struck."""
    t = np.arange(round(NOTE_S * SR)) / SR
    parts = []
    for chord in pitches:
        y = np.zeros(t.size)
        for pitch in chord:
            for partial in (1, 2, 3):
                y += np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * partial * t) / partial**2
        parts.append(gain * y * np.exp(-4 * t))
    return np.concatenate(parts).astype(np.float32)


def _at(segments: tuple[Segment, ...], time_s: float) -> Segment:
    return next(each for each in segments if each.start_s <= time_s < each.start_s + each.duration_s)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(48, 84), min_size=4, max_size=10))
def test_each_note_is_a_segment_whose_strongest_pitch_it_is(pitches: list[int]) -> None:
    segments = analysed(_notes([[pitch] for pitch in pitches])).segments
    right = [
        int(np.argmax(_at(segments, (i + 0.5) * NOTE_S).pitches)) == pitch % 12
        for i, pitch in enumerate(pitches)
    ]
    assert np.mean(right) > 0.7
    for i in range(1, len(pitches)):
        assert min(abs(segment.start_s - i * NOTE_S) for segment in segments) < 0.03


def test_a_major_triad_has_its_three_pitches() -> None:
    segments = analysed(_notes([[60, 64, 67]] * 6)).segments
    pitches = np.array(_at(segments, 1.25).pitches)
    assert set(np.argsort(-pitches)[:3]) == {0, 4, 7}
    assert np.sort(pitches)[-4] < 0.6


def test_noise_has_every_pitch_alike() -> None:
    y = (0.1 * np.random.default_rng(0).standard_normal(4 * SR)).astype(np.float32)
    tone = analysed(_notes([[60]] * 4)).segments[1].pitches
    noise = max(analysed(y).segments, key=lambda segment: segment.duration_s).pitches
    assert np.median(noise) > 0.5 > np.median(tone)


@settings(max_examples=10, deadline=None)
@given(st.floats(-30, 0))
def test_where_they_begin_does_not_depend_on_the_level(gain_db: float) -> None:
    y = _notes([[60], [64], [67], [72], [65], [69]], 0.3)
    loud, soft = (measured(y * np.float32(10 ** (g / 20))) for g in (0.0, gain_db))
    edges = [cut_segments(each.onset, each.loudness.overall_db, each.duration_s)[0] for each in (loud, soft)]
    assert edges[0].size == edges[1].size
    np.testing.assert_allclose(edges[0], edges[1], atol=0.02)


def test_loudness_rises_within_a_struck_note_and_is_that_of_the_meter() -> None:
    t = np.arange(4 * SR) / SR
    steady = (0.25 * np.sin(2 * np.pi * 997 * t)).astype(np.float32)
    detail = analysed(steady)
    assert detail.loudness_db is not None
    longest = max(detail.segments, key=lambda segment: segment.duration_s)
    assert longest.loudness_max_db == pytest.approx(detail.loudness_db, abs=0.5)
    struck = _at(analysed(_notes([[60], [67], [64], [60]])).segments, 0.75)
    assert struck.loudness_max_db > struck.loudness_end_db + 6
    assert struck.loudness_max_time_s < 0.1


def test_a_strong_onset_is_surer_than_a_faint_one() -> None:
    y = _notes([[60], [62], [64], [65], [67]], 0.3)
    y[round(2 * NOTE_S * SR) :][: round(NOTE_S * SR)] *= 0.25
    segments = analysed(y).segments
    faint, strong = _at(segments, 2.25 * NOTE_S), _at(segments, 3.25 * NOTE_S)
    assert strong.confidence >= faint.confidence


def test_long_recordings_are_described_piece_by_piece_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    y = _notes([[60], [64, 67], [67], [72], [65, 69], [69]] * 3)
    whole = analysed(y).segments
    monkeypatch.setattr(segments_module, "_STRETCH", 150)
    for one, other in zip(whole, analysed(y).segments, strict=True):
        assert (one.start_s, one.duration_s, one.pitches) == (other.start_s, other.duration_s, other.pitches)
        assert one.loudness_max_db == pytest.approx(other.loudness_max_db, abs=1e-3)
        assert one.loudness_start_db == pytest.approx(other.loudness_start_db, abs=1e-3)
        np.testing.assert_allclose(one.timbre, other.timbre, atol=2e-2)
