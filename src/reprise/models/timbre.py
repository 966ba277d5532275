"""The timbre of a segment: twelve numbers on a fixed basis that is computed, not learnt.

A segment is seen as a surface of 26 bands from 31 Hz to 8 kHz by eight moments evenly spread over its length, in dB
above the floor of -60 dB. Each coefficient but the first says how much of one pattern of that surface there is: a
cosine along the bands times a cosine along time. The patterns are orthogonal, so that each number stands for itself,
and a segment is, but for details, the mean surface plus the patterns weighted by its numbers.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from reprise.features.onset import N_BANDS
from reprise.records import FloatArray

__all__ = ["CENTRES", "N_MOMENTS", "ORDERS", "SCALE", "surfaces_of", "timbre_basis", "timbre_coefficients"]

N_MOMENTS = 8
"""Columns of a segment's surface."""

ORDERS: tuple[tuple[int, int, int], ...] = (
    (0, 0, 1), (1, 0, -1), (2, 0, 1), (0, 1, 1), (3, 0, 1), (4, 0, 1), (5, 0, 1), (6, 0, 1), (7, 0, 1), (1, 1, -1),
    (0, 2, 1), (2, 1, 1),
)  # fmt: skip
"""Half waves along the bands, half waves along time, and sign of each pattern."""

SCALE = 12.0
"""What the coefficients from the second on are multiplied by, so that they spread as Echo Nest's did."""

CENTRES: FloatArray = np.array(
    [0, -3.6, -13.3, 15.2, 8.7, -17.3, -0.1, -18.2, -4.3, 0.9, 4.8, 1.9], np.float32
)
"""Mean of each coefficient over 120 clips of all styles; taken off, so that they lie around 0. The first keeps its
own zero: the floor."""


@cache
def timbre_basis() -> FloatArray:
    """Return the twelve patterns.

    Returns
    -------
    float32 array, shape (12, 26, 8)
        Orthogonal; the mean square of each is 1. Read-only.
    """
    along_bands, along_time = _cosines(N_BANDS), _cosines(N_MOMENTS)
    basis = np.stack([sign * np.outer(along_bands[p], along_time[q]) for p, q, sign in ORDERS])
    basis = basis.astype(np.float32)
    basis.flags.writeable = False
    return basis


def timbre_coefficients(surfaces: FloatArray) -> FloatArray:
    """Project surfaces onto the basis.

    Parameters
    ----------
    surfaces : float array, shape (n, 26, 8)
        In dB above the floor, 0 and up.

    Returns
    -------
    float32 array, shape (n, 12)
        The first is the mean level of the bands in dB above the floor, 0 to some 60; the others lie around 0.
    """
    basis = timbre_basis().reshape(len(ORDERS), -1)
    means = surfaces.reshape(-1, basis.shape[1]) @ basis.T / basis.shape[1]
    means[:, 1:] *= SCALE
    return np.asarray(means - CENTRES, np.float32)


def surfaces_of(coefficients: FloatArray) -> FloatArray:
    """Build the surfaces that coefficients stand for: what `timbre_coefficients` kept of them.

    Parameters
    ----------
    coefficients : float array, shape (n, 12)

    Returns
    -------
    float32 array, shape (n, 26, 8)
    """
    weights = coefficients + CENTRES
    weights[:, 1:] /= SCALE
    return np.asarray(np.einsum("nk,kbt->nbt", weights, timbre_basis()), np.float32)


def _cosines(n: int) -> FloatArray:
    """Cosines of 0, 1, … half waves over n points, mean square 1 (the type-II discrete cosine transform)."""
    at = (np.arange(n) + 0.5) / n
    waves = np.cos(np.pi * np.arange(n)[:, None] * at) * np.sqrt(2)
    waves[0] = 1
    return np.asarray(waves, np.float32)
