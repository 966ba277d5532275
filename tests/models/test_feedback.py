"""What was learnt from corrections, applied: bounded on every track, whatever the file of a version says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.errors import ModelError
from reprise.models.feedback import ACTIVE, BOUND, LOGIT_BOUND, Kinds, Residual, active_version
from reprise.models.heads import Estimate
from reprise.models.weights_file import save_weights
from reprise.records import ScoredName
from reprise.targets import HEADS

KINDS = Kinds.load()
N_KINDS = len(KINDS.centres)
CARD = {"kinds": KINDS.name}
CLASSES = ("Jazz", "Pop", "Rock")
wild = st.floats(width=32, allow_nan=True, allow_infinity=True)
heard = arrays(np.float32, 100, elements=st.floats(-7, 7, width=32)).map(lambda x: {"tag_logits": x})


def _table(value: float, columns: int) -> np.ndarray:
    return np.full((N_KINDS, columns), value, np.float32)


def _estimates(value: float = 0.5) -> dict[str, Estimate]:
    return {name: Estimate(value=value, low=max(0, value - 0.1), high=min(1, value + 0.2)) for name in HEADS}


@given(heard)
def test_the_shares_of_a_track_are_a_mean(inputs: dict[str, np.ndarray]) -> None:
    shares = KINDS.shares(inputs)
    assert shares.shape == (N_KINDS,)
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_a_track_at_a_centre_is_mostly_of_that_kind() -> None:
    for k, centre in enumerate(KINDS.centres):
        place = np.linalg.lstsq(KINDS.directions, centre, rcond=None)[0]
        shares = KINDS.shares({"tag_logits": (place * KINDS.deviation + KINDS.mean).astype(np.float32)})
        assert shares.argmax() == k


@given(arrays(np.float32, (N_KINDS, 7), elements=wild), heard, st.floats(0, 1))
def test_no_file_moves_a_feature_beyond_the_bound(
    features: np.ndarray, inputs: dict[str, np.ndarray], value: float
) -> None:
    before = _estimates(value)
    after = Residual(KINDS, features, _table(0, 3)).adjust(before, inputs)
    for name in HEADS:
        assert abs(after[name].value - before[name].value) <= BOUND + 1e-6
        assert 0 <= after[name].low <= after[name].value <= after[name].high <= 1


@given(
    arrays(np.float32, (N_KINDS, 3), elements=wild),
    heard,
    arrays(np.float64, 3, elements=st.floats(1e-6, 1)),
)
def test_no_file_moves_a_probability_beyond_the_bound(
    genres: np.ndarray, inputs: dict[str, np.ndarray], weights: np.ndarray
) -> None:
    scores = np.sort(weights / weights.sum())[::-1]
    before = {name: float(score) for name, score in zip(CLASSES, scores, strict=True)}
    said = tuple(ScoredName(name=name, score=score) for name, score in before.items())
    after = Residual(KINDS, _table(0, 7), genres).adjust_genres(said, CLASSES, inputs)
    assert sum(genre.score for genre in after) == pytest.approx(1)
    assert [genre.score for genre in after] == sorted((genre.score for genre in after), reverse=True)
    for genre in after:
        assert abs(genre.score - before[genre.name]) <= math.tanh(LOGIT_BOUND / 2) + 1e-6 < 0.2


def test_an_interval_moves_with_its_value() -> None:
    inputs = {"tag_logits": KINDS.mean}
    moved = Residual(KINDS, _table(0.1, 7), _table(0, 3)).adjust(_estimates(), inputs)["energy"]
    assert (moved.value, moved.low, moved.high) == pytest.approx((0.6, 0.5, 0.8), abs=1e-6)


def test_a_version_is_loaded_and_named(tmp_path: Path) -> None:
    save_weights("feedback-0001", tmp_path, {"features": _table(0.05, 7), "genres": _table(0, 26)}, CARD)
    loaded = Residual.load("feedback-0001", tmp_path)
    assert loaded.name.startswith("learned feedback-0001 ")
    assert loaded.features == pytest.approx(0.05)


def test_a_damaged_version_says_what_to_do(tmp_path: Path) -> None:
    save_weights("feedback-0001", tmp_path, {"features": _table(0.05, 7), "genres": _table(0, 26)}, CARD)
    (tmp_path / "feedback-0001.npz").write_bytes(b"torn")
    with pytest.raises(ModelError, match="reprise learn --rollback"):
        Residual.load("feedback-0001", tmp_path)
    save_weights("feedback-0002", tmp_path, {"features": _table(0, 6), "genres": _table(0, 26)}, CARD)
    with pytest.raises(ModelError, match="other kinds"):
        Residual.load("feedback-0002", tmp_path)
    arrays_ = {"features": _table(0, 7), "genres": _table(0, 26)}
    save_weights("feedback-0003", tmp_path, arrays_, {"kinds": "of an earlier version"})
    with pytest.raises(ModelError, match="other kinds"):
        Residual.load("feedback-0003", tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "feedback-", "feedback-1\nx", "feedback-٣", "heads"])
def test_the_note_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / ACTIVE).write_text(name, encoding="utf-8")
    with pytest.raises(ModelError, match="names no version"):
        active_version(tmp_path)


def test_without_a_note_or_with_an_empty_one_nothing_was_learnt(tmp_path: Path) -> None:
    assert active_version(tmp_path / "absent") is None
    (tmp_path / ACTIVE).write_text("\n")
    assert active_version(tmp_path) is None
    (tmp_path / ACTIVE).write_text("feedback-0007\n")
    assert active_version(tmp_path) == "feedback-0007"
    (tmp_path / ACTIVE).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="cannot be read"):
        active_version(tmp_path)
