"""A recurrent network on what is heard and linear layers on a track's numbers, joined."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from reprise.errors import ModelError
from reprise.features.mfcc import N_MFCC
from reprise.models.neural.layers import require_share
from reprise.models.neural.multitask_rnn import MultitaskRnn
from reprise.models.neural.numerical import Numerical
from reprise.models.neural.standardised import Standardised

__all__ = ["Combiner"]

_N_NUMBERS = 6
_RNN_HIDDEN, _HIDDEN = 64, (64, 32)
_HEARD_RUN, _NUMBERS_RUN = "multitask-rnn.paper", "numerical.paper"


class Combiner(nn.Module):
    """Two branches and a linear layer on both.

    Each branch brings its inputs to its own scale, the one that it was trained with; a branch that is trained here
    takes them as they come.

    Parameters
    ----------
    n_outputs : int
        Targets.
    last_layers : bool
        Whether the branches keep their last layers: predictions are joined, else the states before them.
    runs : str
        Folder with finished runs of the recipes ``multitask-rnn.paper`` and ``numerical.paper``, of the same targets;
        the branches begin with their weights. The recurrent network is that of the same fold, so that it has heard no
        artist on whom the combiner is measured. Empty: from scratch.
    frozen : bool
        Train the linear layer alone.
    dropout : float
        Before the linear layer, 0..1.

    Raises
    ------
    ParameterError
        If an option is out of its range.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        last_layers: bool = True,
        runs: str = "",
        frozen: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        require_share("dropout", dropout)
        self._last_layers, self._runs, self._frozen = last_layers, runs, frozen
        self.heard = Standardised(
            MultitaskRnn(n_outputs, hidden=_RNN_HIDDEN), ("mfcc",), {"mfcc": (N_MFCC, 1)}, n_outputs
        )
        self.numbers = Standardised(
            Numerical(n_outputs, hidden=_HIDDEN), ("numbers",), {"numbers": (_N_NUMBERS,)}, n_outputs
        )
        width = 2 * n_outputs
        if not last_layers:
            width = _RNN_HIDDEN + _HIDDEN[-1]
            _cut(self.heard, "linear", nn.Identity())
            _cut(self.numbers, "layers", self.numbers.network.layers[:-1])
        self.joined = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, n_outputs))

    @property
    def scales_itself(self) -> bool:
        """Whether the branches bring the scales of their own training."""
        return bool(self._runs)

    def load_pretrained(self, fold: int, unheard: Collection[str]) -> None:
        """Begin with the weights of the finished runs that the options name.

        Raises
        ------
        ModelError
            If there are none, they are another network's, or one has heard what must be unheard.
        """
        if self._runs:
            _load(self.heard, Path(self._runs) / _HEARD_RUN, fold, unheard)
            _load(self.numbers, Path(self._runs) / _NUMBERS_RUN, 0, ())
        if self._frozen:
            self.heard.requires_grad_(False)
            self.numbers.requires_grad_(False)

    def forward(self, mfcc: Tensor, numbers: Tensor) -> Tensor:
        """Map MFCC of shape (n, 20, t) and numbers of shape (n, 6) to (n, n_outputs)."""
        return self.joined(torch.cat([self.heard(mfcc), self.numbers(numbers)], dim=1))


def _cut(branch: Standardised, last: str, instead: nn.Module) -> None:
    """Take the last layer off a branch, and all that follows it."""
    setattr(branch.network, last, instead)
    branch.network.in_unit_range = False
    branch.offset = torch.zeros(())


def _load(branch: Standardised, run: Path, fold: int, unheard: Collection[str]) -> None:
    path = run / f"fold-{fold}" / "weights.safetensors"
    try:
        if unheard:
            with np.load(run / "examples.npz", allow_pickle=False) as file:
                ids = file["ids"]
            with np.load(path.with_name("predictions.npz"), allow_pickle=False) as file:
                held_out = {str(name) for name in ids[file["rows"]]}
            if not held_out.issuperset(unheard):
                raise ModelError(f"{run}: was trained on another split; train it with the same folds")
        state = load_file(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(
            f"{path}: cannot be read ({error}); train it first: reprise train {run.name}"
        ) from error
    # A branch without its last layer has no use for that layer's weights, nor for the mean of the labels.
    kept = branch.state_dict()
    state = {name: x if kept[name].ndim else kept[name] for name, x in state.items() if name in kept}
    try:
        branch.load_state_dict(state)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(f"{path}: holds another network's weights: {reason}") from error
