"""The outline of a waveform: true to the samples, the same for any blocks, bounded for any length."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.features.waveform import MAX_BINS, WaveformOutline
from reprise.records import Waveform


def _outline(y: np.ndarray, sr: int, cuts: list[int] | None = None) -> Waveform:
    outline = WaveformOutline(sr)
    for part in np.split(y, sorted(min(cut, y.shape[1]) for cut in cuts or []), axis=1):
        outline.push(part)
    return outline.result()


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 30_000),
    channels=st.integers(1, 3),
    sr=st.sampled_from([50, 100, 441, 8000]),
    cuts=st.lists(st.integers(0, 30_000), max_size=5),
    seed=st.integers(0, 99),
)
def test_every_bin_is_that_of_its_samples(n: int, channels: int, sr: int, cuts: list[int], seed: int) -> None:
    y = np.random.default_rng(seed).uniform(-1, 1, (channels, n)).astype(np.float32)
    got = _outline(y, sr, cuts)
    size = round(got.bin_s * sr)
    bins = [y[:, start : start + size] for start in range(0, n, size)]
    assert len(bins) <= MAX_BINS
    assert got.duration_s == n / sr
    assert got.low == tuple(int(np.rint(127 * part.min())) for part in bins)
    assert got.high == tuple(int(np.rint(127 * part.max())) for part in bins)
    expected = [127 * np.sqrt(np.mean(np.square(part.astype(np.float64)))) for part in bins]
    np.testing.assert_allclose(got.rms, expected, atol=0.5 + 1e-3)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1000, 2_000_000))
def test_beyond_ten_seconds_there_are_a_thousand_to_two_thousand_bins(n: int) -> None:
    n_bins = len(_outline(np.zeros((1, n), np.float32), 100).low)
    assert MAX_BINS / 2 <= n_bins <= MAX_BINS


def test_what_is_beyond_full_scale_is_cut_off() -> None:
    got = _outline(np.array([[3.0, -4.0]], np.float32), 100)
    assert (got.low, got.high, got.rms) == ((127, -127), (127, -127), (127, 127))


def test_nothing_has_no_bins() -> None:
    got = _outline(np.zeros((2, 0), np.float32), 44_100)
    assert (got.low, got.high, got.rms, got.duration_s) == ((), (), (), 0.0)


def test_the_outline_grows_while_it_is_listened_to() -> None:
    outline = WaveformOutline(1000)
    lengths = []
    for _ in range(5):
        outline.push(np.ones((1, 3000), np.float32))
        lengths.append(len(outline.result().low))
    assert lengths == [300, 600, 900, 1200, 1500]
