"""Trained models as one network that can be traced: what they predict, averaged."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from reprise.errors import ModelError
from reprise.models.chosen import ANALYSIS
from reprise.models.heads import EDGE
from reprise.training.default_heads import HeadsModel
from reprise.training.learner import Model
from reprise.training.neural import NetworkModel

__all__ = ["MeanOfModels"]


class MeanOfModels(nn.Module):
    """Gives the mean of what the models' ``predict`` gives.

    Parameters
    ----------
    models : sequence of Model
        Of one architecture.

    Raises
    ------
    ModelError
        If one of them is neither a network nor the heads.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        super().__init__()
        self.models = nn.ModuleList([_network(model) for model in models])
        self.inputs: tuple[str, ...] = self.models[0].inputs

    def forward(self, *inputs: Tensor) -> Tensor:
        """Map inputs, each of shape (n, ...), to (n, n_targets)."""
        return torch.stack([model(*inputs) for model in self.models]).mean(dim=0)


def _network(model: Model) -> nn.Module:
    if isinstance(model, NetworkModel):
        return _Network(model)
    if isinstance(model, HeadsModel):
        return _Heads(model)
    raise ModelError(
        f"{type(model).__name__} has no ONNX graph; networks and the default heads can be exported"
    )


class _Network(nn.Module):
    """A network with what `NetworkModel.predict` puts after it."""

    def __init__(self, model: NetworkModel) -> None:
        super().__init__()
        self.network, self._is_genre = model.network.cpu(), model.is_genre
        self.inputs = model.network.names

    def forward(self, *inputs: Tensor) -> Tensor:
        output = self.network(*inputs)
        return output.softmax(dim=1) if self._is_genre else output.clamp(0, 1)


class _Heads(nn.Module):
    """The linear map of the heads, and `reprise.models.heads.from_scale` after it."""

    def __init__(self, model: HeadsModel) -> None:
        super().__init__()
        self.inputs = tuple(f"{ANALYSIS}{group}" for group in model.linear.groups)
        columns = model.columns
        for name in ("low", "high"):
            self.register_buffer(name, torch.from_numpy(getattr(model.linear, name)))
        for name in ("weight", "bias"):
            self.register_buffer(name, torch.from_numpy(getattr(model.linear, name)[columns]))
        self.register_buffer("logit", torch.from_numpy(model.logit[columns]))

    def forward(self, *groups: Tensor) -> Tensor:
        x = torch.cat(groups, dim=1)
        x = torch.minimum(torch.maximum(x, self.get_buffer("low")), self.get_buffer("high"))
        z = x @ self.get_buffer("weight").T + self.get_buffer("bias")
        share = (1 + 2 * EDGE) * z.sigmoid() - EDGE
        return torch.where(self.get_buffer("logit"), share, z).clamp(0, 1)
