"""A perceptron that tells genres apart by the statistics of short-term features."""

from __future__ import annotations

from torch import Tensor, nn

from reprise.models.neural.layers import linear_layers, require_counts, require_share

__all__ = ["SoftmaxNn"]


class SoftmaxNn(nn.Module):
    """Three or four linear layers; training and prediction put the softmax after them.

    Parameters
    ----------
    n_outputs : int
        Classes.
    hidden : tuple of two or three int
        Widths of the layers before the last.
    dropout : float
        After each of them, 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(self, n_outputs: int, *, hidden: tuple[int, ...] = (256, 128), dropout: float = 0.0) -> None:
        super().__init__()
        require_counts("hidden", hidden, 2, 3)
        require_share("dropout", dropout)
        self.layers = linear_layers(hidden, n_outputs, dropout)

    def forward(self, short_term: Tensor) -> Tensor:
        """Map features of shape (n, 69) to logits, (n, n_outputs)."""
        return self.layers(short_term)
