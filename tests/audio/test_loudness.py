"""Loudness against the standard's coefficients, a plain reading of its text, and what any signal obeys."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter, sosfreqz

from reprise.audio import open_audio
from reprise.audio.loudness import OVERALL_OFFSET_DB, LoudnessMeter, k_weighting
from reprise.errors import ParameterError
from reprise.records import FloatArray, Loudness

# ITU-R BS.1770-4, tables 1 and 2.
SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])


def measured(y: FloatArray, sample_rate: int = 48_000, block: int | None = None) -> Loudness:
    meter = LoudnessMeter(sample_rate, len(y))
    step = block or max(y.shape[1], 1)
    for start in range(0, y.shape[1], step):
        meter.push(y[:, start : start + step])
    return meter.result()


def music(seed: int, seconds: float = 5.0, channels: int = 2, rate: int = 48_000) -> FloatArray:
    """Return coloured noise whose level wanders, as music's does."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    level = np.interp(np.arange(n), np.linspace(0, n, 12), 10 ** rng.uniform(-1.5, -0.5, 12))
    coloured = lfilter([0.3], [1, -0.7], rng.normal(size=(channels, n)))
    return (0.3 * level * coloured).astype(np.float32)


def plain_reading(y: FloatArray) -> float:
    """Compute the gated loudness at 48 kHz exactly as the standard's annex 1 says, step by step."""
    filtered = lfilter(*HIGH_PASS, lfilter(*SHELF, y.astype(np.float64)))
    starts = range(0, y.shape[1] - 19_200 + 1, 4_800)
    z = np.array([np.mean(filtered[:, start : start + 19_200] ** 2, axis=1).sum() for start in starts])
    loudness = -0.691 + 10 * np.log10(z)
    threshold = -0.691 + 10 * np.log10(z[loudness > -70].mean()) - 10
    return float(-0.691 + 10 * np.log10(z[(loudness > -70) & (loudness > threshold)].mean()))


def test_coefficients_at_48_khz_are_those_of_the_standard() -> None:
    shelf, high_pass = k_weighting(48_000)
    np.testing.assert_allclose(shelf, np.concatenate(SHELF), atol=1e-12)
    np.testing.assert_allclose(high_pass, np.concatenate(HIGH_PASS), atol=1e-12)


# Near half the rate the bilinear transform bends the shelf, which telephone rates put there.
RATES = [
    (8_000, 0.21),
    (11_025, 0.15),
    (16_000, 0.1),
    (22_050, 0.05),
    (44_100, 0.02),
    (96_000, 0.03),
    (192_000, 0.03),
]


@pytest.mark.parametrize(("rate", "tolerance_db"), RATES)
def test_the_weighting_is_the_same_at_every_rate(rate: int, tolerance_db: float) -> None:
    hz = np.geomspace(20, min(rate / 8, 6_000), 50)
    _, here = sosfreqz(k_weighting(rate), hz, fs=rate)
    _, at_48_khz = sosfreqz(k_weighting(48_000), hz, fs=48_000)
    np.testing.assert_allclose(20 * np.log10(np.abs(here / at_48_khz)), 0, atol=tolerance_db)


@pytest.mark.parametrize(("rate", "tolerance_db"), RATES)
def test_the_reference_sine_reads_minus_3_01(rate: int, tolerance_db: float) -> None:
    sine = np.sin(2 * np.pi * 997 * np.arange(3 * rate) / rate).astype(np.float32)
    assert measured(sine[None], rate).integrated_lufs == pytest.approx(-3.01, abs=tolerance_db)


@pytest.mark.parametrize(
    ("channels", "weights"),
    [
        (1, (1,)),
        (2, (1, 1)),
        (3, (1, 1, 1)),
        (4, (1, 1, 1.41, 1.41)),
        (5, (1, 1, 1, 1.41, 1.41)),
        (6, (1, 1, 1, 0, 1.41, 1.41)),
        (8, (1, 1, 1, 0, 1, 1, 1.41, 1.41)),
        (10, (1,) * 10),
    ],
)
def test_weight_of_each_channel(channels: int, weights: tuple[float, ...]) -> None:
    sine = np.sin(2 * np.pi * 997 * np.arange(24_000) / 48_000).astype(np.float32)
    for channel, weight in enumerate(weights):
        y = np.zeros((channels, len(sine)), dtype=np.float32)
        y[channel] = sine
        lufs = measured(y).integrated_lufs
        if weight == 0:
            assert lufs is None
        else:
            assert lufs == pytest.approx(-3.01 + 10 * np.log10(weight), abs=0.02)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 2))
def test_equal_to_a_plain_reading_of_the_standard(seed: int, channels: int) -> None:
    y = music(seed, channels=channels)
    assert measured(y).integrated_lufs == pytest.approx(plain_reading(y), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(700, 100_000), st.sampled_from([11_025, 16_000, 44_100, 48_000]),
)  # fmt: skip
def test_the_size_of_the_blocks_does_not_matter(seed: int, block: int, rate: int) -> None:
    y = music(seed, seconds=4.37, rate=rate)
    whole, streamed = measured(y, rate), measured(y, rate, block)
    for name in Loudness.__slots__:
        assert getattr(streamed, name) == pytest.approx(getattr(whole, name), abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(-2, 2))
