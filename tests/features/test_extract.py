"""One pass over a stream: block sizes do not matter, the excerpt is the middle, the shortest file is enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio import AudioStream, open_audio
from reprise.errors import UnusableAudioError
from reprise.features.extract import EXCERPT_S, Features, _Excerpt, extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.features.short_term import short_term_features

SR = 44_100
NETWORKS = MusicnnNetworks()


class _Rechunked:
    """The same stream in other blocks."""

    def __init__(self, stream: AudioStream, block_s: float) -> None:
        self._stream, self._block_s = stream, block_s
        self.sample_rate, self.channels, self.duration_s = (
            stream.sample_rate,
            stream.channels,
            stream.duration_s,
        )

    def blocks(self, _block_s: float) -> Iterator[np.ndarray]:
        return self._stream.blocks(self._block_s)


def _music(seconds: float, sr: int = SR, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(1)
    t = np.arange(int(seconds * sr)) / sr
    y = 0.3 * np.sin(2 * np.pi * 220 * t) * np.exp(-6 * (t % 0.5)) + 0.02 * rng.standard_normal(t.size)
    return np.stack([y * (0.5 + 0.5 * c / channels) for c in range(channels)], axis=1)


def _extract(path: Path, block_s: float = 10.0) -> Features:
    with open_audio(path) as stream:
        return extract(_Rechunked(stream, block_s), NETWORKS, max_patches=3)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven and a bit seconds of stereo."""
    path = tmp_path_factory.mktemp("extract") / "clip.wav"
    soundfile.write(path, _music(7.3), SR, subtype="FLOAT")
    return path


@pytest.mark.parametrize("block_s", [0.05, 0.37, 60.0])
def test_the_size_of_the_blocks_does_not_matter(clip: Path, block_s: float) -> None:
    expected, got = _extract(clip), _extract(clip, block_s)
    assert got.duration_s == expected.duration_s
    np.testing.assert_allclose(got.mel_mean, expected.mel_mean, atol=1e-4)
    np.testing.assert_allclose(got.mel_std, expected.mel_std, atol=1e-3)
    np.testing.assert_allclose(got.short_term.values, expected.short_term.values, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(got.musicnn.msd_tags, expected.musicnn.msd_tags, atol=1e-3)
    np.testing.assert_allclose(got.onset.log_bands, expected.onset.log_bands, atol=5e-3)
    assert got.loudness.integrated_lufs == pytest.approx(expected.loudness.integrated_lufs, abs=1e-3)
    assert got.chroma.n_frames == expected.chroma.n_frames


def test_what_was_extracted_has_the_promised_shapes(clip: Path) -> None:
    features = _extract(clip)
    assert features.duration_s == pytest.approx(7.3, abs=1e-3)
    assert features.mel_mean.shape == features.mel_std.shape == (96,)
    assert features.musicnn.msd_tags.shape == (2, 50)  # 3-second patches
    assert features.short_term.values.shape == (69,)
    assert features.onset.duration_s == pytest.approx(7.3, abs=0.05)


@pytest.mark.parametrize("sr", [8000, 11_025, 16_000, 44_100, 48_000, 96_000])
def test_one_second_at_any_rate_is_enough(tmp_path: Path, sr: int) -> None:
    soundfile.write(tmp_path / "short.wav", _music(1.0, sr, 1), sr)
    features = _extract(tmp_path / "short.wav")
    assert features.duration_s == 1.0
    for part in fields(features.musicnn):
        assert np.isfinite(getattr(features.musicnn, part.name)).all()
    assert np.isfinite(features.short_term.values).all()


def test_less_than_a_second_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", _music(0.99), SR)
    with pytest.raises(UnusableAudioError):
        _extract(tmp_path / "short.wav")


def test_silence_around_the_music_is_no_part_of_the_69_features(tmp_path: Path) -> None:
    music, nothing = _music(EXCERPT_S, channels=1)[:, 0], np.zeros(10 * SR)
    soundfile.write(tmp_path / "framed.wav", np.concatenate([nothing, music, nothing]), SR, subtype="FLOAT")
    expected = short_term_features(music.astype(np.float32)).values
    np.testing.assert_allclose(
        _extract(tmp_path / "framed.wav").short_term.values, expected, rtol=1e-3, atol=1e-4
    )


def _excerpt_of(y: np.ndarray, sr: int, declared_s: float | None, cuts: list[int]) -> np.ndarray:
    excerpt = _Excerpt(sr, declared_s)
    for part in np.split(y, sorted(min(cut, y.size) for cut in cuts)):
        excerpt.push(part)
    return excerpt.result()


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 900),
    declared_s=st.none() | st.floats(0, 200),
    cuts=st.lists(st.integers(0, 900), max_size=5),
)
def test_the_excerpt_is_one_piece_of_the_signal_and_as_long_as_can_be(
    n: int, declared_s: float | None, cuts: list[int]
) -> None:
    sr = 10
    y = np.arange(n, dtype=np.float32)
    got = _excerpt_of(y, sr, declared_s, cuts)
    assert got.size == min(n, int(EXCERPT_S * sr))
    np.testing.assert_array_equal(np.diff(got), 1)


@pytest.mark.parametrize(
    ("declared_s", "start"), [(90.0, 300), (60.0, 150), (None, 0), (20.0, 0), (5000.0, 0)]
)
def test_the_excerpt_begins_where_the_declared_length_says(declared_s: float | None, start: int) -> None:
    assert _excerpt_of(np.arange(900, dtype=np.float32), 10, declared_s, [123, 456])[0] == start
