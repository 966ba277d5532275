"""A recurrent network on the MFCC of a clip that predicts all targets at once, each in 0..1."""

from __future__ import annotations

from typing import Literal

from reprise.models.neural.mfcc_rnn import MfccRnn

__all__ = ["MultitaskRnn"]


class MultitaskRnn(MfccRnn):
    """`MfccRnn` with a sigmoid.

    Parameters
    ----------
    n_outputs, hidden, bidirectional, summary, dropout
        As for `MfccRnn`.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        hidden: int = 64,
        bidirectional: bool = False,
        summary: Literal["last", "mean"] = "last",
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            n_outputs,
            hidden=hidden,
            bidirectional=bidirectional,
            summary=summary,
            dropout=dropout,
            sigmoid=True,
        )
