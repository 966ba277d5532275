"""A network that brings its inputs to one scale first, so that nobody can forget to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

__all__ = ["Pretrained", "Standardised", "scales"]


@runtime_checkable
class Pretrained(Protocol):
    """A network that can begin with weights from elsewhere."""

    def load_pretrained(self, fold: int, unheard: Collection[str]) -> None:
        """Take them over before training; not called when a trained network is read.

        Parameters
        ----------
        fold : int
        unheard : collection of str
            The rows of the fold, which no weights may have been fitted to.

        Raises
        ------
        ModelError
            If the weights cannot be read or used.
        """
        ...


def scales(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the mean and the deviation of each row of a picture over time, or of each column of a table.

    Parameters
    ----------
    values : array, shape (n, k) or (n, k, t)

    Returns
    -------
    mean, deviation : float32 arrays, shape (k,) or (k, 1)
        A deviation of nothing is 1.
    """
    axes = (0,) if values.ndim == 2 else (0, values.ndim - 1)
    # In blocks: the whole of it in double precision may not fit.
    count, total, squares = 0, 0.0, 0.0
    for start in range(0, len(values), 256):
        block = values[start : start + 256].astype(np.float64)
        count += block.size // block.shape[1] if values.ndim == 3 else len(block)
        total = total + block.sum(axis=axes, keepdims=True)[0]
        squares = squares + (block**2).sum(axis=axes, keepdims=True)[0]
    mean = np.asarray(total / count)
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean.astype(np.float32), np.where(deviation > 1e-6, deviation, 1).astype(np.float32)


class Standardised(nn.Module):
    """Subtracts means, divides by deviations, calls a network, and adds what the labels are on average.

    Parameters
    ----------
    network : torch.nn.Module
        One with ``in_unit_range`` gives values in 0..1 and starts where it likes; one with ``scales_itself`` is given
        its inputs as they are.
    names : sequence of str
        Of its inputs, in the order of its arguments.
    shapes : mapping of str to tuple of int
        Of the mean of each input.
    n_outputs : int
    """

    def __init__(
        self, network: nn.Module, names: Sequence[str], shapes: Mapping[str, tuple[int, ...]], n_outputs: int
    ) -> None:
        super().__init__()
        self.network, self.names = network, tuple(names)
        for name in self.names:
            self.register_buffer(f"mean_{name}", torch.zeros(shapes[name]))
            self.register_buffer(f"deviation_{name}", torch.ones(shapes[name]))
        self.register_buffer("offset", torch.zeros(n_outputs))

    def set_scale(self, name: str, values: npt.NDArray[Any]) -> None:
        """Take mean and deviation from training rows."""
        mean, deviation = scales(values)
        self.get_buffer(f"mean_{name}").copy_(torch.from_numpy(mean))
        self.get_buffer(f"deviation_{name}").copy_(torch.from_numpy(deviation))

    def set_offset(self, mean: npt.NDArray[Any]) -> None:
        """Take the mean of the training labels, so that the network starts from it."""
        self.get_buffer("offset").copy_(torch.from_numpy(mean.astype(np.float32)))

    def scale(self, *inputs: Tensor) -> list[Tensor]:
        """Return the inputs as float32 of mean 0 and deviation 1."""
        return [
            (values.float() - self.get_buffer(f"mean_{name}")) / self.get_buffer(f"deviation_{name}")
            for name, values in zip(self.names, inputs, strict=True)
        ]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Map inputs, each of shape (n, ...), to (n, n_outputs)."""
        return self.judge(self.scale(*inputs))

    def judge(self, scaled: Sequence[Tensor]) -> Tensor:
        """Map inputs that `scale` has returned to (n, n_outputs)."""
        return self.network(*scaled) + self.get_buffer("offset")
