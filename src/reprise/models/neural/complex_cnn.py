"""A CNN of four convolutions on the MFCC of a clip."""

from __future__ import annotations

from torch import Tensor, nn

from reprise.models.neural.layers import convolutions, require_counts, require_share

__all__ = ["ComplexCnn"]


class ComplexCnn(nn.Module):
    """Four convolutions, an average over an 8 x 8 grid, and two linear layers.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    channels : tuple of four int
        Of each 3 x 3 convolution; 2 x 2 maximum pooling follows the first two.
    grid : int
        Side of the grid that coefficients and time are averaged over.
    hidden : int
        Width of the layer before the last.
    batch_norm : bool
        Whether convolutions are normalised over the batch.
    dropout : tuple of two float
        Before the first and before the last linear layer, 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        channels: tuple[int, ...] = (32, 64, 128, 256),
        grid: int = 8,
        hidden: int = 128,
        batch_norm: bool = False,
        dropout: tuple[float, ...] = (0.25, 0.5),
    ) -> None:
        super().__init__()
        require_counts("channels", channels, 4, 4)
        require_counts("grid", (grid,))
        require_counts("hidden", (hidden,))
        require_counts("dropout", (1,) * len(dropout), 2, 2)
        for share in dropout:
            require_share("dropout", share)
        # Twenty coefficients can be halved twice before less than the grid's rows are left of them.
        stages = convolutions(channels, batch_norm=batch_norm)
        pools = [name for name, stage in stages.named_children() if isinstance(stage, nn.MaxPool2d)]
        for name in pools[2:]:
            stages[int(name)] = nn.Identity()
        self.convolutions = stages
        self.linear = nn.Sequential(
            nn.AdaptiveAvgPool2d(grid),
            nn.Flatten(),
            nn.Dropout(dropout[0]),
            nn.Linear(channels[-1] * grid**2, hidden),
            nn.ReLU(),
            nn.Dropout(dropout[1]),
            nn.Linear(hidden, n_outputs),
        )

    def forward(self, mfcc: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) to (n, n_outputs)."""
        return self.linear(self.convolutions(mfcc.unsqueeze(1)))
