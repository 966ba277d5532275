"""Networks are trained the same way every time, whatever stops them, and say plainly what went wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from reprise.errors import ModelError
from reprise.models.neural.numerical import Numerical
from reprise.training.examples import Examples
from reprise.training.history import Epoch, read_history
from reprise.training.learner import Fold
from reprise.training.neural import NetworkModel, NeuralLearner
from reprise.training.recipe import read_recipe
from reprise.training.run import run_recipe

N = 60
QUICK = {"data.tested": 1, "training.epochs": 6, "training.batch_size": 8, "training.learning_rate": 0.01}


def made_up(seed: int = 0) -> Examples:
    """Rows whose labels can be read off the numbers, and less well off the sound."""
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((N, 6)).astype(np.float32)
    mfcc = rng.standard_normal((N, 20, 160)).astype(np.float32) + numbers[:, :1, None]
    values = 1 / (1 + np.exp(-numbers[:, :2].astype(np.float64)))
    values[::10, 1] = np.nan
    return Examples(
        source="made up", ids=tuple(f"song {i}" for i in range(N)), groups=np.array([f"{i}" for i in range(N)]),
        folds=np.arange(N) % 5, inputs={"numbers": numbers, "mfcc": mfcc}, targets=("energy", "danceability"),
        values=values, weights=np.where(np.isnan(values), 0.0, 1.0), own=~np.isnan(values), is_genre=False,
        citation="nobody", licence="free",
    )  # fmt: skip


def fit(name: str, folder: Path, **training: Any) -> NetworkModel:
    folder.mkdir(exist_ok=True)
    changes = QUICK | {f"training.{key}": value for key, value in training.items()}
    learner = NeuralLearner(read_recipe(name, changes), made_up())
    return learner.fit(made_up().part(0), Fold(number=0, folder=folder))


def same(a: NetworkModel, b: NetworkModel) -> bool:
    ours, theirs = a.arrays(), b.arrays()
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


RESUMABLE = {
    "training.augment": ["shift", "mask", "noise", "mixup"], "training.schedule": "cosine",
    "training.patience": 4, "options.dropout": 0.3, "options.channels": [4], "options.batch_norm": True,
}  # fmt: skip

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_neural import QUICK, RESUMABLE, made_up
from reprise.training.recipe import read_recipe
from reprise.training.run import run_recipe
def stop(fold, epoch):
    if epoch.number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
run_recipe(read_recipe("mfcc-cnn", QUICK | RESUMABLE), made_up(), Path(sys.argv[1]), on_epoch=stop)
"""


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    recipe, told = read_recipe("mfcc-cnn", QUICK | RESUMABLE), []
    run_recipe(recipe, made_up(), tmp_path / "whole")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(Path(__file__).parent)],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    # Killed after the line of the third epoch was written and before its checkpoint.
    assert len(read_history(tmp_path / "killed" / "fold-0")) == 3
    assert not (tmp_path / "killed" / "fold-0" / "fold.json").exists()
    run_recipe(recipe, made_up(), tmp_path / "killed", on_epoch=lambda fold, epoch: told.append(epoch.number))
    assert told == [3, 4, 5, 6]
    weights = [load_file(tmp_path / name / "fold-0" / "weights.safetensors") for name in ("whole", "killed")]
    for name in weights[0]:
        np.testing.assert_array_equal(weights[0][name], weights[1][name], err_msg=name)
    assert read_history(tmp_path / "whole" / "fold-0") == read_history(tmp_path / "killed" / "fold-0")


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tmp_path: Path) -> None:
    first, second = (fit("numerical.paper", tmp_path / name) for name in "ab")
    other = fit("numerical.paper", tmp_path / "c", seed=1)
    assert same(first, second) and not same(first, other)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_the_rate_follows_its_schedule(schedule: str, tmp_path: Path) -> None:
    fit("numerical.paper", tmp_path, schedule=schedule, optimizer="adamw", clip_norm=1.0)
    rates = [epoch.learning_rate for epoch in read_history(tmp_path)]
    assert len(rates) == 6 and all(np.isfinite(rates))
    assert (rates[-1] < 1e-5) == (schedule in ("cosine", "one_cycle"))


def test_it_stops_when_nothing_is_gained_and_goes_back_to_the_best(tmp_path: Path) -> None:
    model = fit("numerical.paper", tmp_path, epochs=300, patience=3, learning_rate=0.05)
    history, examples = read_history(tmp_path), made_up()
    losses = [epoch.validation_loss for epoch in history]
    best = int(np.argmin(losses))
    assert len(history) == best + 4 < 300
    rows = examples.part(0).validation
    with torch.inference_mode():
        output = model.network(torch.from_numpy(examples.inputs["numbers"][rows])).numpy()
    known = examples.weights[rows] > 0
    error = np.mean((output[known] - examples.values[rows][known]) ** 2)
    assert error == pytest.approx(losses[best], rel=0.2)  # the loss is a mean over batches
    assert error < 1.2 * losses[best] < 1.2 * losses[-1]


