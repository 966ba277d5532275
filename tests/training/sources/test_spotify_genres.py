"""The table of 114 genres: the ten of the recipes are in it, and no artist crosses a fold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.errors import UnknownNameError
from reprise.training.recipe import DataSettings, read_recipe
from reprise.training.sources import Place
from reprise.training.sources.spotify_genres import load

INPUTS = ("audio_features",)


def test_the_ten_genres_are_those_of_every_recipe(shared_data: Path, tmp_path: Path) -> None:
    names = (
        "genre-logistic",
        "genre-knn",
        "genre-forest",
        "genre-forest.paper",
        "genre-lightgbm",
        "genre-lightgbm.paper",
    )
    (settings,) = {read_recipe(name).data for name in names}
    examples = load(settings, INPUTS, Place(data=shared_data, cache=tmp_path))
    assert examples.targets == settings.targets and len(settings.targets) == 10
    assert (
        examples.inputs["audio_features"].shape
        == (len(examples), len(examples.columns["audio_features"]))
        == (len(examples), 12)
    )
    assert np.unique(examples.ids).size == len(examples)
    assert examples.values.sum(axis=0).min() > 500
    part = examples.part(0)
    sides = [set(examples.groups[rows]) for rows in (part.train, part.validation, part.test)]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]


def test_an_unknown_genre_is_named(shared_data: Path, tmp_path: Path) -> None:
    place = Place(data=shared_data, cache=tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean 'disco'"):
        load(DataSettings(source="spotify_genres", targets=("disko",)), INPUTS, place)
    with pytest.raises(UnknownNameError, match="unknown input"):
        load(DataSettings(source="spotify_genres"), ("short_term",), place)
