"""Gradient-boosted trees by LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import ModelError
from reprise.models.tabular.table_model import Arrays, Floats, TableSettings, needed, require_shape

__all__ = ["Boosting", "BoostingSettings"]


class Boosting:
    """Boosted trees, kept as LightGBM's own text, which is data and no program.

    Parameters
    ----------
    text : str

    Raises
    ------
    ModelError
        If the text is not LightGBM's.

    References
    ----------
    .. [1] Ke, G. et al. "LightGBM: A Highly Efficient Gradient Boosting Decision Tree." NeurIPS, 2017.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        failure = needed("lightgbm.basic:LightGBMError")
        try:
            self._booster = needed("lightgbm:Booster")(model_str=text)
        except failure as error:
            raise ModelError("the weights are not those of LightGBM; train the model again") from error

    @property
    def n_parameters(self) -> int:
        """How many thresholds and leaves were fitted."""
        leaves = [
            int(line.partition("=")[2]) for line in self._text.splitlines() if line.startswith("num_leaves=")
        ]
        return sum(2 * n - 1 for n in leaves)

    def predict_proba(self, x: Floats) -> Floats:
        """Return probabilities, shape (n, n_classes)."""
        p = np.asarray(self._booster.predict(x, num_threads=1))
        return np.stack([1 - p, p], axis=1) if p.ndim == 1 else p

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the text as bytes."""
        return {"text": np.frombuffer(self._text.encode(), np.uint8)}


@dataclass(frozen=True, kw_only=True)
class BoostingSettings(TableSettings):
    """Settings of LightGBM.

    Attributes
    ----------
    n_estimators : tuple of int
        Rounds; each adds a tree for each class.
    num_leaves, min_child_samples : tuple of int
    learning_rate : tuple of float
    reg_lambda : float
        Penalty on the squared values of the leaves.
    colsample_bytree : float
        Share of the columns that a tree looks at, above 0 and at most 1.
    """

    n_estimators: tuple[int, ...] = (100,)
    num_leaves: tuple[int, ...] = (31,)
    min_child_samples: tuple[int, ...] = (20,)
    learning_rate: tuple[float, ...] = (0.1,)
    reg_lambda: float = 0.0
    colsample_bytree: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._at_least(1, "n_estimators", "min_child_samples")
        self._at_least(2, "num_leaves")
        self._at_least(1e-6, "learning_rate", "colsample_bytree")
        self._at_least(0, "reg_lambda")
        self._at_most(1.0, "colsample_bytree")

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return LightGBM's, on one core."""
        return needed("lightgbm:LGBMClassifier")(
            reg_lambda=self.reg_lambda, colsample_bytree=self.colsample_bytree, random_state=seed, n_jobs=1,
            deterministic=True, force_col_wise=True, verbose=-1, **chosen,
        )  # fmt: skip

    def fitted(self, estimator: Any) -> Boosting:
        """Take the trees over."""
        return Boosting(estimator.booster_.model_to_string())

    def restored(self, arrays: Arrays) -> Boosting:
        """Make the model of its arrays."""
        try:
            return Boosting(require_shape(arrays, "text", None).astype(np.uint8).tobytes().decode())
        except UnicodeDecodeError as error:
            raise ModelError("the weights are not those of LightGBM; train the model again") from error
