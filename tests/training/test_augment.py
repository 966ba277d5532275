"""What augmentation may change, and what it must leave alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from reprise.training.augment import augment

N, K, T = 6, 20, 40


@pytest.fixture
def batch() -> tuple[list[Tensor], Tensor, Tensor]:
    torch.manual_seed(0)
    weights = torch.ones(N, 2)
    weights[0, 1] = 0
    return [torch.randn(N, K, T), torch.randn(N, 6)], torch.rand(N, 2), weights


def test_nothing_asked_changes_nothing(batch: tuple[list[Tensor], Tensor, Tensor]) -> None:
    inputs, values, weights = augment(*batch, ())
    assert all(torch.equal(a, b) for a, b in zip(inputs, batch[0], strict=True))
    assert torch.equal(values, batch[1]) and torch.equal(weights, batch[2])


def test_shift_turns_time_and_keeps_every_value(batch: tuple[list[Tensor], Tensor, Tensor]) -> None:
    torch.manual_seed(1)
    (sound, numbers), values, _ = augment(*batch, ("shift",))
    assert not torch.equal(sound, batch[0][0])
    torch.testing.assert_close(sound.sort(dim=-1).values, batch[0][0].sort(dim=-1).values)
    assert torch.equal(numbers, batch[0][1]) and torch.equal(values, batch[1])


def test_mask_silences_some_of_time_and_rows_and_leaves_the_data(
    batch: tuple[list[Tensor], Tensor, Tensor],
) -> None:
    before = batch[0][0].clone()
    silent = []
    for seed in range(20):
        torch.manual_seed(seed)
        (sound, numbers), _, _ = augment(*batch, ("mask",))
        gone = sound == 0
        assert torch.equal(sound[~gone], before[~gone]) and torch.equal(numbers, batch[0][1])
        silent.append(float(gone.float().mean()))
    assert 0 < sum(silent) / len(silent) < 0.5 and max(silent) <= 1 - 0.7**2
    assert torch.equal(batch[0][0], before)


def test_noise_is_a_tenth_of_the_deviation(batch: tuple[list[Tensor], Tensor, Tensor]) -> None:
    (sound, numbers), values, _ = augment(*batch, ("noise",))
    assert float((sound - batch[0][0]).std()) == pytest.approx(0.1, rel=0.1)
    assert not torch.equal(numbers, batch[0][1]) and torch.equal(values, batch[1])


def test_mixup_mixes_labels_as_it_mixes_inputs(batch: tuple[list[Tensor], Tensor, Tensor]) -> None:
    inputs, values, weights = batch
    inputs = [values[:, :1, None].expand(N, K, T).clone(), values[:, :1].clone()]
    torch.manual_seed(3)
    (sound, numbers), mixed, counts = augment(inputs, values, weights, ("mixup",))
    torch.testing.assert_close(sound[:, 0, 0], mixed[:, 0])
    torch.testing.assert_close(numbers[:, 0], mixed[:, 0])
    assert mixed.min() >= values.min() and mixed.max() <= values.max()
    # What has no label in one part has none in the mixture.
    assert counts[0, 1] == 0 and (counts[:, 1] == 0).sum() <= 2 and (counts[:, 0] > 0).all()
