"""Recipes are checked line by line before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from reprise.errors import ConfigError, UnknownNameError
from reprise.training.recipe import read_recipe, recipe_names

GOOD = """what = "A network"
model = "mfcc-cnn"

[data]
source = "clips"
targets = ["energy"]

[options]
hidden = 16
dropout = 0

[training]
epochs = 3
loss = "mae"
augment = ["shift"]
"""


def read(tmp_path: Path, text: str, **changes: object):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(str(path), {key.replace("__", "."): value for key, value in changes.items()})


def test_a_good_recipe_is_read(tmp_path: Path) -> None:
    recipe = read(tmp_path, GOOD)
    assert recipe.name == "mine"
    assert recipe.architecture.name == "mfcc-cnn"
    assert recipe.data.targets == ("energy",)
    assert recipe.options == {"hidden": 16, "dropout": 0.0}
    assert recipe.training.augment == ("shift",)
    assert recipe.text == GOOD


def test_changes_come_before_the_file(tmp_path: Path) -> None:
    recipe = read(tmp_path, GOOD, training__epochs=9, data__folds=4, data__tested=2)
    assert (recipe.training.epochs, recipe.data.folds, recipe.data.tested) == (9, 4, 2)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('loss = "mae"', 'loss = "foo"', r"line 14: training.loss is 'foo'; allowed: 'mse', 'mae'"),
        ("epochs = 3", "epochs = 0", r"line 13: training.epochs is 0; it must be at least 1"),
        ("epochs = 3", 'epochs = "3"', r"line 13: training.epochs is '3'; it must be a whole number"),
        ("epochs = 3", "epoch = 3", r"line 13: training.epoch is unknown; allowed: epochs, "),
        ("hidden = 16", "width = 16", r"line 9: options.width is unknown to mfcc-cnn; allowed: .*hidden"),
        ("hidden = 16", "hidden = 1.5", r"line 9: options.hidden is 1.5; it must be a whole number"),
        ('source = "clips"', 'source = "clip"', r"line 5: data.source unknown source 'clip'; did you mean"),
        ('source = "clips"\n', "", r"line 4: data.source is missing"),
        ('model = "mfcc-cnn"', 'model = "mfc-cnn"', r"line 2: model unknown model 'mfc-cnn'; did you mean"),
        ('what = "A network"', "what = 3", r"line 1: what must be a text"),
        ('["shift"]', '"shift"', r"line 15: training.augment is 'shift'; it must be a list"),
        ('["shift"]', '["shove"]', r"line 15: training.augment is 'shove'; allowed: "),
        ("[options]", "[option]", r"line 8: option is unknown; allowed: what, model, data"),
        ('loss = "mae"', 'loss = "cross_entropy"', r"line 14: training.loss is not for mfcc-cnn"),
        ('targets = ["energy"]', "folds = 3\ntested = 4", r"tested is 4, but there are only 3 folds"),
        ("[data]", "[data", r"mine.toml: .*line 4"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=complaint):
        read(tmp_path, GOOD.replace(old, new))


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mfcc-cnn'"):
        read_recipe("mfcc-cn")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read"):
        read_recipe(str(tmp_path / "none.toml"))


@pytest.mark.parametrize("name", recipe_names())
def test_the_recipes_that_come_with_reprise_are_good(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.name == name
    assert len(recipe.what) > 10
