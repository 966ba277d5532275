"""A recurrent network on the MFCC of a clip."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from reprise.features.mfcc import N_MFCC
from reprise.models.neural.layers import require_counts, require_share

__all__ = ["MfccRnn"]


class MfccRnn(nn.Module):
    """An LSTM over time and one linear layer.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    hidden : int
        Size of the LSTM's state.
    bidirectional : bool
        Whether a second LSTM reads from the end to the beginning.
    summary : {"last", "mean"}
        What the linear layer sees: the states at the end, or the states of all frames averaged.
    dropout : float
        Before the linear layer, 0..1.
    sigmoid : bool
        Whether values are brought into 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.

    References
    ----------
    .. [1] Hochreiter, S., Schmidhuber, J. "Long short-term memory." Neural Computation 9(8), 1997.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        hidden: int = 64,
        bidirectional: bool = False,
        summary: Literal["last", "mean"] = "last",
        dropout: float = 0.0,
        sigmoid: bool = False,
    ) -> None:
        super().__init__()
        require_counts("hidden", (hidden,))
        require_share("dropout", dropout)
        self.in_unit_range = sigmoid
        self._summary = summary
        self.lstm = nn.LSTM(N_MFCC, hidden, batch_first=True, bidirectional=bidirectional)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(hidden * (1 + bidirectional), n_outputs)

    def states(self, mfcc: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) to what is known after the last frame, (n, size)."""
        found, (last, _) = self.lstm(mfcc.transpose(1, 2))
        if self._summary == "mean":
            return found.mean(dim=1)
        return torch.cat(tuple(last), dim=1)

    def forward(self, mfcc: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) to (n, n_outputs)."""
        output = self.linear(self.dropout(self.states(mfcc)))
        return output.sigmoid() if self.in_unit_range else output
