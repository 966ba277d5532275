"""Weights on disk: what was saved comes back, and whatever was touched is refused."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

from reprise.errors import ModelError
from reprise.models.weights_file import load_weights, save_weights, shipped_folder

ARRAYS = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "names": np.array(["ä", "b"])}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the weights ``x``."""
    save_weights("x", tmp_path / "new", ARRAYS, {"license": "CC0", "what": "Ünsinn"})
    return tmp_path / "new"


def test_what_was_saved_comes_back(folder: Path) -> None:
    weights = load_weights("x", folder)
    assert set(weights.arrays) == set(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(weights.arrays[name], values)
        assert weights.arrays[name].dtype == values.dtype
    assert (weights.card["name"], weights.card["license"], weights.card["what"]) == ("x", "CC0", "Ünsinn")


def test_the_same_arrays_make_the_same_file(folder: Path, tmp_path: Path) -> None:
    save_weights("x", tmp_path, ARRAYS, {})
    assert (tmp_path / "x.npz").read_bytes() == (folder / "x.npz").read_bytes()


def test_one_changed_bit_is_refused(folder: Path) -> None:
    content = bytearray((folder / "x.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "x.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.npz is not the file that its card describes"):
        load_weights("x", folder)


@pytest.mark.parametrize("card", ["[]", "null", "{}", '{"sha256": null}', "{", "\x00"])
def test_a_card_that_vouches_for_nothing_is_refused(folder: Path, card: str) -> None:
    (folder / "x.json").write_text(card, encoding="utf-8")
    with pytest.raises(ModelError):
        load_weights("x", folder)


@pytest.mark.parametrize("missing", ["x.npz", "x.json"])
def test_a_missing_file_is_a_model_error(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ModelError, match="weights of x cannot be read"):
        load_weights("x", folder)


def test_a_pickle_is_never_opened_even_if_the_card_vouches_for_it(folder: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, weight=np.array([{"a": 1}], dtype=object))
    (folder / "x.npz").write_bytes(buffer.getvalue())
    card = {"sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    (folder / "x.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="does not hold plain arrays"):
        load_weights("x", folder)


def test_objects_are_never_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        save_weights("x", tmp_path, {"a": np.array([{}], dtype=object)}, {})


def test_the_shipped_folder_holds_the_heads() -> None:
    assert shipped_folder().joinpath("heads.npz").is_file()
