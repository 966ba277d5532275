import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.chroma import BINS_PER_OCTAVE, Chroma, Chromagram

SR = 16_000


def chromagram(y: np.ndarray, block: int = 65_536) -> Chromagram:
    chroma = Chroma()
    for start in range(0, y.size, block):
        chroma.push(y[start : start + block].astype(np.float32))
    return chroma.result()


def tones(pitches: list[float], seconds: float = 2.0, harmonics: int = 1) -> np.ndarray:
    """Sines, and their harmonics at falling level, at MIDI pitches."""
    t = np.arange(int(seconds * SR)) / SR
    y = np.zeros(t.size)
    for pitch in pitches:
        f = 440 * 2 ** ((pitch - 69) / 12)
        for h in range(1, harmonics + 1):
            y += np.sin(2 * np.pi * f * h * t + pitch + h) / h
    return (0.1 * y).astype(np.float32)


@pytest.mark.parametrize("pitch", [60, 61, 64, 69, 71, 79])
def test_a_tone_lands_in_the_bin_of_its_pitch_class(pitch: int) -> None:
    bins = chromagram(tones([pitch])).salience[:, :, 4:-4].astype(float).sum(axis=(0, 2))
    assert bins.argmax() == pitch % 12 * BINS_PER_OCTAVE // 12
    assert bins.max() > 0.95 * bins.sum()


def test_each_range_hears_its_own_tones() -> None:
    salience = chromagram(tones([40, 67, 90])).salience.astype(float).sum(axis=2)
    assert [int(band.argmax()) for band in salience] == [pitch % 12 * 5 for pitch in (40, 67, 90)]


@pytest.mark.parametrize("cents", [-40, -20, 20, 40])
def test_detuning_shows_in_the_fine_bins(cents: int) -> None:
    bins = chromagram(tones([69 + cents / 100])).salience[1, :, 4:-4].astype(float).sum(axis=1)
    assert bins.argmax() == 9 * 5 + cents // 20


@settings(max_examples=10, deadline=None)
@given(blocks=st.lists(st.integers(1, 30_000), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_the_sizes_of_the_blocks_do_not_matter(blocks: list[int], seed: int) -> None:
    y = 0.1 * np.random.default_rng(seed).standard_normal(sum(blocks)).astype(np.float32)
    y += tones([50, 62, 66, 69], y.size / SR + 1)[: y.size]
    chroma = Chroma()
    for end, size in zip(np.cumsum(blocks), blocks, strict=True):
        chroma.push(y[end - size : end])
    piecewise, whole = chroma.result(), chromagram(y, block=y.size)
    np.testing.assert_array_equal(piecewise.salience, whole.salience)
    np.testing.assert_array_equal(piecewise.level_db, whole.level_db)
    assert piecewise.n_frames == 1 + y.size // 2048


@pytest.mark.parametrize("gain", [1e-3, 0.1, 30.0])
def test_the_level_does_not_matter(gain: float) -> None:
    y = tones([45, 61, 64, 69], harmonics=5)
    soft, loud = chromagram(y), chromagram(np.float32(gain) * y)
    np.testing.assert_allclose(loud.salience.astype(float), soft.salience.astype(float), atol=0.01)
    np.testing.assert_allclose(loud.level_db - soft.level_db, 20 * np.log10(gain), atol=0.01)


def test_silence_has_no_peaks() -> None:
    silent = chromagram(np.zeros(SR, np.float32))
    assert not silent.salience.any()
    assert not silent.tonalness.any()
    assert Chroma().result().n_frames == 1


def test_tones_are_tonal_and_noise_is_not() -> None:
    noise = np.random.default_rng(0).standard_normal(2 * SR)
    assert np.median(chromagram(tones([57, 60, 64], harmonics=4)).tonalness) > 0.7
    assert np.median(chromagram(noise).tonalness) < 0.3


def test_result_may_be_asked_for_before_the_end() -> None:
    y = tones([60, 64, 67])
    chroma = Chroma()
    chroma.push(y[:SR])
    first = chroma.result()
    chroma.push(y[SR:])
    assert first.n_frames < chroma.result().n_frames
    np.testing.assert_array_equal(chroma.result().salience, chromagram(y).salience)
