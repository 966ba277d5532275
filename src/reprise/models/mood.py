"""Mood: valence and arousal, the quadrant they span, and nine emotions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reprise.models.linear import LinearMap
from reprise.models.weights_file import Arrays, load_weights
from reprise.records import FloatArray, Mood
from reprise.targets import EMOTIONS, QUADRANTS

__all__ = ["MoodModel"]


class MoodModel:
    """Predicts the mood of a file from its groups of features.

    Parameters
    ----------
    plane : LinearMap
        To valence and arousal on the 1..9 scale of the Warriner norms, mapped to 0..1.
    quadrants : LinearMap
        To the logits of the four quadrants.
    emotions : LinearMap
        To the shares of listeners who would choose each of the nine emotions, 0..1.

    References
    ----------
    .. [1] Panda, R., Malheiro, R. and Paiva, R. P. "Novel audio features for music emotion recognition."
           IEEE Transactions on Affective Computing 11(4), 2018.
    .. [2] Aljanaki, A., Wiering, F. and Veltkamp, R. C. "Studying emotion induced by music through a
           crowdsourcing game." Information Processing & Management 52(1), 2016.
    """

    def __init__(self, plane: LinearMap, quadrants: LinearMap, emotions: LinearMap) -> None:
        self._plane, self._quadrants, self._emotions = plane, quadrants, emotions

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> MoodModel:
        """Build the model from the arrays of a weights file."""
        return cls(*(LinearMap.from_arrays(arrays, part) for part in ("plane", "quadrants", "emotions")))

    @classmethod
    def load(cls) -> MoodModel:
        """Load the shipped model.

        Raises
        ------
        ModelError
            If its files are missing or altered.
        """
        return cls.from_arrays(load_weights("mood").arrays)

    def __call__(self, inputs: Mapping[str, FloatArray]) -> Mood:
        """Estimate the mood of one file."""
        valence, arousal = np.clip(self._plane(inputs), 0, 1)
        shares = np.clip(self._emotions(inputs), 0, 1)
        return Mood(
            valence=float(valence),
            arousal=float(arousal),
            quadrant=QUADRANTS[int(np.argmax(self._quadrants(inputs)))],
            emotions={name: float(share) for name, share in zip(EMOTIONS, shares, strict=True)},
        )
