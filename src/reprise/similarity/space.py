"""The space that songs are compared in: a light linear map of MusiCNN's embedding, on the unit sphere.

A song's embedding holds 50 tags and 200 penultimate values of either network. Compared as it is, a few large values
decide, and some songs are near to almost everything. The map takes the mean song away, damps the strongest
directions, and lays beside them what tells genres and moods apart. How it was chosen, and what it gains, stands in
``docs/explanation/similarity.md``. Its weights are fitted by `reprise.training.shipped.similarity`.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError, ParameterError
from reprise.records import FloatArray
from reprise.similarity.features import FeatureScale

__all__ = ["DIMENSIONS", "Space", "load_space", "to_features", "to_space"]

DIMENSIONS = 120
"""Length of a song's vector: 96 directions of the embeddings themselves, 24 of what tells genres and moods apart."""

_NAME = "similarity"


@dataclass(frozen=True, kw_only=True)
class Space:
    """The map into the space.

    Attributes
    ----------
    mean : float32 array, shape (m,)
        The mean song.
    matrix : float32 array, shape (m, d)
    """

    mean: FloatArray
    matrix: FloatArray

    def __call__(self, embeddings: npt.ArrayLike) -> FloatArray:
        """Map embeddings onto the unit sphere; arguments and errors are those of `to_space`."""
        X = np.asarray(embeddings, np.float64)
        if X.ndim != 2 or X.shape[1] != len(self.mean) or not np.isfinite(X).all():
            raise ParameterError(
                f"embeddings must be a finite matrix of {len(self.mean)} columns; their shape is {X.shape}"
            )
        placed = (X - self.mean) @ self.matrix.astype(np.float64)
        lengths = np.linalg.norm(placed, axis=1, keepdims=True)
        # The mean song itself has no direction. It gets one, lest a vector of zeros be found nowhere.
        placed[lengths[:, 0] < np.finfo(np.float32).tiny] = np.eye(1, placed.shape[1])
        unit: FloatArray = (placed / np.linalg.norm(placed, axis=1, keepdims=True)).astype(np.float32)
        return unit


def to_space(embeddings: npt.ArrayLike) -> FloatArray:
    """Map embeddings into the space that songs are compared in.

    Parameters
    ----------
    embeddings : array-like, shape (n, 500)
        The group ``embedding`` of `reprise.models.inputs`, one row a song; finite.

    Returns
    -------
    float32 array, shape (n, 120)
        Vectors of unit length; their dot product is the similarity of two songs, -1..1.

    Raises
    ------
    ParameterError
        If the embeddings are no finite matrix with 500 columns.
    ModelError
        If the shipped weights are missing or altered.

    References
    ----------
    .. [1] Pons, J. and Serra, X. "musicnn: pre-trained convolutional neural networks for music audio tagging."
           ISMIR late-breaking demos, 2019.
    .. [2] Hara, K. et al. "Localized centering: reducing hubness in large-sample data." AAAI, 2015.
    """
    return load_space()(embeddings)


def to_features(values: npt.ArrayLike) -> FloatArray:
    """Map the twelve audio features to vectors whose dot product says how alike they are.

    Parameters
    ----------
    values : array-like, shape (n, 12)
        In the order of `reprise.targets.SPOTIFY_FEATURES`; NaN where a value is unknown, key -1 where none was found.

    Returns
    -------
    float32 array, shape (n, `reprise.similarity.features.FEATURE_DIMENSIONS`)
        As `reprise.similarity.features.FeatureScale` makes them.

    Raises
    ------
    ParameterError
        If the values are no matrix with 12 columns.
    ModelError
        If the shipped weights are missing or altered.
    """
    return load_feature_scale()(values)


@lru_cache(maxsize=1)
def load_space() -> Space:
    """Load the shipped map, once.

    Raises
    ------
    ModelError
        If its files are missing or altered.
    """
    arrays = _arrays()
    return Space(mean=arrays["mean"], matrix=arrays["matrix"])


@lru_cache(maxsize=1)
def load_feature_scale() -> FeatureScale:
    """Load the shipped scale of the features, once; raises as `load_space` does."""
    return FeatureScale(knots=_arrays()["feature_knots"])


def _arrays() -> Mapping[str, npt.NDArray[Any]]:
    # `reprise.models.weights_file` does the same for the models, which stand above this package and cannot be asked.
    folder = resources.files("reprise").joinpath("models", "weights")
    try:
        card = json.loads(folder.joinpath(f"{_NAME}.json").read_text(encoding="utf-8"))
        content = folder.joinpath(f"{_NAME}.npz").read_bytes()
        if hashlib.sha256(content).hexdigest() != card["sha256"]:
            raise ModelError(f"{_NAME}.npz is not the file that its card describes; install reprise again")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ModelError(f"the weights of {_NAME} cannot be read: {error}") from error
