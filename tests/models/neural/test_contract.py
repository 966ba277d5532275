"""What every network must be able to do, whoever adds it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reprise.errors import ModelError
from reprise.features.clip_sets import CLIP_SETS
from reprise.models.architectures import ARCHITECTURES, Architecture
from reprise.training.examples import Examples
from reprise.training.neural import NetworkModel, NeuralLearner
from reprise.training.recipe import DataSettings, Recipe, TrainingSettings

N = 4
NETWORKS = [row for row in ARCHITECTURES.values() if row.learner.endswith(":NeuralLearner")]


def learner(kind: Architecture, **options: object) -> NeuralLearner:
    rng = np.random.default_rng(0)
    inputs = {}
    for name in kind.inputs:
        if name == "numbers":
            inputs[name] = rng.standard_normal((N, 6)).astype(np.float32)
        else:
            row = CLIP_SETS[name]
            inputs[name] = (rng.random((N, *row.shape)) * (255 if row.dtype == "uint8" else 1)).astype(
                row.dtype
            )
    values = np.eye(N)[:, :3] if kind.task == "genre" else rng.random((N, 3))
    examples = Examples(
        source="made up", ids=tuple("abcd"), groups=np.array(list("abcd")), folds=np.arange(N), inputs=inputs,
        targets=("x", "y", "z"), values=values, weights=np.ones((N, 3)), own=np.ones((N, 3), bool),
        is_genre=kind.task == "genre", citation="nobody", licence="free",
    )  # fmt: skip
    recipe = Recipe(
        name=kind.name, what="", architecture=kind, data=DataSettings(source="clips"), options=options,
        training=TrainingSettings(), text="",
    )  # fmt: skip
    torch.manual_seed(0)
    return NeuralLearner(recipe, examples)


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.name)
def test_it_maps_rows_to_targets_and_every_weight_learns(kind: Architecture) -> None:
    fitted = learner(kind)
    network = fitted.network().train()
    for name, values in fitted.examples.inputs.items():
        network.set_scale(name, values)
    output = network(*(torch.from_numpy(fitted.examples.inputs[name]) for name in kind.inputs))
    assert output.shape == (N, 3)
    assert output.isfinite().all()
    (output * torch.randn_like(output)).sum().backward()
    still = [name for name, x in network.named_parameters() if x.grad is None or not x.grad.any()]
    assert not still, f"no gradient reaches {still}"


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.name)
def test_it_is_the_same_when_it_is_read_again(kind: Architecture) -> None:
    fitted = learner(kind)
    model = NetworkModel(fitted.network(), is_genre=fitted.examples.is_genre)
    predicted = model.predict(fitted.examples.inputs)
    arrays = model.arrays()
    assert predicted.shape == (N, 3)
    assert predicted.min() >= 0 and predicted.max() <= 1
    if kind.task == "genre":
        np.testing.assert_allclose(predicted.sum(axis=1), 1)
    again = learner(kind).restore(arrays)
    np.testing.assert_array_equal(again.predict(fitted.examples.inputs), predicted)
    assert again.n_parameters == model.n_parameters > 0
    with pytest.raises(ModelError, match="another network's"):
        learner(kind).restore(dict(list(arrays.items())[:-1]))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("simple-cnn", {"channels": (8, 8, 8)}),
        ("simple-cnn", {"hidden": (8,)}),
        ("simple-cnn", {"shrink": 0}),
        ("mfcc-cnn", {"channels": ()}),
        ("mfcc-cnn", {"dropout": 1.0}),
        ("mfcc-rnn", {"hidden": 0}),
        ("multitask-rnn", {"dropout": -0.1}),
        ("complex-cnn", {"channels": (8, 8)}),
        ("complex-cnn", {"dropout": (0.1,)}),
        ("spectrogram-cnn", {"shrink": (4,)}),
        ("resnet18", {"width": 0}),
        ("numerical", {"hidden": (64, -1)}),
        ("softmax-nn", {"hidden": (64,)}),
        ("combiner", {"dropout": 2.0}),
    ],
)
def test_an_option_out_of_its_range_is_refused_by_name(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=next(iter(options))):
        learner(ARCHITECTURES[name], **options).network()


def test_towers_share_nothing() -> None:
    fitted = learner(ARCHITECTURES["spectrogram-cnn"])
    network = fitted.network().train()
    network(torch.from_numpy(fitted.examples.inputs["mel"]))[:, 1].sum().backward()
    towers = network.network.towers
    assert all(x.grad is None or not x.grad.any() for k in (0, 2) for x in towers[k].parameters())
    assert any(x.grad is not None and x.grad.any() for x in towers[1].parameters())


def test_the_earlier_networks_have_the_sizes_that_are_known() -> None:
    complex_cnn = learner(ARCHITECTURES["complex-cnn"]).network().network
    assert [tuple(x.shape) for name, x in complex_cnn.linear.named_parameters() if "weight" in name] == [
        (128, 16384),
        (3, 128),
    ]
    rnn = learner(ARCHITECTURES["multitask-rnn"]).network().network
    assert rnn.lstm.hidden_size == 64
    numerical = learner(ARCHITECTURES["numerical"]).network().network
    assert [layer.out_features for layer in numerical.layers if hasattr(layer, "out_features")] == [64, 32, 3]
