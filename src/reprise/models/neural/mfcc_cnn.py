"""A small two-dimensional CNN on the MFCC of a clip."""

from __future__ import annotations

from torch import Tensor, nn

from reprise.models.neural.layers import (
    TimeStatistics,
    convolutions,
    linear_layers,
    require_counts,
    require_share,
)

__all__ = ["MfccCnn"]


class MfccCnn(nn.Module):
    """Convolutions over coefficients and time, then linear layers.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    channels : tuple of int
        Of each 3 x 3 convolution, which is followed by a rectifier and 2 x 2 maximum pooling.
    hidden : int
        Width of the layer before the last.
    batch_norm : bool
        Whether convolutions are normalised over the batch.
    average : bool
        Give the linear layers means and maxima over time instead of every frame.
    dropout : float
        Before the last layer, 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        channels: tuple[int, ...] = (32, 64),
        hidden: int = 64,
        batch_norm: bool = False,
        average: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_counts("channels", channels, 1)
        require_counts("hidden", (hidden,))
        require_share("dropout", dropout)
        self.convolutions = convolutions(channels, batch_norm=batch_norm)
        self.summary = TimeStatistics() if average else nn.Flatten()
        self.linear = linear_layers((hidden,), n_outputs, dropout)

    def forward(self, mfcc: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) to (n, n_outputs)."""
        return self.linear(self.summary(self.convolutions(mfcc.unsqueeze(1))))
