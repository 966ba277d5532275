from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.chroma import BINS_PER_OCTAVE, Chroma, Chromagram
from reprise.models.tonality import CHANNELS, KeyNetwork, estimate_tonality, estimate_tuning, tonal_profile
from reprise.models.weights_file import load_weights
from reprise.records import Tonality

SR = 16_000
MAJOR_PIECE = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR_PIECE = ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7), (8, 12, 15), (5, 8, 12), (7, 11, 14), (0, 3, 7))


def chromagram(y: np.ndarray) -> Chromagram:
    chroma = Chroma()
    for start in range(0, y.size, 50_000):
        chroma.push(y[start : start + 50_000].astype(np.float32))
    return chroma.result()


def tonality(y: np.ndarray) -> Tonality:
    return estimate_tonality(chromagram(y))


def play(chords: tuple[tuple[int, ...], ...], tonic: float, chord_s: float = 0.75) -> np.ndarray:
    """Chords over a bass, each note with eight harmonics and a decay."""
    t = np.arange(int(chord_s * SR)) / SR
    parts = []
    for chord in chords:
        y = np.zeros(t.size)
        for pitch in (36 + chord[0], *(60 + note for note in chord)):
            f = 440 * 2 ** ((pitch + tonic - 69) / 12)
            y += sum(np.sin(2 * np.pi * f * h * t + h) * 0.7**h for h in range(1, 9)) * np.exp(-t)
        parts.append(y)
    return (0.05 * np.concatenate(parts)).astype(np.float32)


def folded(tonic: int) -> int:
    """Transpose by at most half an octave, as instruments would."""
    return (tonic + 5) % 12 - 5


@settings(max_examples=12, deadline=None)
@given(tonic=st.integers(0, 11))
def test_major_in_every_key(tonic: int) -> None:
    found = tonality(play(MAJOR_PIECE, folded(tonic)))
    assert (found.key, found.mode) == (tonic, 1)
    assert found.key_confidence > 0.5
    assert found.mode_confidence > 0.5


@settings(max_examples=12, deadline=None)
@given(tonic=st.integers(0, 11))
def test_minor_in_every_key(tonic: int) -> None:
    found = tonality(play(MINOR_PIECE, folded(tonic)))
    assert (found.key, found.mode) == (tonic, 0)


@settings(max_examples=12, deadline=None)
@given(cents=st.floats(-45, 45))
def test_detuning_is_measured_and_does_not_change_the_key(cents: float) -> None:
    found = tonality(play(MAJOR_PIECE, 2 + cents / 100))
    assert (found.key, found.mode) == (2, 1)
    assert found.tuning_cents == pytest.approx(cents, abs=10)


@settings(max_examples=8, deadline=None)
@given(gain_db=st.floats(-60, 30))
def test_the_level_changes_nothing(gain_db: float) -> None:
    y = play(MINOR_PIECE, 4)
    usual, scaled = tonality(y), tonality(np.float32(10 ** (gain_db / 20)) * y)
    assert (usual.key, usual.mode) == (scaled.key, scaled.mode)
    assert scaled.key_confidence == pytest.approx(usual.key_confidence, abs=0.02)
    assert scaled.descriptors == pytest.approx(usual.descriptors, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(shift=st.integers(0, 11), seed=st.integers(0, 999))
def test_the_network_is_the_same_for_every_tonic(shift: int, seed: int) -> None:
    network = KeyNetwork(load_weights("tonality").arrays)
    channels = np.random.default_rng(seed).random((len(CHANNELS), 12)).astype(np.float32)
    p = network.probabilities(channels)
    np.testing.assert_allclose(
        network.probabilities(np.roll(channels, shift, axis=1)), np.roll(p, shift, axis=0), atol=1e-5
    )
    assert p.sum() == pytest.approx(1, abs=1e-5)


def blues() -> np.ndarray:
    seventh = (0, 4, 7, 10)
    roots = (0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7)
    return play(tuple(tuple(root + note for note in seventh) for root in roots), -3)


def test_a_blues_of_dominant_sevenths_is_in_the_key_of_its_first_chord() -> None:
    assert tonality(blues()).key == 9


def test_power_chords_round_a_minor_tonic() -> None:
    riff = tuple((root, root + 7, root + 12) for root in (0, 0, 3, 5, 0, 0, 10, 0))
    assert tonality(play(riff, -8)).key == 4


def test_mixolydian_rock_rests_on_its_tonic() -> None:
    loop = ((0, 4, 7), (0, 4, 7), (10, 14, 17), (5, 9, 12)) * 2
    found = tonality(play(loop, 2))
    assert (found.key, found.mode) == (2, 1)


def test_drums_over_the_music_do_not_hide_the_key() -> None:
    rng = np.random.default_rng(3)
    y = play(MAJOR_PIECE, 3)
    beat = np.exp(-np.arange(4000) / 700) * rng.standard_normal(4000)
    for start in range(0, y.size - 4000, 6000):
        y[start : start + 4000] += (0.1 * beat).astype(np.float32)
    found = tonality(y)
    assert (found.key, found.mode) == (3, 1)


def assert_no_key(found: Tonality) -> None:
    assert (found.key, found.mode) == (-1, None)
    assert found.key_confidence == found.mode_confidence == 0
    assert np.isfinite(list(found.descriptors.values())).all()


@pytest.mark.parametrize("seconds", [0.01, 1, 5])
def test_silence_has_no_key(seconds: float) -> None:
    assert_no_key(tonality(np.zeros(int(seconds * SR), np.float32)))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), brown=st.booleans())
