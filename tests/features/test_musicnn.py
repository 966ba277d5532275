"""The patch grid, and the converted networks against stored outputs of the original."""

from __future__ import annotations

import json
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ModelError, ParameterError
from reprise.features import musicnn
from reprise.features.mel import N_MELS, LogMel
from reprise.features.musicnn import (
    MSD_TAGS,
    MTT_TAGS,
    PATCH_FRAMES,
    MusicnnNetworks,
    MusicnnOutput,
    PatchGrid,
)
from reprise.features.spectrogram import Spectrogram
from reprise.records import FloatArray

REGRESSION = Path(__file__).parents[1] / "regression" / "musicnn_original.npz"


@pytest.fixture(scope="module")
def networks() -> MusicnnNetworks:
    return MusicnnNetworks()


def numbered_frames(n: int) -> FloatArray:
    """Frames that say their own number in every band."""
    return np.tile(np.arange(n, dtype=np.float32), (N_MELS, 1))


def first_frames(patches: FloatArray) -> list[int]:
    return [int(patch[0, 0]) for patch in patches]


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 30_000),
    max_patches=st.integers(1, 12),
    cuts=st.lists(st.integers(0, 30_000), max_size=10),
)
def test_grid_is_bounded_spaced_and_blind_to_blocks(n: int, max_patches: int, cuts: list[int]) -> None:
    frames = numbered_frames(n)
    grid, whole = PatchGrid(max_patches), PatchGrid(max_patches)
    for block in np.split(frames, sorted(min(cut, n) for cut in cuts), axis=1):
        grid.push(block)
        assert len(grid._kept) <= 2 * max_patches
    whole.push(frames)
    patches = grid.patches()
    np.testing.assert_array_equal(patches, whole.patches())
    n_whole = n // PATCH_FRAMES
    expected = min(max_patches, n_whole) if n_whole else min(n, 1)
    assert patches.shape == (expected, PATCH_FRAMES, N_MELS)
    if n_whole:
        starts = first_frames(patches)
        assert all(start % PATCH_FRAMES == 0 for start in starts)
        assert starts == sorted(set(starts))
        for start, patch in zip(starts, patches, strict=True):
            np.testing.assert_array_equal(patch[:, 5], np.arange(start, start + PATCH_FRAMES))


def test_grid_spans_a_long_signal_evenly() -> None:
    grid = PatchGrid(5)
    n_whole = 1000
    for first in range(0, n_whole * PATCH_FRAMES, 11_000):
        grid.push(numbered_frames(n_whole * PATCH_FRAMES)[:, first : first + 11_000])
    centres = np.array(first_frames(grid.patches())) / (n_whole * PATCH_FRAMES)
    np.testing.assert_allclose(centres, [0.1, 0.3, 0.5, 0.7, 0.9], atol=0.1)


def test_chosen_patches_are_the_middles_of_equal_parts() -> None:
    grid = PatchGrid(4)
    grid.push(numbered_frames(8 * PATCH_FRAMES))
    assert first_frames(grid.patches()) == [PATCH_FRAMES * i for i in (1, 3, 5, 7)]


def test_a_short_signal_is_repeated() -> None:
    grid = PatchGrid(4)
    grid.push(numbered_frames(100))
    (patch,) = grid.patches()
    np.testing.assert_array_equal(patch[:, 0], np.arange(PATCH_FRAMES) % 100)


def test_the_grid_wants_at_least_one_patch() -> None:
    with pytest.raises(ParameterError, match="max_patches"):
        PatchGrid(0)


def test_networks_equal_the_original(networks: MusicnnNetworks) -> None:
    with np.load(REGRESSION) as original:
        output = networks.predict(original["patches"].astype(np.float32))
        for name in ("msd_tags", "msd_penultimate", "mtt_tags", "mtt_penultimate"):
            np.testing.assert_allclose(getattr(output, name), original[name], rtol=0, atol=1e-4, err_msg=name)


