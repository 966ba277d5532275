"""What several networks are built of, and the ranges of their options."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reprise.errors import ParameterError

__all__ = ["TimeStatistics", "convolutions", "linear_layers", "require_counts", "require_share"]


def require_counts(name: str, values: Sequence[int], fewest: int = 0, most: int = 8) -> None:
    """Refuse layers of no width, too few of them or too many.

    Raises
    ------
    ParameterError
    """
    if not fewest <= len(values) <= most or any(value < 1 for value in values):
        raise ParameterError(f"{name} must be {fewest} to {most} whole numbers from 1, not {list(values)}")


def require_share(name: str, value: float) -> None:
    """Refuse a share outside 0..1, and 1 itself: nothing would be left.

    Raises
    ------
    ParameterError
    """
    if not 0 <= value < 1:
        raise ParameterError(f"{name} must be at least 0 and below 1, not {value:g}")


def convolutions(channels: Sequence[int], *, pool: int = 2, batch_norm: bool = False) -> nn.Sequential:
    """Stack 3 x 3 convolutions, each with a rectifier and maximum pooling after it.

    Parameters
    ----------
    channels : sequence of int
        Of each convolution; the input has one.
    pool : int
        Side of the squares of which the maximum is kept; 1 keeps all.
    batch_norm : bool
        Whether each convolution is normalised over the batch.
    """
    require_counts("pool", (pool,))
    layers: list[nn.Module] = []
    for before, after in zip((1, *channels), channels, strict=False):
        layers.append(nn.Conv2d(before, after, 3, padding=1, bias=not batch_norm))
        layers += [nn.BatchNorm2d(after)] if batch_norm else []
        layers.append(nn.ReLU())
        layers += [nn.MaxPool2d(pool, ceil_mode=True)] if pool > 1 else []
    return nn.Sequential(*layers)


def linear_layers(hidden: Sequence[int], n_outputs: int, dropout: float) -> nn.Sequential:
    """Stack linear layers with rectifiers and dropout between them.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the layers before the last.
    n_outputs : int
        Width of the last.
    dropout : float
        Share of values silenced before each layer but the first, 0..1.
    """
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.LazyLinear(width), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.LazyLinear(n_outputs))


class TimeStatistics(nn.Module):
    """Describes what convolutions give by its mean and its maximum over time, whatever the length."""

    def forward(self, x: Tensor) -> Tensor:
        """Map values of shape (n, channels, k, t) to (n, 2 * channels * k)."""
        x = x.flatten(1, 2)
        return torch.cat([x.mean(dim=-1), x.amax(dim=-1)], dim=1)