def test_noise_has_no_key(seed: int, brown: bool) -> None:
    y = np.random.default_rng(seed).standard_normal(8 * SR)
    if brown:
        y = np.diff(np.convolve(y, np.exp(-np.arange(400) / 80), "same"))
    assert_no_key(tonality((0.1 * y).astype(np.float32)))


def test_noise_bursts_have_no_key() -> None:
    rng = np.random.default_rng(5)
    y = np.zeros(10 * SR)
    for start in range(0, y.size - 4000, 8000):
        y[start : start + 4000] = np.exp(-np.arange(4000) / 500) * rng.standard_normal(4000)
    assert_no_key(tonality(0.3 * y))


def test_one_second_is_enough_for_an_answer_without_errors() -> None:
    found = tonality(play(((0, 4, 7),), 0, chord_s=1.0))
    assert found.key in range(-1, 12)
    assert np.isfinite(list(found.descriptors.values())).all()


def test_an_impulse_and_full_scale_clipping_give_finite_numbers() -> None:
    impulse = np.zeros(2 * SR, np.float32)
    impulse[SR] = 1
    for y in (impulse, np.sign(play(MAJOR_PIECE, 0))):
        found = tonality(y)
        assert np.isfinite([*found.descriptors.values(), found.key_confidence, found.tuning_cents]).all()


def test_descriptors_have_the_same_names_with_and_without_a_key() -> None:
    music, silence = tonality(play(MAJOR_PIECE, 0)), tonality(np.zeros(SR, np.float32))
    noise = tonality(np.random.default_rng(0).standard_normal(4 * SR))
    assert list(music.descriptors) == list(silence.descriptors) == list(noise.descriptors)
    assert music.descriptors["key_clarity"] > noise.descriptors["key_clarity"]
    assert music.descriptors["tonalness"] > noise.descriptors["tonalness"]
    assert (
        music.descriptors["major_tendency"]
        > 0.5
        > tonality(play(MINOR_PIECE, 0)).descriptors["major_tendency"]
    )


def test_a_cluster_is_more_dissonant_than_a_triad() -> None:
    triad, cluster = tonality(play(((0, 4, 7),) * 4, 0)), tonality(play(((0, 1, 2),) * 4, 0))
    assert cluster.descriptors["dissonance"] > triad.descriptors["dissonance"]


def test_confidences_are_probabilities() -> None:
    for y in (play(MAJOR_PIECE, 1), play(MINOR_PIECE, 7), blues()):
        found = tonality(y)
        assert 0 < found.key_confidence <= 1
        assert 0 < found.mode_confidence <= 1


def test_tuning_of_nothing_is_zero() -> None:
    empty = Chromagram(
        salience=np.zeros((3, BINS_PER_OCTAVE, 4), np.float16),
        level_db=np.full(4, -200, np.float32),
        tonalness=np.zeros(4, np.float32),
    )
    tuning = estimate_tuning(empty)
    assert (tuning.cents, tuning.strength) == (0, 0)
    assert tonal_profile(empty, tuning) is None


@pytest.mark.parametrize(
    ("name", "key", "mode"),
    [
        ("Kevin_MacLeod_-_P_I_Tchaikovsky_Dance_of_the_Sugar_Plum_Fairy.ogg", 4, 0),
        ("sorohanro_-_solo-trumpet-06.ogg", 5, None),
        ("5703-47212-0000.ogg", -1, None),
    ],
)
def test_real_recordings(shared_data: Path, name: str, key: int, mode: int | None) -> None:
    y, rate = soundfile.read(shared_data / "examples" / name, always_2d=True)
    found = tonality(soxr.resample(y.mean(axis=1).astype(np.float32), rate, SR))
    assert found.key == key
    if mode is not None:
        assert found.mode == mode


def test_samples_that_are_not_numbers_give_no_key() -> None:
    y = play(MAJOR_PIECE, 0)
    y[5000:5100] = np.nan
    assert_no_key(tonality(y))
