"""The course of a fit is read as it was written."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reprise.training.history import Epoch, add_epoch, read_history


def epoch(number: int, loss: float = 0.5) -> Epoch:
    return Epoch(number=number, train_loss=loss, validation_loss=0.4, metric=0.3, learning_rate=1e-3)


def test_a_fit_without_epochs_has_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path) == ()


def test_an_epoch_done_again_takes_the_place_of_the_first_try(tmp_path: Path) -> None:
    for row in (epoch(1), epoch(2), epoch(3), epoch(2, loss=0.1)):
        add_epoch(tmp_path, row)
    assert read_history(tmp_path) == (epoch(1), epoch(2, loss=0.1))
    assert {path.name for path in tmp_path.iterdir()} == {"history.csv"}


@given(losses=st.lists(st.floats(allow_nan=False), max_size=5))
def test_every_number_comes_back_exactly(losses: list[float], tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("fold")  # type: ignore[attr-defined]
    rows = [epoch(number, loss) for number, loss in enumerate(losses, start=1)]
    for row in rows:
        add_epoch(folder, row)
    assert list(read_history(folder)) == rows


def test_a_loss_without_value_stays_without(tmp_path: Path) -> None:
    add_epoch(tmp_path, epoch(1, loss=math.nan))
    assert math.isnan(read_history(tmp_path)[0].train_loss)
