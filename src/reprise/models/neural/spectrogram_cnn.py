"""A CNN of its own for each target, on mel spectrograms."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reprise.models.neural.layers import (
    TimeStatistics,
    convolutions,
    linear_layers,
    require_counts,
    require_share,
)

__all__ = ["SpectrogramCnn"]


class SpectrogramCnn(nn.Module):
    """As many towers as there are targets; they share nothing but the batch.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    shrink : tuple of two int
        So many mel bands and so many frames are averaged into one before the towers see them.
    channels : tuple of int
        Of each 3 x 3 convolution, which is normalised over the batch and followed by a rectifier and 2 x 2 maximum
        pooling.
    hidden : int
        Width of the layer before the last.
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
        shrink: tuple[int, ...] = (2, 8),
        channels: tuple[int, ...] = (8, 16, 32),
        hidden: int = 64,
        average: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_counts("shrink", shrink, 2, 2)
        require_counts("channels", channels, 1, 6)
        require_counts("hidden", (hidden,))
        require_share("dropout", dropout)
        self.shrink = nn.AvgPool2d(shrink, ceil_mode=True)
        self.towers = nn.ModuleList(
            nn.Sequential(
                convolutions(channels, batch_norm=True),
                TimeStatistics() if average else nn.Flatten(),
                linear_layers((hidden,), 1, dropout),
            )
            for _ in range(n_outputs)
        )

    def forward(self, mel: Tensor) -> Tensor:
        """Map mel spectrograms of shape (n, 96, t) to (n, n_outputs)."""
        small = self.shrink(mel.unsqueeze(1))
        return torch.cat([tower(small) for tower in self.towers], dim=1)
