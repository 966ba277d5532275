"""Linear layers from a track's own numbers to the features that are not among them."""

from __future__ import annotations

from torch import Tensor, nn

from reprise.models.neural.layers import linear_layers, require_counts, require_share

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

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(self, n_outputs: int, *, hidden: tuple[int, ...] = (64, 32), dropout: float = 0.0) -> None:
        super().__init__()
        require_counts("hidden", hidden, 1)
        require_share("dropout", dropout)
        self.layers = linear_layers(hidden, n_outputs, dropout)

    def states(self, numbers: Tensor) -> Tensor:
        """Map numbers of shape (n, k) to what the last layer sees."""
        return self.layers[:-1](numbers)

    def forward(self, numbers: Tensor) -> Tensor:
        """Map numbers of shape (n, k) to (n, n_outputs)."""
        return self.layers(numbers)
