"""The demo pieces: they are what they say they are, and the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.demo import PIECES, Piece, render
from reprise.demo.score import SCALES, Note, Score, chord, tune
from reprise.demo.synth import kick
from reprise.errors import ParameterError

BY_NAME = {piece.name: piece for piece in PIECES}


@pytest.fixture(scope="module", params=PIECES, ids=lambda piece: piece.name)
def played(request: pytest.FixtureRequest) -> tuple[Piece, np.ndarray]:
    return request.param, render(request.param)


def test_a_piece_is_stereo_audio_of_its_length(played: tuple[Piece, np.ndarray]) -> None:
    piece, y = played
    assert y.shape == (2, round(piece.duration_s * 44100))
    assert y.dtype == np.float32
    assert 20.0 <= piece.duration_s <= 30.0
    assert np.isfinite(y).all()
    assert np.max(np.abs(y)) == pytest.approx(piece.peak, abs=1e-4) and piece.peak < 1.0
    assert not np.array_equal(y[0], y[1])


def test_a_piece_starts_and_ends_in_silence(played: tuple[Piece, np.ndarray]) -> None:
    piece, y = played
    before = y[:, : round((piece.start_s - 0.03) * 44100)]
    assert np.max(np.abs(before)) < 1e-3
    assert np.max(np.abs(y[:, -10:])) < 1e-2


def test_energy_stands_on_the_tones_of_the_key(played: tuple[Piece, np.ndarray]) -> None:
    """Of the twelve transpositions of its scale, its own holds the most energy or nearly so."""
    piece, y = played
    power = np.abs(np.fft.rfft(y.mean(axis=0).astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(y.shape[-1], 1 / 44100)
    heard = (hz > 250) & (hz < 2000)
    pitch = 69 + 12 * np.log2(hz[heard] / 440)
    on_pitch = np.abs(pitch - np.round(pitch)) < 0.3
    classes = np.round(pitch[on_pitch]).astype(int) % 12
    chroma = np.bincount(classes, weights=power[heard][on_pitch], minlength=12)
    shares = [
        sum(chroma[(tonic + step) % 12] for step in SCALES[piece.mode]) / chroma.sum() for tonic in range(12)
    ]
    # A scale a fifth away shares six of the seven tones, and overtones lean towards it.
    assert shares[piece.key] > max(0.85, max(shares) - 0.05)


def test_rendering_is_deterministic_and_pieces_differ() -> None:
    first, second = PIECES[0], PIECES[1]
    np.testing.assert_array_equal(render(first, 22050), render(first, 22050))
    n = 10 * 22050
    assert not np.allclose(render(first, 22050)[:, :n], render(second, 22050)[:, :n])


@pytest.mark.parametrize("sample_rate", [8000, 48000])
def test_any_sample_rate(sample_rate: int) -> None:
    y = render(BY_NAME["house"], sample_rate)
    assert y.shape[-1] == round(BY_NAME["house"].duration_s * sample_rate)
    assert np.isfinite(y).all()


def test_names_are_unique_and_the_styles_varied() -> None:
    assert len(BY_NAME) == len(PIECES) >= 7
    assert {piece.time_signature for piece in PIECES} >= {3, 4, 5, 6, None}
    assert {piece.mode for piece in PIECES} == {0, 1}


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_the_truth_about_beats(piece: Piece) -> None:
    if piece.tempo_bpm is None:
        assert piece.beats_s.size == piece.downbeats_s.size == 0 and piece.time_signature is None
        return
    assert np.diff(piece.beats_s) == pytest.approx(60.0 / piece.tempo_bpm, abs=1e-5)
    assert set(piece.downbeats_s) <= set(piece.beats_s)
    assert np.diff(piece.downbeats_s) == pytest.approx(piece.beats_per_bar * 60.0 / piece.tempo_bpm, abs=1e-5)
    assert piece.beats_s[-1] < piece.duration_s
    expected = 2 if piece.time_signature == 6 else piece.time_signature
    assert piece.beats_per_bar == expected
    assert chord(piece.progression[-1]).root == piece.key, "a piece ends on its tonic"


@pytest.mark.parametrize("name", ["house", "rock", "drum-and-bass", "hip-hop"])
def test_the_kick_drum_stands_on_every_downbeat(name: str) -> None:
    """Low-frequency energy rises within 25 ms of each true downbeat, so the grid and the audio agree."""
    piece = BY_NAME[name]
    y = render(piece).mean(axis=0)
    energy = np.convolve(y.astype(np.float64) ** 2, np.ones(441), mode="same")
    for downbeat_s in piece.downbeats_s:
        at = round(float(downbeat_s) * 44100)
        before, after = energy[at - 1100], energy[at : at + 1100].max()
        assert after > 1.5 * before


def test_chord_symbols() -> None:
    assert chord("F#m7").tones == (6, 9, 1, 4)
    assert chord("Bb").root == 10
    assert chord("Am").bass_pitch(33) == 33
    assert chord("C").voicing(57) == (60, 64, 67)
    for wrong in ("H", "Cx", ""):
        with pytest.raises(ParameterError):
            chord(wrong)


def test_a_tune_fills_its_bars_in_the_scale_and_comes_home() -> None:
    chords = [chord(symbol) for symbol in ("C", "F", "G", "C")]
    notes = tune(chords, ((1.0, 1.0, 2.0), (-2.0, 2.0)), SCALES[1], 60, np.random.default_rng(0))
    assert all(note.pitch % 12 in SCALES[1] and 60 <= note.pitch < 78 for note in notes)
    assert [note.beat for note in notes] == sorted(note.beat for note in notes)
    assert max(note.beat + note.beats for note in notes) == 16.0
    assert notes[-1].pitch % 12 == 0


def test_swing_moves_only_the_second_eighth() -> None:
    score = Score(beat_s=0.5, start_s=1.0, rng=np.random.default_rng(0), swing=0.66)
    assert score.time_s(3.0) == pytest.approx(2.5)
    assert score.time_s(3.5) == pytest.approx(2.5 + 0.33)


def test_a_note_lands_where_it_was_written() -> None:
    score = Score(beat_s=0.5, start_s=0.25, rng=np.random.default_rng(0))
    score.play(kick, Note(2.0, 0.25, 0), 1.0, send=0.0, loose_s=0.0)
    y = score.mix(3.0, 8000, 0.5, 0.9)
    assert np.flatnonzero(np.abs(y[0]) > 0.05)[0] / 8000 == pytest.approx(1.25, abs=0.005)
