"""ResNet-18 on pictures of spectrograms, with the parameter names that weights of photographs come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from reprise.errors import ModelError
from reprise.models.neural.layers import require_counts, require_share

__all__ = ["ResNet18"]


class _Block(nn.Module):
    """Two 3 x 3 convolutions whose result is added to what came in."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(y)) + self.downsample(x)).relu()


class ResNet18(nn.Module):
    """Eight blocks of two convolutions, in four layers of which each halves the picture and doubles the channels.

    Parameters
    ----------
    n_outputs : int
        Targets, or classes.
    size : int
        Side in pixels that pictures are shrunk to.
    width : int
        Channels of the first layer; weights of photographs have 64.
    dropout : float
        Before the last layer, 0..1.
    weights : str
        A file of weights to begin with: ``.safetensors``, or a state dict of PyTorch, of which nothing but tensors is
        read. Filters of three colours are summed, since a grey picture has the same value in each. The last layer,
        which tells photographs apart, is left out. Empty: from scratch.
    frozen : bool
        Train the last layer alone.

    Raises
    ------
    ParameterError
        If an option is out of its range.

    References
    ----------
    .. [1] He, K., Zhang, X., Ren, S., Sun, J. "Deep residual learning for image recognition." CVPR 2016.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        size: int = 128,
        width: int = 64,
        dropout: float = 0.0,
        weights: str = "",
        frozen: bool = False,
    ) -> None:
        super().__init__()
        require_counts("size", (size,))
        require_counts("width", (width,))
        require_share("dropout", dropout)
        self._weights, self._frozen = weights, frozen
        self.shrink = nn.AdaptiveAvgPool2d(size)
        self.conv1 = nn.Conv2d(1, width, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1 = nn.Sequential(_Block(width, width, 1), _Block(width, width, 1))
        self.layer2 = nn.Sequential(_Block(width, 2 * width, 2), _Block(2 * width, 2 * width, 1))
        self.layer3 = nn.Sequential(_Block(2 * width, 4 * width, 2), _Block(4 * width, 4 * width, 1))
        self.layer4 = nn.Sequential(_Block(4 * width, 8 * width, 2), _Block(8 * width, 8 * width, 1))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(8 * width, n_outputs)

    def load_pretrained(self, fold: int, unheard: Collection[str]) -> None:
        """Begin with the weights of the file that the options name.

        Raises
        ------
        ModelError
            If the file cannot be read or holds another network's weights.
        """
        if self._weights:
            state = {name: x for name, x in _read(self._weights).items() if not name.startswith("fc.")}
            if "conv1.weight" in state:
                state["conv1.weight"] = state["conv1.weight"].sum(dim=1, keepdim=True)
            own = {f"fc.{name}": x for name, x in self.fc.state_dict().items()}
            try:
                self.load_state_dict(state | own)
            except RuntimeError as error:
                reason = str(error).splitlines()[-1].strip()
                raise ModelError(f"{self._weights}: holds no ResNet-18 of this width: {reason}") from error
        if self._frozen:
            self.requires_grad_(False)
            self.fc.requires_grad_(True)

    def train(self, mode: bool = True) -> ResNet18:
        """Leave the running statistics of frozen layers as they are."""
        super().train(mode)
        if self._frozen and mode:
            for layer in (self.bn1, self.layer1, self.layer2, self.layer3, self.layer4):
                layer.eval()
        return self

    def forward(self, image: Tensor) -> Tensor:
        """Map pictures of shape (n, height, width) to (n, n_outputs)."""
        x = self.maxpool(self.bn1(self.conv1(self.shrink(image.unsqueeze(1)))).relu())
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.dropout(x.mean(dim=(2, 3))))


def _read(path: str) -> Mapping[str, Tensor]:
    try:
        if Path(path).suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a file that somebody gave can be wrong in any way
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelError(f"{path}: weights cannot be read: {reason}") from error
    if not isinstance(state, Mapping) or not all(isinstance(x, Tensor) for x in state.values()):
        raise ModelError(f"{path}: holds no table of tensors by name")
    return state
