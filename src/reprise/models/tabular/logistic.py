"""Multinomial logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from reprise.models.tabular.table_model import Arrays, Floats, TableSettings, needed, require_shape

__all__ = ["Logistic", "LogisticSettings"]


class Logistic:
    """Logits that are linear in the columns.

    Parameters
    ----------
    weight : array, shape (n_columns, n_classes)
    bias : array, shape (n_classes,)
    """

    def __init__(self, weight: Floats, bias: Floats) -> None:
        self._weight, self._bias = weight, bias

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return self._weight.size + self._bias.size

    def predict_proba(self, x: Floats) -> Floats:
        """Return probabilities, shape (n, n_classes)."""
        return np.asarray(softmax(x @ self._weight + self._bias, axis=1))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the two arrays."""
        return {"weight": self._weight, "bias": self._bias}


@dataclass(frozen=True, kw_only=True)
class LogisticSettings(TableSettings):
    """Settings of the regression.

    Attributes
    ----------
    C : tuple of float
        How weak the penalty on the squared weights is.
    max_iter : int
    """

    C: tuple[float, ...] = (1.0,)
    max_iter: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        self._at_least(1e-12, "C")
        self._at_least(1, "max_iter")

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return scikit-learn's."""
        return needed("sklearn.linear_model:LogisticRegression")(max_iter=self.max_iter, **chosen)

    def fitted(self, estimator: Any) -> Logistic:
        """Take the weights over; of two classes scikit-learn keeps the second one's alone."""
        weight, bias = estimator.coef_.T, estimator.intercept_
        if len(estimator.classes_) == 2:
            weight, bias = np.hstack([0 * weight, weight]), np.append(0.0, bias)
        return Logistic(weight, bias)

    def restored(self, arrays: Arrays) -> Logistic:
        """Make the model of its arrays."""
        weight = require_shape(arrays, "weight", None, None)
        return Logistic(weight, require_shape(arrays, "bias", weight.shape[1]))
