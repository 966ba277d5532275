"""Weights that are shipped: a card for each, that says what it is, under what terms, and whose hash is right."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "src" / "reprise" / "models" / "weights"
WEIGHTS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")
CARDS = sorted(FOLDER.glob("*.json"))
NAMES = [path.name for path in WEIGHTS]


def test_the_weights_are_there() -> None:
    assert {"heads.npz", "mood.npz", "genre-69.npz", "genre-fused.npz", "musicnn.onnx"} <= set(NAMES)


def test_each_card_is_of_some_weights() -> None:
    assert {card.stem for card in CARDS} == {path.stem for path in WEIGHTS}


@pytest.mark.parametrize("path", WEIGHTS, ids=NAMES)
def test_the_card_vouches_for_the_weights(path: Path) -> None:
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["name"] == path.stem
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card.get("file", path.name) == path.name
    for key in ("license", "trained_on", "what"):
        assert card[key], key


@pytest.mark.parametrize("path", [p for p in WEIGHTS if p.suffix == ".npz"], ids=lambda p: p.name)
def test_arrays_hold_no_objects_and_only_finite_numbers(path: Path) -> None:
    with np.load(path, allow_pickle=False) as file:
        for name in file.files:
            values = file[name]
            assert values.dtype != object
            assert values.dtype.kind not in "fc" or np.isfinite(values).all(), name


def test_all_weights_are_small_and_none_can_run_code() -> None:
    assert {path.suffix for path in WEIGHTS} <= {".npz", ".onnx"}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 20_000_000
