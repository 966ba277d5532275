"""Linear layers from a track's own numbers to the features that are not among them."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["Numerical"]


class Numerical(nn.Module):
    """A perceptron.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    hidden : tuple of int
        Widths of the layers before the last.
    dropout : float
        After each of them, 0..1.
    """

    def __init__(self, n_outputs: int, *, hidden: tuple[int, ...] = (64, 32), dropout: float = 0.0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [nn.LazyLinear(width), nn.ReLU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers, nn.LazyLinear(n_outputs))

    def forward(self, numbers: Tensor) -> Tensor:
        """Map numbers of shape (n, k) to (n, n_outputs)."""
        return self.layers(numbers)
