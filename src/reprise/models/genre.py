"""Genre from the 69 short-term features: a mean of small perceptrons, evaluated with numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError, ParameterError
from reprise.features.short_term import FEATURE_NAMES
from reprise.models.weights_file import load_weights
from reprise.records import FloatArray

__all__ = ["MODEL_NAME", "Preparation", "ShortTermGenreModel"]

MODEL_NAME = "genre-69"

_SMALLEST = np.float32(1e-8)


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How the perceptrons see the features: on a logarithmic scale where they are skewed, standardised and clipped.

    Attributes
    ----------
    log : bool array, shape (69,)
        Which features are seen on a logarithmic scale.
    centre, scale : float32 arrays, shape (69,)
        Median and standard deviation on that scale.
    limit : float
        How many deviations from the centre a value may be.
    """

    log: npt.NDArray[np.bool_]
    centre: FloatArray
    scale: FloatArray
    limit: float

    @classmethod
    def fit(cls, features: FloatArray, *, limit: float) -> Preparation:
        """Measure rows of features, shape (n, 69); those that are always above 0 are taken to be skewed."""
        log: npt.NDArray[np.bool_] = np.all(features > 0, axis=0)
        x = np.where(log, np.log(np.maximum(features, _SMALLEST)), features)
        return cls(
            log=log, centre=np.median(x, axis=0), scale=np.maximum(x.std(axis=0), _SMALLEST), limit=limit
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Preparation:
        """Read what `arrays` wrote."""
        return cls(
            log=arrays["log"].astype(bool),
            centre=arrays["centre"].astype(np.float32),
            scale=arrays["scale"].astype(np.float32),
            limit=float(arrays["limit"].item()),
        )

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the parts by name, to be stored."""
        return {"log": self.log, "centre": self.centre, "scale": self.scale, "limit": np.array([self.limit])}

    def __call__(self, features: FloatArray) -> FloatArray:
        """Prepare features of shape (n, 69)."""
        x = features.astype(np.float32)
        x = np.where(self.log, np.log(np.maximum(x, _SMALLEST)), x)
        prepared: FloatArray = np.clip((x - self.centre) / self.scale, -self.limit, self.limit).astype(
            np.float32
        )
        return prepared


class ShortTermGenreModel:
    """Probabilities of AudioFiler's 26 genres from 69 features.

    Parameters
    ----------
    arrays : mapping of str to array
        ``classes`` (26 names) and ``prior`` (26,), their shares of the songs that it was fitted on; the arrays of a
        `Preparation`; ``temperature``; and of each layer k ``weight_k`` (members, inputs, outputs) and ``bias_k``
        (members, 1, outputs).

    Attributes
    ----------
    classes : tuple of str
        Names of the genres, in the order of the probabilities.
    prior : float32 array, shape (26,)
        How common each genre was where the model learnt. On music from elsewhere ``probability / prior**a`` with an
        ``a`` of about a half is the better guess: a model that saw few classical pieces rarely says classical.

    Raises
    ------
    ModelError
        If an array is missing or of another shape.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        try:
            self.classes: tuple[str, ...] = tuple(str(name) for name in arrays["classes"])
            self.prior = arrays["prior"].astype(np.float32)
            self._prepare = Preparation.from_arrays(arrays)
            self._temperature = np.float32(arrays["temperature"].item())
            n_layers = sum(name.startswith("weight_") for name in arrays)
            self._layers = [
                (arrays[f"weight_{k}"].astype(np.float32), arrays[f"bias_{k}"].astype(np.float32))
                for k in range(n_layers)
            ]
        except KeyError as error:
            raise ModelError(f"the weights of {MODEL_NAME} lack {error}") from error
        n_features = len(FEATURE_NAMES)
        widths = [weight.shape[1] for weight, _ in self._layers] + [len(self.classes)]
        if (
            self._prepare.log.shape != (n_features,)
            or widths[0] != n_features
            or self.prior.shape != (len(self.classes),)
        ):
            raise ModelError(f"the weights of {MODEL_NAME} do not fit {n_features} features")

    @classmethod
    def load(cls, folder: Traversable | None = None) -> ShortTermGenreModel:
        """Load ``genre-69.npz`` from a folder, by default the weights that come with the package.

        Raises
        ------
        ModelError
            If the files are missing, altered or not of this kind.
        """
        return cls(load_weights(MODEL_NAME, folder).arrays)

    def predict_proba(self, features: FloatArray) -> FloatArray:
        """Return the probability of each genre.

        Parameters
        ----------
        features : float32 array, shape (69,) or (n, 69)
            In the order of `reprise.features.short_term.FEATURE_NAMES`.

        Returns
        -------
        float32 array, shape (26,) or (n, 26)
            Calibrated on songs like those it learnt from; rows sum to 1.

        Raises
        ------
        ParameterError
            If there are not 69 features.
        """
        if features.shape[-1:] != (len(FEATURE_NAMES),):
            raise ParameterError(f"features must have {len(FEATURE_NAMES)} values each")
        x = self._prepare(np.atleast_2d(features))[np.newaxis]
        for weight, bias in self._layers[:-1]:
            x = np.maximum(x @ weight + bias, 0)
        weight, bias = self._layers[-1]
        members = _softmax(x @ weight + bias)
        # One temperature for the mean of the members: on the logarithm, which is what a single network would give.
        probabilities = _softmax(np.log(members.mean(axis=0)) / self._temperature)
        return probabilities.reshape(*features.shape[:-1], -1)


def _softmax(scores: FloatArray) -> FloatArray:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities: FloatArray = scores / scores.sum(axis=-1, keepdims=True)
    return probabilities
