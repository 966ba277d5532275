"""Each section is judged by its own stretch: two songs in one file keep their tempi and keys."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.full_analysis_cases import SR, measured

from reprise.demo.songs import compose
from reprise.models.local_sections import analyse_sections
from reprise.models.rhythm import hear_rhythm
from reprise.models.tonality import estimate_tonality
from reprise.records import Section

SECONDS = 40


def _section(start_s: float, duration_s: float) -> Section:
    return Section(start_s=start_s, duration_s=duration_s, confidence=1.0, label="A", loudness_db=-10.0)


def test_sections_have_the_tempo_and_key_of_their_own_song() -> None:
    songs = [compose(seed, SR) for seed in (1002, 1005)]
    y = np.concatenate([song.y.mean(axis=0)[10 * SR :][: SECONDS * SR] for song in songs])
    features = measured(y)
    heard, tonality = hear_rhythm(features.onset), estimate_tonality(features.chroma)
    halves = (_section(0.0, SECONDS), _section(SECONDS, SECONDS))
    found = analyse_sections(halves, heard, features.chroma, tonality, 2.0 * SECONDS)
    for section, song in zip(found, songs, strict=True):
        assert section.tempo_bpm is not None
        octave = np.log2(section.tempo_bpm / song.tempo_bpm)
        assert abs(octave - round(octave)) < 0.04
        assert section.key in {part.key for part in song.sections if part.start_s < SECONDS + 10}
    alone = measured(y[SECONDS * SR :])
    assert found[1].key == estimate_tonality(alone.chroma).key


def test_what_is_too_short_to_judge_has_the_whole_s_values_and_less_confidence() -> None:
    y = compose(1002, SR).y.mean(axis=0)[10 * SR :][: SECONDS * SR]
    features = measured(y)
    heard, tonality = hear_rhythm(features.onset), estimate_tonality(features.chroma)
    sections = (_section(0.0, 1.5), _section(1.5, SECONDS - 1.5))
    short, long = analyse_sections(sections, heard, features.chroma, tonality, float(SECONDS))
    assert heard.rhythm.tempo_bpm is not None
    assert short.tempo_bpm == pytest.approx(heard.rhythm.tempo_bpm, abs=1e-3)
    assert short.tempo_confidence == pytest.approx(heard.rhythm.tempo_confidence / 2, abs=1e-3)
    assert (short.key, short.mode) == (tonality.key, tonality.mode)
    assert short.key_confidence == pytest.approx(tonality.key_confidence / 2, abs=1e-3)
    assert long.start_s + long.duration_s == SECONDS


def test_a_silent_stretch_of_a_song_has_no_pulse_and_no_key() -> None:
    y = compose(1002, SR).y.mean(axis=0)[10 * SR :][: SECONDS * SR].copy()
    y[20 * SR :] = 0
    features = measured(y)
    heard, tonality = hear_rhythm(features.onset), estimate_tonality(features.chroma)
    sections = (_section(0.0, 21.0), _section(21.0, SECONDS - 21.0))
    music, silence = analyse_sections(sections, heard, features.chroma, tonality, float(SECONDS))
    assert music.tempo_bpm is not None
    assert music.key >= 0
    assert (silence.tempo_bpm, silence.time_signature, silence.key, silence.mode) == (None, None, -1, None)
    assert silence.tempo_confidence == silence.key_confidence == 0
