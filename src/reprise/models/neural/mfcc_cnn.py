"""A small two-dimensional CNN on the MFCC of a clip."""

from __future__ import annotations

from torch import Tensor, nn

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
    dropout : float
        Before the last layer, 0..1.
    """

    def __init__(
        self, n_outputs: int, *, channels: tuple[int, ...] = (32, 64), hidden: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((1, *channels), channels, strict=False):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        self.linear = nn.Sequential(
            nn.LazyLinear(hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, n_outputs)
        )

    def forward(self, mfcc: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) to (n, n_outputs)."""
        return self.linear(self.convolutions(mfcc.unsqueeze(1)))
