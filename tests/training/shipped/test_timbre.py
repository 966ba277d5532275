"""The teacher: statistics as GTZAN's table has them, and artists that it must not know."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from reprise.datasets.gtzan import COLUMNS
from reprise.targets import HEADS
from reprise.training.shipped.timbre import SAMPLE_RATE_HZ, teach, timbre_statistics


def test_statistics_stand_under_their_names(tmp_path: Path) -> None:
    t = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    soundfile.write(
        tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 1000 * t), SAMPLE_RATE_HZ, subtype="FLOAT"
    )
    found = dict(zip(COLUMNS, timbre_statistics(tmp_path / "tone.wav"), strict=True))
    assert found["spectral_centroid_mean"] == pytest.approx(1000, rel=0.02)
    assert found["zero_crossing_rate_mean"] == pytest.approx(2000 / SAMPLE_RATE_HZ, rel=0.03)
    assert found["rms_mean"] == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    assert found["rolloff_mean"] == pytest.approx(1000, rel=0.02)
    assert all(found[name] >= 0 for name in COLUMNS if name.endswith("_var"))


def test_half_the_level_changes_the_level_alone(tmp_path: Path) -> None:
    y = 0.4 * np.random.default_rng(0).standard_normal(2 * SAMPLE_RATE_HZ).clip(-2, 2)
    for name, gain in (("loud.wav", 1.0), ("quiet.wav", 0.5)):
        soundfile.write(tmp_path / name, gain * y, SAMPLE_RATE_HZ, subtype="FLOAT")
    loud, quiet = (
        dict(zip(COLUMNS, timbre_statistics(tmp_path / f"{n}.wav"), strict=True)) for n in ("loud", "quiet")
    )
    assert quiet["rms_mean"] == pytest.approx(loud["rms_mean"] / 2, rel=1e-3)
    for name in ("spectral_centroid_mean", "zero_crossing_rate_mean", "chroma_stft_mean", "mfcc5_mean"):
        assert quiet[name] == pytest.approx(loud[name], rel=1e-2, abs=1e-2), name


def _lie_about(folder: Path, target: Path, artists: set[str]) -> None:
    rows = list(csv.DictReader((folder / "tables" / "gtzan_features57.csv").open(encoding="utf-8")))
    for row in rows:
        if row["artist"] in artists:
            row.update({f"spotify_{name}": "1" for name in HEADS})
    (target / "tables").mkdir()
    with (target / "tables" / "gtzan_features57.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_nothing_is_learnt_from_excluded_artists(tiny: Any, tmp_path: Path) -> None:
    statistics = np.abs(np.random.default_rng(0).standard_normal((5, 52))) + 0.1
    excluded = frozenset({"artist3", "artist7"})
    _lie_about(tiny.folder, tmp_path, {"Artist 3", "Artist 7"})
    expected = teach(tiny.folder, statistics, excluded)
    assert expected.shape == (5, 7)
    np.testing.assert_array_equal(teach(tmp_path, statistics, excluded), expected)
    assert np.abs(teach(tmp_path, statistics, frozenset()) - expected).max() > 1e-3
