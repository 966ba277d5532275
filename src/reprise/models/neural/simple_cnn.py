"""A very small CNN on pictures of spectrograms."""

from __future__ import annotations

from torch import Tensor, nn

from reprise.models.neural.layers import (
    convolutions,
    linear_layers,
    require_counts,
    require_share,
)

__all__ = ["SimpleCnn"]


class SimpleCnn(nn.Module):
    """One or two convolutions and three linear layers.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    shrink : int
        Side of the squares of pixels that are averaged into one first.
    channels : tuple of one or two int
        Of each 3 x 3 convolution, which is followed by a rectifier and 4 x 4 maximum pooling.
    hidden : tuple of two int
        Widths of the first two linear layers.
    batch_norm : bool
        Whether convolutions are normalised over the batch.
    dropout : float
        After each hidden layer, 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        shrink: int = 2,
        channels: tuple[int, ...] = (8, 16),
        hidden: tuple[int, ...] = (128, 64),
        batch_norm: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_counts("shrink", (shrink,))
        require_counts("channels", channels, 1, 2)
        require_counts("hidden", hidden, 2, 2)
        require_share("dropout", dropout)
        self.shrink = nn.AvgPool2d(shrink, ceil_mode=True)
        self.convolutions = convolutions(channels, pool=4, batch_norm=batch_norm)
        self.linear = linear_layers(hidden, n_outputs, dropout)

    def forward(self, image: Tensor) -> Tensor:
        """Map pictures of shape (n, height, width) to (n, n_outputs)."""
        return self.linear(self.convolutions(self.shrink(image.unsqueeze(1))).flatten(1))