def test_labels_without_weight_teach_nothing(tmp_path: Path) -> None:
    first = fit("numerical.paper", tmp_path / "a")
    changed = made_up()
    changed.values[np.isnan(changed.values)] = 0.123
    learner = NeuralLearner(read_recipe("numerical.paper", QUICK), changed)
    (tmp_path / "b").mkdir()
    assert same(first, learner.fit(changed.part(0), Fold(number=0, folder=tmp_path / "b")))


def test_a_loss_that_runs_away_is_said_with_what_helps(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"the loss is .*learning_rate"):
        fit("numerical.paper", tmp_path, optimizer="sgd", learning_rate=1e30)


def test_memory_that_runs_out_is_said_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Numerical.forward

    def hungry(self: Numerical, numbers: torch.Tensor) -> torch.Tensor:
        if self.training:
            torch.empty(1 << 52)
        return whole(self, numbers)

    monkeypatch.setattr(Numerical, "forward", hungry)
    with pytest.raises(ModelError, match=r"memory ran out with batches of 8.*batch_size=4"):
        fit("numerical.paper", tmp_path)


def test_a_target_without_labels_is_said(tmp_path: Path) -> None:
    examples = made_up()
    examples.weights[:, 1] = 0
    learner = NeuralLearner(read_recipe("numerical.paper", QUICK), examples)
    with pytest.raises(ModelError, match="no training row has a label of danceability"):
        learner.fit(examples.part(0), Fold(number=0, folder=tmp_path))


def test_options_that_do_not_fit_are_said(tmp_path: Path) -> None:
    recipe = read_recipe("mfcc-cnn.paper", QUICK | {"options.channels": [4] * 8})
    examples = replace(made_up(), inputs={"mfcc": np.zeros((N, 0, 160), np.float32)})
    with pytest.raises(ModelError, match="do not fit"):
        NeuralLearner(recipe, examples).network()


def test_half_precision_learns_too(tmp_path: Path) -> None:
    model = fit("numerical.paper", tmp_path, precision="bf16-mixed", epochs=30)
    history = read_history(tmp_path)
    assert history[-1].train_loss < 0.5 * history[0].train_loss
    assert all(values.dtype == np.float32 for values in model.arrays().values())


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    told: list[Epoch] = []
    recipe = read_recipe("numerical.paper", QUICK | {"training.devices": 2, "training.epochs": 2})
    examples = made_up()
    learner = NeuralLearner(recipe, examples)
    shared = learner.fit(examples.part(0), Fold(number=0, folder=tmp_path, on_epoch=told.append))
    assert [epoch.number for epoch in told] == [1, 2]
    alone = fit("numerical.paper", tmp_path / "alone", epochs=2)
    # Each process sees half of every batch, so that together they take the same steps but for the missing labels.
    rows = examples.inputs["numbers"]
    assert np.abs(shared.predict({"numbers": rows}) - alone.predict({"numbers": rows})).max() < 0.02


def test_the_combiner_begins_with_finished_runs_of_the_same_split(tmp_path: Path) -> None:
    examples, targets = made_up(), {"data.targets": ["danceability", "energy"]}
    one = QUICK | {"training.epochs": 1}
    for name in ("multitask-rnn.paper", "numerical.paper"):
        run_recipe(read_recipe(name, one | targets), examples, tmp_path / name)
    options = {"options.runs": str(tmp_path), "options.frozen": True}
    for last_layers in (True, False):
        recipe = read_recipe("combiner.paper", one | options | {"options.last_layers": last_layers})
        folder = tmp_path / f"combined-{last_layers}"
        folder.mkdir()
        fitted = NeuralLearner(recipe, examples).fit(examples.part(0), Fold(number=0, folder=folder))
        rnn = load_file(tmp_path / "multitask-rnn.paper" / "fold-0" / "weights.safetensors")
        for part in ("network.lstm.weight_hh_l0", "mean_mfcc", "deviation_mfcc"):
            np.testing.assert_array_equal(fitted.arrays()[f"network.heard.{part}"], rnn[part])
        numbers = load_file(tmp_path / "numerical.paper" / "fold-0" / "weights.safetensors")
        np.testing.assert_array_equal(
            fitted.arrays()["network.numbers.network.layers.0.weight"], numbers["network.layers.0.weight"]
        )
    other_split = replace(examples, folds=(np.arange(N) // 2) % 5)
    with pytest.raises(ModelError, match="another split"):
        NeuralLearner(recipe, other_split).fit(other_split.part(0), Fold(number=0, folder=folder))
    absent = read_recipe("combiner.paper", one | {"options.runs": str(tmp_path / "nowhere")})
    with pytest.raises(ModelError, match="reprise train multitask-rnn"):
        NeuralLearner(absent, examples).fit(examples.part(0), Fold(number=0, folder=folder))
