"""Genre from two witnesses: the 69 features on which AudioFiler's genres were learnt, and MusiCNN's ears."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reprise.models.genre import ShortTermGenreModel
from reprise.models.linear import LinearMap
from reprise.models.weights_file import Arrays, load_weights
from reprise.records import FloatArray, ScoredName

__all__ = ["FusedGenreModel", "fuse"]


def fuse(short_term: FloatArray, prior: FloatArray, heard: FloatArray, trust: FloatArray) -> FloatArray:
    """Multiply the two witnesses' evidence.

    Parameters
    ----------
    short_term : float32 array, shape (..., n_genres)
        Probabilities from the 69 features.
    prior : float32 array, shape (n_genres,)
        How common each genre was where these were learnt.
    heard : float32 array, shape (..., n_genres)
        Logits from MusiCNN.
    trust : float32 array, shape (2,)
        Exponents of the probabilities and of the prior that is divided out.

    Returns
    -------
    float32 array, shape (..., n_genres)
        Probabilities that sum to 1.

    References
    ----------
    .. [1] Hinton, G. E. "Training products of experts by minimizing contrastive divergence." Neural Computation
           14(8), 2002.
    """
    scores = trust[0] * np.log(short_term + 1e-6) - trust[1] * np.log(prior) + heard
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=-1, keepdims=True), np.float32)


class FusedGenreModel:
    """Probabilities of AudioFiler's 26 genres.

    Parameters
    ----------
    short_term : ShortTermGenreModel
    heard : LinearMap
        From MusiCNN's layers to logits.
    trust : float32 array, shape (2,)
        See `fuse`.
    """

    def __init__(self, short_term: ShortTermGenreModel, heard: LinearMap, trust: FloatArray) -> None:
        self._short_term, self._heard, self._trust = short_term, heard, trust

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the genres."""
        return self._short_term.classes

    @classmethod
    def from_arrays(cls, short_term: ShortTermGenreModel, arrays: Arrays) -> FusedGenreModel:
        """Build the model from the arrays of its weights file."""
        return cls(short_term, LinearMap.from_arrays(arrays, "heard"), arrays["trust"])

    @classmethod
    def load(cls) -> FusedGenreModel:
        """Load the shipped model.

        Raises
        ------
        ModelError
            If its files are missing or altered.
        """
        return cls.from_arrays(ShortTermGenreModel.load(), load_weights("genre-fused").arrays)

    def __call__(self, inputs: Mapping[str, FloatArray]) -> tuple[ScoredName, ...]:
        """Give every genre its probability, the most probable first; they sum to 1."""
        short_term = self._short_term.predict_proba(inputs["short_term"])
        probabilities = fuse(short_term, self._short_term.prior, self._heard(inputs), self._trust)
        order = np.argsort(-probabilities, kind="stable")
        return tuple(ScoredName(name=self.classes[i], score=float(probabilities[i])) for i in order)
