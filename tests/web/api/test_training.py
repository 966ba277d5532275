"""Models, runs with their curves, and the comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from reprise.targets import HEADS
from reprise.training.history import Epoch, add_epoch


@pytest.fixture
def run_folder() -> Path:
    """A run as `reprise train` leaves it in the middle of its second fold."""
    folder: Path = settings.CONFIG.runs_folder / "simple-cnn"
    for number, losses in enumerate(((0.5, 0.4, 0.3), (0.6,))):
        fold = folder / f"fold-{number}"
        fold.mkdir(parents=True, exist_ok=True)
        for epoch, loss in enumerate(losses, 1):
            add_epoch(
                fold,
                Epoch(
                    number=epoch,
                    train_loss=loss,
                    validation_loss=float("nan"),
                    metric=loss,
                    learning_rate=1e-3,
                ),
            )
    (folder / "fold-0" / "fold.json").write_text("{}")
    (folder / "card.json").write_text(
        json.dumps({"name": "simple-cnn", "recipe": "simple-cnn", "state": "running"})
    )
    (folder / "recipe.toml").write_text(Path("src/reprise/recipes/simple-cnn.toml").read_text())
    return folder


def test_a_run_in_progress_shows_its_curves(owner_client: Client, run_folder: Path) -> None:
    [run] = owner_client.get("/api/v1/runs").json()["items"]
    assert (run["status"], run["folds_done"], run["folds"]) == ("running", 1, 5)
    curves = owner_client.get("/api/v1/runs/simple-cnn/curves").json()
    losses = {(curve["name"], curve["fold"]): curve["y"] for curve in curves}
    assert losses["train_loss", 0] == [0.5, 0.4, 0.3]
    assert losses["validation_loss", 1] == [None]


@pytest.mark.parametrize("name", ["other", "..", "%2e%2e%2fsimple-cnn"])
def test_a_run_that_is_not_there_is_a_problem(owner_client: Client, run_folder: Path, name: str) -> None:
    assert owner_client.get(f"/api/v1/runs/{name}/curves").status_code == 404


def test_the_comparison_has_every_published_model_and_its_pictures(owner_client: Client) -> None:
    table = owner_client.get("/api/v1/comparison").json()
    heads = next(row for row in table["rows"] if row["model"] == "musicnn-heads")
    assert heads["figures"].keys() == {"mean", *HEADS}
    for picture in table["pictures"]:
        answer = owner_client.get(picture["url"])
        assert answer.content.startswith(b"\x89PNG"), picture


def test_the_models_of_this_installation_are_listed(owner_client: Client) -> None:
    models = {model["name"]: model for model in owner_client.get("/api/v1/models").json()}
    assert models["heads"]["in_use"]
    assert {"heads", "mood", "musicnn", "rhythm", "tonality"} <= models.keys()