def test_a_gain_moves_every_level_by_itself_and_leaves_the_range(seed: int, doublings: int) -> None:
    # Powers of two are exact: rounding could carry a block across the relative gate.
    y, gain_db = music(seed), 20 * np.log10(2.0) * doublings
    before, after = measured(y), measured(y * np.float32(2.0**doublings))
    for name in ("integrated_lufs", "true_peak_db", "overall_db"):
        expected = min(getattr(before, name) + gain_db, 0 if name == "overall_db" else np.inf)
        assert getattr(after, name) == pytest.approx(expected, abs=1e-3)
    assert after.range_lu == pytest.approx(before.range_lu)


def test_the_same_sound_from_two_speakers_is_louder_but_the_same_recording() -> None:
    mono = music(7, channels=1)
    alone, twice = measured(mono), measured(np.tile(mono, (2, 1)))
    assert twice.integrated_lufs == pytest.approx(alone.integrated_lufs + 3.01, abs=0.01)
    assert twice.overall_db == pytest.approx(alone.overall_db)
    assert twice.true_peak_db == pytest.approx(alone.true_peak_db)


def test_overall_loudness_is_that_of_the_mono_mix_shifted() -> None:
    y = music(8)
    mix = measured(y.mean(axis=0, keepdims=True))
    assert measured(y).overall_db == pytest.approx(mix.integrated_lufs + OVERALL_OFFSET_DB, abs=1e-4)


def test_overall_loudness_stays_within_its_range() -> None:
    square = np.sign(np.sin(2 * np.pi * 2000 * np.arange(48_000) / 48_000 + 0.1)).astype(np.float32)
    assert measured(square[None]).overall_db == 0
    quiet = measured(square[None] * np.float32(1e-5))
    assert quiet.integrated_lufs is None
    assert quiet.overall_db == -60


def test_silence_and_what_is_too_short_are_unknown() -> None:
    silence = measured(np.zeros((2, 96_000), dtype=np.float32))
    assert silence == Loudness(integrated_lufs=None, range_lu=None, true_peak_db=None, overall_db=None)
    short = measured(music(1, seconds=0.39))
    assert (short.integrated_lufs, short.range_lu, short.overall_db) == (None, None, None)
    assert short.true_peak_db is not None
    assert measured(music(1, seconds=2.9)).range_lu is None
    assert measured(music(1, seconds=3.0)).range_lu == 0
    assert LoudnessMeter(48_000, 2).result() == silence


def test_short_term_loudness_has_ten_values_a_second() -> None:
    meter = LoudnessMeter(44_100, 2)
    meter.push(music(2, seconds=8.04, rate=44_100))
    assert len(meter.short_term_lufs()) == 80 - 30 + 1
    assert meter.short_term_lufs().dtype == np.float32
    assert len(LoudnessMeter(44_100, 1).short_term_lufs()) == 0


def test_what_is_kept_does_not_grow_with_the_blocks() -> None:
    """Three hours must fit: ten pairs of numbers a second, whatever the blocks."""
    meter = LoudnessMeter(44_100, 2)
    for seed in range(3):
        meter.push(music(seed, seconds=10, rate=44_100))
    kept = sum(block.size for block in meter._hops) + meter._true_peak._tail.size
    assert kept < 30 * 20 + 2000


def test_huge_but_finite_samples() -> None:
    loud = measured(np.float32(1e6) * music(3))
    assert loud.integrated_lufs == pytest.approx(measured(music(3)).integrated_lufs + 120, abs=1e-3)


@pytest.mark.parametrize(
    "block",
    [
        np.zeros(10, dtype=np.float32),
        np.zeros((1, 10), dtype=np.float32),
        np.full((2, 10), np.nan, dtype=np.float32),
        np.full((2, 10), -np.inf, dtype=np.float32),
        np.full((2, 10), 1e10, dtype=np.float32),
    ],
)
def test_refused_blocks(block: FloatArray) -> None:
    meter = LoudnessMeter(48_000, 2)
    with pytest.raises(ParameterError):
        meter.push(block)
    assert meter.result().true_peak_db is None


@pytest.mark.parametrize(
    ("rate", "channels"), [(0, 1), (3_999, 1), (float("nan"), 1), (48_000, 0), (48_000, -1)]
)
def test_refused_streams(rate: int, channels: int) -> None:
    with pytest.raises(ParameterError):
        LoudnessMeter(rate, channels)


def test_overall_loudness_against_spotifys_own(shared_data: Path) -> None:
    """The figure that docs/explanation/loudness.md gives, on every third labelled track."""
    with (shared_data / "labels" / "panda.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["spotify_loudness"]][::3]
    errors = []
    for row in rows:
        with open_audio(shared_data / row["clip"]) as stream:
            meter = LoudnessMeter(stream.sample_rate, stream.channels)
            for y in stream.blocks():
                meter.push(y)
        overall_db = meter.result().overall_db
        assert overall_db is not None
        errors.append(overall_db - float(row["spotify_loudness"]))
    assert np.mean(np.abs(errors)) < 2.9
    assert abs(np.median(errors)) < 0.7
