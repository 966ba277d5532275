"""The space has unit vectors, depends on the embedding alone, and refuses what is none or altered."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.errors import ModelError, ParameterError
from reprise.models.inputs import EMBEDDING
from reprise.models.weights_file import load_weights
from reprise.similarity import space
from reprise.similarity.space import DIMENSIONS, Space, to_features, to_space


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_songs_have_unit_vectors_that_do_not_depend_on_their_company(n: int, seed: int):
    X = np.random.default_rng(seed).gamma(0.5, size=(n, EMBEDDING))
    made = to_space(X)
    assert (made.shape, made.dtype) == ((n, DIMENSIONS), np.float32)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    for i in range(n):
        np.testing.assert_allclose(to_space(X[i : i + 1])[0], made[i], atol=1e-5)


def test_the_mean_song_has_a_place_too():
    tiny = Space(mean=np.ones(3, np.float32), matrix=np.eye(3, 2, dtype=np.float32))
    np.testing.assert_array_equal(tiny(np.ones((1, 3))), [[1, 0]])
    np.testing.assert_allclose(tiny([[4, 5, 9]]), [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("embeddings", [np.ones(500), np.ones((2, 499)), np.full((1, 500), np.nan)])
def test_what_is_no_embedding_is_refused(embeddings: np.ndarray):
    with pytest.raises(ParameterError, match="500 columns"):
        to_space(embeddings)


def test_the_weights_are_those_that_the_card_describes():
    shipped = load_weights("similarity")
    np.testing.assert_array_equal(shipped.arrays["matrix"], space.load_space().matrix)
    assert shipped.arrays["matrix"].shape == (EMBEDDING, DIMENSIONS)
    assert to_features(np.full((2, 12), 0.5)).shape == (2, 24)


def test_altered_or_missing_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "models" / "weights"
    folder.mkdir(parents=True)
    shipped = Path(str(resources.files("reprise"))) / "models" / "weights"
    monkeypatch.setattr(space.resources, "files", lambda _: tmp_path)
    space.load_space.cache_clear()
    try:
        with pytest.raises(ModelError, match="cannot be read"):
            space.load_space()
        for name in ("similarity.npz", "similarity.json"):
            shutil.copy(shipped / name, folder)
        assert space.load_space().matrix.shape == (EMBEDDING, DIMENSIONS)
        space.load_space.cache_clear()
        content = bytearray((folder / "similarity.npz").read_bytes())
        content[-200] ^= 1
        (folder / "similarity.npz").write_bytes(content)
        with pytest.raises(ModelError, match="install reprise again"):
            space.load_space()
    finally:
        space.load_space.cache_clear()
