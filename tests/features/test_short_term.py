"""The 69 features against pyAudioAnalysis' own values, against known signals, and their symmetries."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.features.short_term import FEATURE_NAMES, SAMPLE_RATE_HZ, short_term_features

ROOT = Path(__file__).resolve().parents[2]
REFERENCE: dict[str, Any] = json.loads((ROOT / "tests/regression/short_term.json").read_text("utf-8"))


def _tool() -> Any:
    path = ROOT / "tools/make_short_term_reference.py"
    spec = importlib.util.spec_from_file_location("make_short_term_reference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
SIGNALS: dict[str, npt.NDArray[np.int16]] = TOOL.signals()


def _values(pcm: npt.NDArray[np.int16]) -> dict[str, float]:
    features = short_term_features(pcm.astype(np.float32) / 32768)
    return dict(zip(features.names, features.values.tolist(), strict=True))


def _pcm(seed: int, seconds: int) -> npt.NDArray[np.int16]:
    """Return noise whose level differs from second to second; samples are even, so that halving is exact."""
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.uniform(100, 4000, seconds), SAMPLE_RATE_HZ)
    noise = np.clip(rng.standard_normal(level.size) * level, -16000, 16000).astype(np.int16)
    return noise * np.int16(2)


@pytest.mark.parametrize("name", REFERENCE["signals"])
def test_synthetic_signals_equal_pyaudioanalysis(name: str) -> None:
    values = short_term_features(SIGNALS[name].astype(np.float32) / 32768).values
    # Where a deviation over equal frames is 0 in theory, both leave rounding noise of their own.
    np.testing.assert_allclose(values, REFERENCE["signals"][name], rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("name", REFERENCE["examples"])
def test_real_clips_equal_pyaudioanalysis(name: str, shared_data: Path) -> None:
    values = _values(TOOL.example(shared_data / "examples" / name))
    np.testing.assert_allclose(list(values.values()), REFERENCE["examples"][name], rtol=1e-3, atol=1e-9)
    assert values["bpm"] == pytest.approx(REFERENCE["examples"][name][-1], rel=1e-6)


def test_names_are_those_of_the_table() -> None:
    features = short_term_features(SIGNALS["one_second"].astype(np.float32) / 32768)
    assert features.names == FEATURE_NAMES
    assert len(set(FEATURE_NAMES)) == 69 == features.values.size
    assert features.values.dtype == np.float32
    assert (FEATURE_NAMES[0], FEATURE_NAMES[33], FEATURE_NAMES[34]) == (
        "zcr_mean",
        "chroma_std_mean",
        "zcr_std",
    )


def test_a_tone_stands_at_its_own_frequency() -> None:
    t = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    values = _values((20000 * np.sin(2 * np.pi * 1000 * t + 0.1)).astype(np.int16))
    assert values["zcr_mean"] == pytest.approx(2000 / SAMPLE_RATE_HZ, rel=1e-3)
    assert values["spectral_rolloff_mean"] == pytest.approx(1000 / 22050, rel=1e-3)
    assert values["spectral_centroid_mean"] == pytest.approx(1000 / 22050, rel=0.01)
    assert values["energy_mean"] == pytest.approx(0.5, rel=1e-3)
    assert values["energy_std"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("bpm", [75, 120, 150])
def test_clicks_give_their_rate(bpm: int) -> None:
    y = np.zeros(20 * SAMPLE_RATE_HZ, dtype=np.int16)
    noise = np.random.default_rng(0).integers(-20000, 20000, 2000)
    for start in range(0, y.size - 2000, SAMPLE_RATE_HZ * 60 // bpm):
        y[start : start + 2000] = noise
    assert _values(y)["bpm"] == pytest.approx(bpm)


def test_one_frame_has_no_deviation_and_no_flux() -> None:
    values = _values(SIGNALS["one_and_a_half_seconds"])
    assert [values[name] for name in FEATURE_NAMES if name.endswith("_std")] == [0.0] * 34
    assert values["spectral_flux_mean"] == 0.0


@pytest.mark.parametrize("shape", [(SAMPLE_RATE_HZ - 1,), (0,), (2, SAMPLE_RATE_HZ)])
def test_what_is_too_short_or_not_mono_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="one second"):
        short_term_features(np.zeros(shape, dtype=np.float32))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), seconds=st.integers(1, 6), halvings=st.integers(0, 1))
def test_level_and_polarity_do_not_matter(seed: int, seconds: int, halvings: int) -> None:
    pcm = _pcm(seed, seconds)
    quieter = (-pcm.astype(np.int32) // 2**halvings).astype(np.int16)
    np.testing.assert_allclose(
        list(_values(quieter).values()), list(_values(pcm).values()), rtol=1e-5, atol=1e-7
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), order=st.permutations(range(5)))
def test_order_of_the_seconds_matters_only_to_flux_and_beat(seed: int, order: list[int]) -> None:
    seconds = _pcm(seed, 5).reshape(5, SAMPLE_RATE_HZ)
    before, after = _values(seconds.ravel()), _values(seconds[order].ravel())
    kept = [name for name in FEATURE_NAMES if "flux" not in name and name != "bpm"]
    np.testing.assert_allclose([after[n] for n in kept], [before[n] for n in kept], rtol=1e-5, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(
    levels=st.lists(st.sampled_from([0, 1, 2, 300, 32767]), min_size=2, max_size=5),
    offset=st.integers(-32768, 32767),
    seed=st.integers(0, 2**16),
)
def test_every_value_is_finite_and_in_range(levels: list[int], offset: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    wave = np.concatenate([rng.integers(-level, level + 1, SAMPLE_RATE_HZ) for level in levels])
    values = _values(np.clip(wave + offset, -32768, 32767).astype(np.int16))
    assert np.isfinite(list(values.values())).all()
    for name in ("zcr", "energy", "spectral_centroid", "spectral_spread", "spectral_rolloff", "chroma_1"):
        assert 0.0 <= values[f"{name}_mean"] <= 1.0, name
    for name in ("energy_entropy_mean", "spectral_entropy_mean"):
        assert -1e-6 <= values[name] <= np.log2(10) + 1e-6
    assert 60 / 2.0 <= values["bpm"] <= 60 / 0.05 + 1e-6
