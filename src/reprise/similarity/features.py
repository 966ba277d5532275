"""The twelve audio features as vectors, so that how alike they are is a dot product, as with sounds.

Every feature becomes an angle, and a pair of numbers: its cosine and sine. Of two songs, the dot product of the pairs
is the cosine of the angle between them: 1 for the same value, -1 for opposite ones. So features are compared on the
scale that vectors of `reprise.similarity.space` are compared on, and both can be mixed.

- **Those with a scale** (danceability, energy, …, loudness) get an angle from 0 to half a turn by their quantile
  among many songs: what lies apart by a tenth of all songs is equally unlike anywhere on the scale.
- **Tempo** counts twice with half the weight: on the scale of octaves, where 60 and 240 bpm are opposite ends, and on a
  circle of one octave, where 70 and 140 bpm agree. So an estimate that is an octave off does not make two songs
  strangers, yet the same tempo is nearer.
- **Key** is a place on the circle of fifths; a minor key stands where its relative major does. C and G are near, C
  and F sharp opposite. Mode is compared by itself.

A value that is unknown has no angle: it speaks neither for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError
from reprise.records import FloatArray
from reprise.targets import HEADS, SPOTIFY_FEATURES

__all__ = ["FEATURE_DIMENSIONS", "SCALED", "FeatureScale", "quantile_knots"]

SCALED: tuple[str, ...] = (*HEADS, "loudness")
"""The features that are compared by their quantiles."""

FEATURE_DIMENSIONS = 2 * len(SCALED) + 8
"""Length of a vector of features: a pair for each in `SCALED`, two for tempo, one each for key and mode."""

_KNOTS = 33
_SLOWEST_LOG2, _OCTAVES = np.log2(40.0), 2.5
_WEIGHT_OF_KEY, _WEIGHT_OF_MODE = 0.5, 0.5
_FIFTHS_OF_RELATIVE_MAJOR = 3


@dataclass(frozen=True, kw_only=True)
class FeatureScale:
    """The scale of the features.

    Attributes
    ----------
    knots : float array, shape (8, q)
        Quantiles at even steps from 0 to 1 of every feature in `SCALED`, rising.
    """

    knots: npt.NDArray[np.floating]

    def __call__(self, values: npt.ArrayLike) -> FloatArray:
        """Map features to vectors of unit length.

        Parameters
        ----------
        values : array-like, shape (n, 12)
            In the order of `reprise.targets.SPOTIFY_FEATURES`; NaN where a value is unknown.

        Returns
        -------
        float32 array, shape (n, 24)
            All zeros where nothing is known.

        Raises
        ------
        ParameterError
            If the values are no matrix with 12 columns.
        """
        X = np.asarray(values, np.float64)
        if X.ndim != 2 or X.shape[1] != len(SPOTIFY_FEATURES):
            raise ParameterError(
                f"features must be a matrix of {len(SPOTIFY_FEATURES)} columns, not {X.shape}"
            )
        X = np.where(np.isfinite(X), X, np.nan)
        column = {name: X[:, i] for i, name in enumerate(SPOTIFY_FEATURES)}
        pairs = [
            _pair(np.pi * _quantile(column[name], knots))
            for name, knots in zip(SCALED, self.knots, strict=True)
        ]
        pairs += [*_tempo(column["tempo"]), _key(column["key"], column["mode"])]
        pairs.append(np.sqrt(_WEIGHT_OF_MODE) * _pair(np.pi * column["mode"]))
        joined = np.concatenate(pairs, axis=1)
        lengths = np.linalg.norm(joined, axis=1, keepdims=True)
        unit: FloatArray = (joined / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return unit


def quantile_knots(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the quantiles that a `FeatureScale` is made of.

    Parameters
    ----------
    values : array-like, shape (n, 8)
        The features in `SCALED` of many songs; NaN is left out.

    Returns
    -------
    float64 array, shape (8, 33)

    Raises
    ------
    ParameterError
        If there are no songs or other columns.
    """
    X = np.asarray(values, np.float64)
    if X.ndim != 2 or X.shape[1] != len(SCALED) or not len(X):
        raise ParameterError(f"quantiles need a matrix of {len(SCALED)} columns, not {X.shape}")
    return np.nanquantile(X, np.linspace(0, 1, _KNOTS), axis=0).T


def _quantile(x: npt.NDArray[np.float64], knots: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    # Where many songs share a value, knots are equal: a value's quantile is the middle of these.
    steps = np.linspace(0, 1, len(knots))
    distinct, first, counts = np.unique(knots, return_index=True, return_counts=True)
    middle = (steps[first] + steps[first + counts - 1]) / 2
    found: npt.NDArray[np.float64] = np.interp(x, distinct, middle)
    found[np.isnan(x)] = np.nan
    return found


def _pair(angle: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    pair: npt.NDArray[np.float64] = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.nan_to_num(pair)


def _tempo(bpm: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    octaves = np.log2(np.where(bpm > 0, bpm, np.nan))
    scale = np.clip((octaves - _SLOWEST_LOG2) / _OCTAVES, 0, 1)
    return [np.sqrt(0.5) * _pair(np.pi * scale), np.sqrt(0.5) * _pair(2 * np.pi * octaves)]


def _key(key: npt.NDArray[np.float64], mode: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    fifths = np.where(key >= 0, 7 * key, np.nan) - np.where(mode == 0, _FIFTHS_OF_RELATIVE_MAJOR, 0)
    circle: npt.NDArray[np.float64] = np.sqrt(_WEIGHT_OF_KEY) * _pair(2 * np.pi * fifths / 12)
    return circle
