"""The numbers of a clip are Spotify's own where they are known, else what is measured, and measured once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets import panda
from reprise.errors import DecodeError
from reprise.training.numbers import NUMBERS, clip_numbers


@pytest.fixture
def clips(shared_data: Path) -> dict[str, Path]:
    """A clip with Spotify's numbers, and one without."""
    labels = panda.load(shared_data)
    with_numbers = np.flatnonzero(np.isfinite(labels.tempo_bpm))[0]
    without = np.flatnonzero(np.isnan(labels.tempo_bpm))[0]
    return {labels.clips[row]: shared_data / labels.clips[row] for row in (with_numbers, without)}


def test_spotify_comes_before_what_is_measured(
    clips: dict[str, Path], shared_data: Path, tmp_path: Path
) -> None:
    numbers = clip_numbers(clips, np.array([0.3, np.nan]), shared_data, tmp_path)
    assert numbers.shape == (2, len(NUMBERS)) and numbers.dtype == np.float32
    labels = panda.load(shared_data)
    row = labels.clips.index(next(iter(clips)))
    own = [labels.tempo_bpm[row], labels.loudness_db[row], labels.key[row], labels.mode[row]]
    np.testing.assert_allclose(numbers[0, 1:5], own, rtol=1e-6)
    np.testing.assert_allclose(numbers[:, 0], 0.3)  # what has no valence gets the mean of the others
    tempo, loudness, key, mode, metre = numbers[1, 1:]
    assert 30 < tempo < 300 and -60 <= loudness <= 0
    assert key in range(12) and mode in (0, 1) and metre in range(3, 8)


def test_a_clip_is_measured_once(clips: dict[str, Path], shared_data: Path, tmp_path: Path) -> None:
    first = clip_numbers(clips, np.zeros(2), shared_data, tmp_path)
    unreadable = dict.fromkeys(clips, tmp_path / "gone.opus")
    np.testing.assert_array_equal(clip_numbers(unreadable, np.zeros(2), shared_data, tmp_path), first)
    with pytest.raises(DecodeError):
        clip_numbers(unreadable | {"another": tmp_path / "gone.opus"}, np.zeros(3), shared_data, tmp_path)
