"""ResNet-18 takes the weights of photographs, from files that can do no harm."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from reprise.errors import ModelError
from reprise.models.neural.resnet18 import ResNet18

SIZE = 32


def photographs(width: int = 8) -> dict[str, torch.Tensor]:
    """Weights as they come from a network of three colours and a thousand classes."""
    torch.manual_seed(1)
    state = {name: x.clone() for name, x in ResNet18(1000, width=width).state_dict().items()}
    state["conv1.weight"] = torch.randn(width, 3, 7, 7)
    state["bn1.running_mean"] = torch.randn(width)
    return state


def test_it_has_the_size_and_the_names_of_the_paper() -> None:
    network = ResNet18(1000)
    colours = 2 * 64 * 7 * 7
    assert sum(x.numel() for x in network.parameters()) == 11_689_512 - colours
    names = set(network.state_dict())
    assert len(names) == 122
    assert {
        "conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer1.1.bn2.bias", "fc.weight",
        "layer2.0.downsample.0.weight", "layer4.0.downsample.1.num_batches_tracked", "layer4.1.conv2.weight",
    } <= names  # fmt: skip


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_given_weights_see_a_grey_picture_as_three_equal_colours(suffix: str, tmp_path: Path) -> None:
    state, path = photographs(), tmp_path / f"weights{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    network = ResNet18(2, size=SIZE, width=8, weights=str(path))
    before = network.fc.weight.clone()
    network.load_pretrained(0, ())
    grey = torch.randn(1, SIZE, SIZE)
    colours = torch.nn.functional.conv2d(
        grey.expand(3, -1, -1)[None], state["conv1.weight"], stride=2, padding=3
    )
    torch.testing.assert_close(network.conv1(grey[None]), colours)
    torch.testing.assert_close(network.layer3[0].conv2.weight, state["layer3.0.conv2.weight"])
    torch.testing.assert_close(network.bn1.running_mean, state["bn1.running_mean"])
    torch.testing.assert_close(network.fc.weight, before)
    assert network.eval()(grey).shape == (1, 2)


def test_frozen_layers_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save(photographs(), path)
    network = ResNet18(2, size=SIZE, width=8, weights=str(path), frozen=True)
    network.load_pretrained(0, ())
    network.train()
    network(torch.randn(4, SIZE, SIZE)).sum().backward()
    assert {name for name, x in network.named_parameters() if x.grad is not None} == {"fc.weight", "fc.bias"}
    torch.testing.assert_close(network.bn1.running_mean, photographs()["bn1.running_mean"])


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("harm-was-done"),)


def test_a_pickle_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil.pth").write_bytes(pickle.dumps({"conv1.weight": _Harm()}))
    torch.save({"conv1.weight": _Harm()}, "evil.pt")
    for name in ("evil.pth", "evil.pt"):
        with pytest.raises(ModelError, match="cannot be read"):
            ResNet18(2, weights=name).load_pretrained(0, ())
    assert not Path("harm-was-done").exists()


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ResNet18(2, weights=str(tmp_path / "absent.safetensors")).load_pretrained(0, ())
    (tmp_path / "text.safetensors").write_text("no weights at all")
    with pytest.raises(ModelError, match="cannot be read"):
        ResNet18(2, weights=str(tmp_path / "text.safetensors")).load_pretrained(0, ())
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ModelError, match="no table of tensors"):
        ResNet18(2, weights=str(tmp_path / "list.pt")).load_pretrained(0, ())
    torch.save(photographs(width=4), tmp_path / "narrow.pt")
    with pytest.raises(ModelError, match="no ResNet-18 of this width"):
        ResNet18(2, width=8, weights=str(tmp_path / "narrow.pt")).load_pretrained(0, ())
