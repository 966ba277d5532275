"""What the classifiers of tables have in common: settings with a grid in them, and a model that is only arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ModelError, ParameterError
from reprise.registry import resolve

__all__ = ["Arrays", "Floats", "TableModel", "TableSettings", "needed", "require_shape"]

Arrays = Mapping[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]


class TableModel(Protocol):
    """A fitted classifier of standardised columns."""

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        ...

    def predict_proba(self, x: Floats) -> Floats:
        """Return probabilities, shape (n, n_classes), for rows of shape (n, n_columns)."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what has to be kept, by name."""
        ...


@dataclass(frozen=True, kw_only=True)
class TableSettings:
    """What every classifier of tables may be told; settings that are tuples are the axes of a grid search.

    Attributes
    ----------
    smote : bool
        Whether rare classes are filled up with rows between neighbours, in training rows alone.
    inner_folds : int
        Into how many parts the training rows are dealt to choose among the grid, no artist in two of them.
    criterion : {"accuracy", "f1_macro", "neg_log_loss"}
        What is best in the mean over these parts.

    References
    ----------
    .. [1] Chawla, N. V. et al. "SMOTE: Synthetic Minority Over-sampling Technique." JAIR 16, 2002.
    """

    smote: bool = False
    inner_folds: int = 3
    criterion: Literal["accuracy", "f1_macro", "neg_log_loss"] = "accuracy"

    def __post_init__(self) -> None:
        if self.inner_folds < 2:
            raise ParameterError(f"inner_folds is {self.inner_folds}; it must be at least 2")
        for name, values in self.grid().items():
            if not values:
                raise ParameterError(f"{name} is empty; name one value, or several to choose from")

    def grid(self) -> dict[str, tuple[Any, ...]]:
        """Return the values to choose from, by the setting's name."""
        values = {row.name: getattr(self, row.name) for row in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, tuple)}

    def estimator(self, seed: int, **chosen: Any) -> Any:
        """Return an unfitted classifier with one value of each axis of the grid."""
        raise NotImplementedError

    def check(self, n_rows: int) -> None:
        """Refuse settings that so few training rows cannot serve.

        Raises
        ------
        ParameterError
        """

    def fitted(self, estimator: Any) -> TableModel:
        """Return what a fitted classifier has learnt."""
        raise NotImplementedError

    def restored(self, arrays: Arrays) -> TableModel:
        """Return the model of what `TableModel.arrays` gave."""
        raise NotImplementedError

    def _at_least(self, low: float, *names: str) -> None:
        """Refuse settings below what they may be."""
        for name, value in self._each(names):
            if not value >= low:
                raise ParameterError(f"{name} is {value!r}; it must be at least {low:g}")

    def _at_most(self, high: float, *names: str) -> None:
        """Refuse settings above what they may be."""
        for name, value in self._each(names):
            if not value <= high:
                raise ParameterError(f"{name} is {value!r}; it must be at most {high:g}")

    def _each(self, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for name in names:
            value = getattr(self, name)
            yield from ((name, one) for one in (value if isinstance(value, tuple) else (value,)))


def needed(path: str) -> Any:
    """Return what ``"module:attribute"`` names of a package that only training needs.

    Raises
    ------
    MissingDependencyError
        If the package is not installed.
    """
    try:
        return resolve(path)
    except ImportError as error:
        raise MissingDependencyError(error.name or path.partition(".")[0], "train") from error


def require_shape(arrays: Arrays, name: str, *shape: int | None) -> npt.NDArray[Any]:
    """Return an array of a model, whose shape is known but for the sizes that are None.

    Raises
    ------
    ModelError
        If it is missing, of another shape, or holds what is no number.
    """
    if name not in arrays:
        raise ModelError(f"the weights lack {name}; train the model again")
    values = arrays[name]
    fits = values.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, values.shape, strict=True))
    if not fits or not np.isfinite(values).all():
        raise ModelError(f"the weights have a {name} that is not of this model; train it again")
    return values
