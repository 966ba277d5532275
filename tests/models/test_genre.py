"""The genre model: probabilities that are probabilities, weights that are checked, and a forward pass done by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as draw_arrays

from reprise.errors import ModelError, ParameterError
from reprise.models.genre import Preparation, ShortTermGenreModel


def _arrays(members: int = 2, classes: int = 3) -> dict[str, npt.NDArray[Any]]:
    rng = np.random.default_rng(0)
    preparation = Preparation.fit(rng.lognormal(size=(50, 69)).astype(np.float32), limit=4.0)
    return {
        "classes": np.array([f"class {k}" for k in range(classes)]),
        "prior": np.full(classes, 1 / classes, np.float32),
        "temperature": np.array([1.0], np.float32),
        **preparation.arrays(),
        "weight_0": rng.standard_normal((members, 69, 8)).astype(np.float16),
        "bias_0": rng.standard_normal((members, 1, 8)).astype(np.float16),
        "weight_1": rng.standard_normal((members, 8, classes)).astype(np.float16),
        "bias_1": rng.standard_normal((members, 1, classes)).astype(np.float16),
    }


def test_one_network_is_evaluated_as_written() -> None:
    parts = _arrays(members=1)
    x = np.random.default_rng(1).lognormal(size=69).astype(np.float32)
    z = np.clip((np.log(x) - parts["centre"]) / parts["scale"], -4, 4)
    hidden = np.maximum(z @ parts["weight_0"][0].astype(float) + parts["bias_0"][0, 0], 0)
    scores = np.exp(hidden @ parts["weight_1"][0].astype(float) + parts["bias_1"][0, 0])
    expected = scores / scores.sum()
    np.testing.assert_allclose(ShortTermGenreModel(parts).predict_proba(x), expected, rtol=1e-4)


def test_many_rows_are_what_each_is_alone() -> None:
    model = ShortTermGenreModel(_arrays())
    rows = np.random.default_rng(2).lognormal(size=(5, 69)).astype(np.float32)
    np.testing.assert_allclose(
        model.predict_proba(rows), [model.predict_proba(row) for row in rows], rtol=1e-4
    )


def test_a_high_temperature_flattens() -> None:
    parts = _arrays()
    row = np.random.default_rng(3).lognormal(size=69).astype(np.float32)
    sharp = ShortTermGenreModel(parts).predict_proba(row)
    flat = ShortTermGenreModel({**parts, "temperature": np.array([5.0])}).predict_proba(row)
    assert flat.max() < sharp.max()
    assert flat.argmax() == sharp.argmax()


@pytest.mark.parametrize("name", ["classes", "log", "centre", "temperature", "bias_1"])
def test_missing_weights_are_named(name: str) -> None:
    parts = _arrays()
    del parts[name]
    with pytest.raises(ModelError, match=name):
        ShortTermGenreModel(parts)


def test_weights_for_other_features_are_refused() -> None:
    parts = _arrays()
    with pytest.raises(ModelError, match="do not fit"):
        ShortTermGenreModel({**parts, "weight_0": parts["weight_0"][:, :40]})


@pytest.fixture(scope="module")
def shipped() -> ShortTermGenreModel:
    return ShortTermGenreModel.load()


def test_the_shipped_model_knows_26_genres(shipped: ShortTermGenreModel) -> None:
    assert len(shipped.classes) == 26
    assert shipped.prior.sum() == pytest.approx(1, abs=1e-5)
    assert shipped.classes[int(shipped.prior.argmax())] == "Rock"


def test_the_wrong_number_of_features_is_refused(shipped: ShortTermGenreModel) -> None:
    with pytest.raises(ParameterError, match="69"):
        shipped.predict_proba(np.zeros(57, dtype=np.float32))


@settings(max_examples=50, deadline=None)
@given(row=draw_arrays(np.float32, 69, elements=st.floats(-1e6, 1e6, width=32)))
def test_any_features_give_probabilities(shipped: ShortTermGenreModel, row: npt.NDArray[np.float32]) -> None:
    probabilities = shipped.predict_proba(row)
    assert probabilities.shape == (26,) and probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
