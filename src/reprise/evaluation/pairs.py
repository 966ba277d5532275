"""What every metric asks of its input: pairs, at least one, and numbers that are numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reprise.errors import ParameterError

__all__ = ["Float64Array", "known_pairs", "require_pairs", "vector"]

Float64Array = npt.NDArray[np.float64]


def vector(name: str, values: npt.ArrayLike, *, allow_nan: bool = False) -> Float64Array:
    """Return the values as a float64 array of one dimension.

    Parameters
    ----------
    name : str
        What to call them in an error.
    values : array-like, shape (n,)
        Numbers.
    allow_nan : bool
        Whether NaN may stand for an unknown value.

    Raises
    ------
    ParameterError
        If they are not one-dimensional or not finite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers: {error}") from None
    if array.ndim != 1:
        raise ParameterError(f"{name} must have one dimension, not {array.ndim}")
    bad = np.isinf(array) if allow_nan else ~np.isfinite(array)
    if bad.any():
        raise ParameterError(f"{name} holds {np.count_nonzero(bad)} values that are not finite")
    return array


def require_pairs(reference: npt.NDArray[np.generic], estimated: npt.NDArray[np.generic]) -> None:
    """Check that there are as many estimates as references, and at least one.

    Raises
    ------
    ParameterError
        If not.
    """
    if len(reference) != len(estimated):
        raise ParameterError(f"{len(reference)} reference values, but {len(estimated)} estimated ones")
    if not len(reference):
        raise ParameterError("there is nothing to compare")


def known_pairs(
    reference: npt.ArrayLike, estimated: npt.ArrayLike, *, allow_missing: bool = False
) -> tuple[Float64Array, Float64Array, npt.NDArray[np.bool_]]:
    """Return the pairs whose reference is known, and which those were.

    Parameters
    ----------
    reference : array-like, shape (n,)
        NaN where the truth is not known.
    estimated : array-like, shape (n,)
        The estimates.
    allow_missing : bool
        Whether NaN may stand for an estimator that had no answer.

    Returns
    -------
    reference, estimated : float64 arrays, shape (m,)
        The pairs to compare.
    known : bool array, shape (n,)
        True at the m pairs that are left.

    Raises
    ------
    ParameterError
        If the lengths differ, a value is not finite, or no reference is known.
    """
    y = vector("reference", reference, allow_nan=True)
    y_hat = vector("estimated", estimated, allow_nan=True)
    require_pairs(y, y_hat)
    known = ~np.isnan(y)
    if not known.any():
        raise ParameterError("no reference value is known")
    y, y_hat = y[known], y_hat[known]
    if not allow_missing and np.isnan(y_hat).any():
        raise ParameterError(
            f"estimated holds {np.count_nonzero(np.isnan(y_hat))} values that are not finite"
        )
    return y, y_hat, known
