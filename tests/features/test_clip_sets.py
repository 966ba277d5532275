"""Every set has the shape, the type and the meaning that it states, for clips of every length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.errors import DecodeError, UnknownNameError
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks


@pytest.fixture(scope="module")
def networks() -> MusicnnNetworks:
    return MusicnnNetworks()


def chirp(path: Path, seconds: float, sr: int = 22050) -> Path:
    """A tone that rises from 100 Hz to 7 kHz."""
    t = np.arange(int(seconds * sr)) / sr
    y = 0.5 * np.sin(2 * np.pi * (100 + 6900 / 2 * t / seconds) * t)
    soundfile.write(path, np.stack([y, y], axis=1), sr)
    return path


@pytest.mark.parametrize("seconds", [1.5, 30.0, 45.0])
def test_every_set_is_what_it_states(tmp_path: Path, networks: MusicnnNetworks, seconds: float):
    found = extract_clip(chirp(tmp_path / "a.wav", seconds), list(CLIP_SETS), networks)
    assert found.duration_s == pytest.approx(min(30, seconds))
    assert found.values.keys() == CLIP_SETS.keys()
    for name, row in CLIP_SETS.items():
        assert found.values[name].shape == row.shape
        assert found.values[name].dtype == row.dtype
        assert np.isfinite(found.values[name]).all()
        assert np.ptp(found.values[name].astype(float)) > 0


def test_the_image_is_filled_edge_to_edge_with_high_frequencies_on_top(tmp_path, networks):
    image = extract_clip(chirp(tmp_path / "a.wav", 30), ["image"], networks).values["image"].astype(float)
    loudest = image.argmax(axis=0)
    hz = (255 - loudest) * 8000 / 256
    np.testing.assert_allclose(hz[[2, 128, -3]], [150, 3550, 6950], atol=120)
    assert image.max() == 255
    assert (image.max(axis=0) > 200).all()


def test_the_middle_of_a_long_file_is_taken(tmp_path, networks):
    sr = 16000
    y = np.zeros(90 * sr)
    y[30 * sr : 60 * sr] = np.random.default_rng(0).normal(size=30 * sr) * 0.1
    soundfile.write(tmp_path / "long.wav", y, sr)
    soundfile.write(tmp_path / "middle.wav", y[30 * sr : 60 * sr], sr)
    long, middle = (
        extract_clip(tmp_path / f"{name}.wav", ["mfcc"], networks).values["mfcc"]
        for name in ("long", "middle")
    )
    np.testing.assert_allclose(long, middle, atol=1e-3)


def test_only_what_is_asked_for_is_made(tmp_path, networks):
    assert extract_clip(chirp(tmp_path / "a.wav", 2), ["mel"], networks).values.keys() == {"mel"}


def test_an_unknown_set_and_a_broken_file_are_named(tmp_path, networks):
    with pytest.raises(UnknownNameError, match="did you mean 'mfcc'"):
        extract_clip(tmp_path / "a.wav", ["mfc"], networks)
    (tmp_path / "a.wav").write_text("no audio")
    with pytest.raises(DecodeError):
        extract_clip(tmp_path / "a.wav", ["mfcc"], networks)
