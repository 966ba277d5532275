"""Linear maps over groups of features: small enough to ship, plain enough to explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.models.weights_file import Arrays
from reprise.records import FloatArray

__all__ = ["LinearMap"]


@dataclass(frozen=True, kw_only=True)
class LinearMap:
    """``weight @ x + bias`` for the concatenation ``x`` of some groups of features.

    Attributes
    ----------
    groups : tuple of str
        Names of the groups, in the order of the columns.
    weight : float32 array, shape (n_outputs, n_inputs)
    bias : float32 array, shape (n_outputs,)
    low, high : float32 arrays, shape (n_inputs,)
        Inputs are clipped to what was seen in training, lest one odd value carry the sum away.
    """

    groups: tuple[str, ...]
    weight: FloatArray
    bias: FloatArray
    low: FloatArray
    high: FloatArray

    def __call__(self, inputs: Mapping[str, FloatArray]) -> FloatArray:
        """Apply the map to the groups of one file; returns shape (n_outputs,).

        Raises
        ------
        ModelError
            If the groups are not as long as they were in training.
        """
        x = np.concatenate([inputs[group] for group in self.groups])
        if x.shape != self.low.shape:
            raise ModelError(
                f"the weights expect {self.low.size} features, not {x.size}; install reprise again"
            )
        return np.asarray(self.weight @ np.clip(x, self.low, self.high) + self.bias, np.float32)

    def to_arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays that `from_arrays` takes, their names beginning with ``prefix``."""
        arrays = {name: getattr(self, name) for name in ("weight", "bias", "low", "high")}
        return {
            f"{prefix}_{name}": value for name, value in {**arrays, "groups": np.array(self.groups)}.items()
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> LinearMap:
        """Rebuild the map from arrays that were saved under ``prefix``."""
        numbers = {name: arrays[f"{prefix}_{name}"] for name in ("weight", "bias", "low", "high")}
        return cls(groups=tuple(str(name) for name in arrays[f"{prefix}_groups"]), **numbers)
