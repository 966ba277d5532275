"""The basis is orthogonal, and its first patterns mean what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reprise.models.timbre import CENTRES, SCALE, surfaces_of, timbre_basis, timbre_coefficients

COEFFICIENTS = arrays(np.float32, (3, 12), elements=st.floats(-60, 60, width=32))


def _coefficients(surface: np.ndarray) -> np.ndarray:
    return timbre_coefficients(surface[None].astype(np.float32))[0] + CENTRES


def test_the_patterns_are_orthogonal_and_of_equal_size() -> None:
    basis = timbre_basis().reshape(12, -1)
    np.testing.assert_allclose(basis @ basis.T / basis.shape[1], np.eye(12), atol=1e-5)


@given(COEFFICIENTS)
def test_what_is_built_of_coefficients_has_them(coefficients: np.ndarray) -> None:
    np.testing.assert_allclose(timbre_coefficients(surfaces_of(coefficients)), coefficients, atol=2e-2)


@given(st.floats(0, 20), st.integers(0, 1000))
def test_louder_moves_the_first_number_alone(louder_db: float, seed: int) -> None:
    surface = np.random.default_rng(seed).uniform(10, 50, (26, 8))
    change = _coefficients(surface + louder_db) - _coefficients(surface)
    assert change[0] == pytest.approx(louder_db, abs=1e-3)
    np.testing.assert_allclose(change[1:], 0, atol=1e-2)


def test_the_next_three_are_brightness_hollowness_and_attack() -> None:
    bands, moments = np.linspace(0, 1, 26)[:, None], np.linspace(0, 1, 8)[None]
    bright, dull = 30 + 20 * bands + 0 * moments, 50 - 20 * bands + 0 * moments
    assert _coefficients(bright)[1] > 5 * SCALE > 0 > _coefficients(dull)[1]
    hollow = 30 + 20 * np.abs(2 * bands - 1) + 0 * moments
    assert _coefficients(hollow)[2] > 2 * SCALE
    struck = 50 - 20 * moments + 0 * bands
    assert _coefficients(struck)[3] > 5 * SCALE
    # None of the three answers to another's pattern.
    assert abs(_coefficients(bright)[3]) < 1e-2
    assert abs(_coefficients(struck)[1]) < 1e-2


def test_an_empty_surface_is_nothing() -> None:
    assert not _coefficients(np.zeros((26, 8))).any()
