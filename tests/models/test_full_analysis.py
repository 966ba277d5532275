"""What holds of every full analysis, whatever the sound, and how good it is on music that was written down."""

from __future__ import annotations

import mir_eval
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.models.full_analysis_cases import KINDS, SR, analysed, require_valid, sound

from reprise.audio.resample import Resampler
from reprise.audio_analysis import AudioAnalysis
from reprise.demo import PIECES, render
from reprise.demo.pieces import notes_of
from reprise.demo.songs import Song, compose


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), duration_s=st.floats(0.01, 14), seed=st.integers(0, 1 << 20))
@example(kind="silence", duration_s=10.0, seed=0)
@example(kind="click", duration_s=1.0, seed=0)
@example(kind="melody", duration_s=1.0, seed=0)
@example(kind="pulse", duration_s=0.0001, seed=0)
@example(kind="pulse", duration_s=13.37, seed=1)
def test_intervals_tile_and_nest_whatever_the_sound(kind: str, duration_s: float, seed: int) -> None:
    require_valid(analysed(sound(kind, duration_s, seed)))


@settings(max_examples=8, deadline=None)
@given(kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=5), seed=st.integers(0, 1 << 20))
def test_they_do_so_where_sounds_follow_each_other(kinds: list[str], seed: int) -> None:
    require_valid(analysed(np.concatenate([sound(kind, 9.0, seed + i) for i, kind in enumerate(kinds)])))


def test_silence_is_one_segment_without_anything_in_it() -> None:
    detail = analysed(sound("silence", 5.0, 0))
    (segment,) = detail.segments
    assert (segment.loudness_max_db, segment.timbre[0], set(segment.pitches)) == (-60.0, 0.0, {1.0})
    assert detail.bars == detail.beats == detail.tatums == ()
    assert (detail.tempo_bpm, detail.key, detail.mode, detail.loudness_db) == (None, -1, None, None)
    assert (detail.end_of_fade_in_s, detail.start_of_fade_out_s) == (0.0, 5.0)
    (section,) = detail.sections
    assert (section.tempo_bpm, section.key, section.time_signature) == (None, -1, None)


def test_a_single_click_is_where_a_segment_begins() -> None:
    y = np.zeros(3 * SR, np.float32)
    y[SR] = 0.9
    detail = analysed(y)
    assert detail.beats == ()
    assert any(abs(segment.start_s - 1.0) < 0.02 for segment in detail.segments)


@pytest.fixture(scope="module")
def song() -> Song:
    """None of those that settings were chosen on."""
    return compose(1001, SR)


@pytest.fixture(scope="module")
def of_song(song: Song) -> AudioAnalysis:
    return analysed(song.y.mean(axis=0))


def _starts(intervals: tuple) -> np.ndarray:
    return np.array([interval.start_s for interval in intervals])


def _onsets(starts_s: list[float]) -> np.ndarray:
    """What begins within 30 ms is one onset."""
    ordered = np.sort(starts_s)
    return ordered[np.append(True, np.diff(ordered) > 0.03)]


def test_a_song_is_valid(of_song: AudioAnalysis) -> None:
    require_valid(of_song)


def test_segments_begin_with_notes(song: Song, of_song: AudioAnalysis) -> None:
    truth = _onsets([note.start_s for note in song.notes])
    f, _, _ = mir_eval.onset.f_measure(truth, _starts(of_song.segments)[1:])
    assert f > 0.9


def test_beats_and_bars_are_those_that_were_written(song: Song, of_song: AudioAnalysis) -> None:
    trim = mir_eval.beat.trim_beats
    assert mir_eval.beat.f_measure(trim(song.beats_s), trim(_starts(of_song.beats))) > 0.9
    assert mir_eval.beat.f_measure(trim(song.downbeats_s), trim(_starts(of_song.bars))) > 0.4


def test_sections_begin_where_they_were_written(song: Song, of_song: AudioAnalysis) -> None:
    truth = np.array([[section.start_s, section.end_s] for section in song.sections])
    edges = np.append(_starts(of_song.sections), truth[-1, 1])
    found = np.stack([edges[:-1], edges[1:]], axis=1)
    assert mir_eval.segment.detection(truth, found, window=3.0, trim=True)[2] > 0.6
    assert all(section.tempo_bpm == pytest.approx(song.tempo_bpm, rel=0.03) for section in of_song.sections)


@pytest.mark.parametrize("name", ["house", "rock", "folk", "hip-hop", "seven"])
def test_pieces_are_cut_at_their_notes(name: str) -> None:
    piece = next(piece for piece in PIECES if piece.name == name)
    resampler = Resampler(22_050, SR)
    y = np.concatenate([resampler.push(render(piece, 22_050).mean(axis=0)), resampler.flush()])
    detail = analysed(y)
    require_valid(detail)
    truth = _onsets([note.start_s for note in notes_of(piece)])
    assert mir_eval.onset.f_measure(truth, _starts(detail.segments)[1:])[0] > 0.8
    trim = mir_eval.beat.trim_beats
    assert mir_eval.beat.f_measure(trim(piece.beats_s), trim(_starts(detail.beats))) > 0.9
    if name in ("folk", "hip-hop", "seven"):
        assert mir_eval.beat.f_measure(trim(piece.downbeats_s), trim(_starts(detail.bars))) > 0.8
