"""What is done to inputs while a network trains, so that it cannot learn the clips by heart."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["augment"]

_NOISE = 0.1
_MASKS = 2
_MASKED = 0.15
_MIXUP_BETA = 0.2


def augment(
    inputs: Sequence[Tensor], values: Tensor, weights: Tensor, ways: Sequence[str]
) -> tuple[list[Tensor], Tensor, Tensor]:
    """Change a batch at random; labels change with mixup alone.

    Parameters
    ----------
    inputs : sequence of tensors, shape (n, k) or (n, k, t)
        Standardised.
    values, weights : tensors, shape (n, n_targets)
        Labels and how much they count.
    ways : sequence of {"shift", "mask", "mixup", "noise"}
        Time is turned round its end; up to 15 % of time and of the rows are silenced, twice each; two clips are
        mixed, and with them their labels; noise of a tenth of the deviation is added.

    Returns
    -------
    inputs, values, weights : as they came in, changed

    References
    ----------
    .. [1] Park, D. S. et al. "SpecAugment." Interspeech 2019.
    .. [2] Zhang, H. et al. "mixup: Beyond empirical risk minimization." ICLR 2018.
    """
    changed = list(inputs)
    if "shift" in ways:
        changed = [_shift(x) if x.ndim == 3 else x for x in changed]
    if "mask" in ways:
        changed = [_mask(x) if x.ndim == 3 else x for x in changed]
    if "noise" in ways:
        changed = [x + _NOISE * torch.randn_like(x) for x in changed]
    if "mixup" in ways:
        return _mixup(changed, values, weights)
    return changed, values, weights


def _shift(x: Tensor) -> Tensor:
    return torch.roll(x, int(torch.randint(x.shape[-1], ())), dims=-1)


def _mask(x: Tensor) -> Tensor:
    x = x.clone()
    for axis in (1, 2):
        size = x.shape[axis]
        for _ in range(_MASKS):
            width = int(torch.randint(int(_MASKED * size) + 1, ()))
            start = int(torch.randint(size - width + 1, ()))
            x.narrow(axis, start, width).zero_()
    return x


def _mixup(inputs: list[Tensor], values: Tensor, weights: Tensor) -> tuple[list[Tensor], Tensor, Tensor]:
    share = float(torch.distributions.Beta(_MIXUP_BETA, _MIXUP_BETA).sample())
    order = torch.randperm(len(values), device=values.device)
    mixed = [share * x + (1 - share) * x[order] for x in inputs]
    # A mixture has a label only where both parts have one.
    both = (weights > 0) & (weights[order] > 0)
    counts = torch.where(both, share * weights + (1 - share) * weights[order], torch.zeros_like(weights))
    return mixed, share * values + (1 - share) * values[order], counts