def test_outputs_of_no_patches_are_empty(networks: MusicnnNetworks) -> None:
    output = networks.predict(np.empty((0, PATCH_FRAMES, N_MELS), np.float32))
    assert output.msd_tags.shape == (0, len(MSD_TAGS))
    assert output.mtt_penultimate.shape == (0, 200)


@pytest.mark.parametrize("shape", [(187, 96), (1, 96, 187), (2, 186, 96)])
def test_patches_of_another_shape_are_refused(networks: MusicnnNetworks, shape: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="shape"):
        networks.predict(np.zeros(shape, np.float32))


def test_threads_and_pickled_copies_agree(networks: MusicnnNetworks) -> None:
    patches = np.random.default_rng(1).uniform(0, 3, (6, PATCH_FRAMES, N_MELS)).astype(np.float32)
    alone = networks.predict(patches)
    fresh = MusicnnNetworks()
    with ThreadPoolExecutor(3) as pool:
        outputs: list[MusicnnOutput] = list(pool.map(fresh.predict, [patches] * 3))
    outputs.append(pickle.loads(pickle.dumps(networks)).predict(patches))
    for output in outputs:
        np.testing.assert_array_equal(output.msd_penultimate, alone.msd_penultimate)
        np.testing.assert_array_equal(output.mtt_tags, alone.mtt_tags)


@pytest.mark.parametrize("damage", ["missing", "altered"])
def test_damaged_weights_are_named(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "models" / "weights"
    weights.mkdir(parents=True)
    with resources.as_file(resources.files("reprise").joinpath("models", "weights")) as folder:
        for name in ("musicnn.json", "musicnn.onnx"):
            shutil.copy(folder / name, weights / name)
    graph = weights / "musicnn.onnx"
    if damage == "missing":
        graph.unlink()
    else:
        graph.write_bytes(graph.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(musicnn.resources, "files", lambda _: tmp_path)
    with pytest.raises(ModelError, match=r"MusiCNN|musicnn"):
        MusicnnNetworks().predict(np.zeros((1, PATCH_FRAMES, N_MELS), np.float32))


def test_the_card_tells_source_and_licence() -> None:
    card = json.loads(resources.files("reprise").joinpath("models", "weights", "musicnn.json").read_text())
    assert card["license"] == "ISC"
    assert "musicnn 0.1.0" in card["source"]
    assert "Pons" in card["paper"]
    differences = card["conversion"]["largest_difference_from_original"]
    limits = {name: 1e-3 if name.endswith("pooled") else 1e-4 for name in card["outputs"]}
    assert all(differences[on][name] < limit for on in differences for name, limit in limits.items())


def mean_scores(path: Path, networks: MusicnnNetworks) -> tuple[dict[str, float], dict[str, float]]:
    y, sr = soundfile.read(path, dtype="float32", always_2d=True)
    y = soxr.resample(y.mean(axis=1)[: 40 * sr], sr, 16_000)
    spectrogram, mel, grid = Spectrogram(), LogMel(), PatchGrid(4)
    grid.push(mel.push(spectrogram.push(y)))
    output = networks.predict(grid.patches())
    msd, mtt = output.msd_tags.mean(axis=0), output.mtt_tags.mean(axis=0)
    return dict(zip(MSD_TAGS, msd.tolist(), strict=True)), dict(zip(MTT_TAGS, mtt.tolist(), strict=True))


def test_tags_of_classical_and_of_rock(shared_data: Path, networks: MusicnnNetworks) -> None:
    clips = shared_data / "clips"
    classical = [mean_scores(p, networks) for p in sorted((clips / "gtzan_classical").glob("*.opus"))[:4]]
    rock = [mean_scores(p, networks) for p in sorted((clips / "emotify").glob("rock_*.opus"))[:4]]
    for msd, mtt in classical:
        assert mtt["classical"] > 0.2 > msd["rock"]
    assert np.mean([msd["rock"] for msd, _ in rock]) > 0.2 > np.mean([mtt["classical"] for _, mtt in rock])
