"""Clips by coarse genre: which are measured, and that nothing of a genre is lost or counted twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reprise.datasets.audiofiler import GENRES
from reprise.errors import DatasetError, UnknownNameError
from reprise.training.recipe import DataSettings
from reprise.training.sources import Place
from reprise.training.sources.clips_genre import COARSE, load


@pytest.fixture
def place(tiny: Any) -> Place:
    return Place(data=tiny.folder, cache=tiny.cache)


def test_the_coarse_genres_share_out_the_fine_ones() -> None:
    members = [name for names in COARSE.values() for name in names]
    assert sorted(members) == sorted(GENRES)


def test_clips_have_the_genre_of_their_label(place: Place) -> None:
    examples = load(DataSettings(source="clips_genre"), ("analysis.embedding",), place)
    genre = dict(zip(examples.ids, np.array(examples.targets)[examples.values.argmax(axis=1)], strict=True))
    assert genre["clips/panda/p000.opus"] == "Jazz"
    assert genre["clips/panda/p003.opus"] == "Country"
    assert {name for clip, name in genre.items() if "emotify" in clip} == {
        "Classical",
        "Electronic",
        "Pop/Rock",
    }
    assert {name for clip, name in genre.items() if "gtzan" in clip} == {"Classical"}
    assert examples.inputs["analysis.embedding"].shape == (len(examples), 12)
    assert (examples.values.sum(axis=1) == 1).all()
    for fold in range(5):
        inside = set(examples.groups[examples.folds == fold])
        assert not inside & set(examples.groups[examples.folds != fold])


def test_some_genres_can_be_asked_for(place: Place) -> None:
    examples = load(DataSettings(source="clips_genre", targets=("Jazz", "Country"), limit=9), (), place)
    assert examples.targets == ("Jazz", "Country") and len(examples) == 9
    with pytest.raises(UnknownNameError, match="unknown genre 'Jaz'"):
        load(DataSettings(source="clips_genre", targets=("Jaz",)), (), place)
    with pytest.raises(UnknownNameError, match="unknown input"):
        load(DataSettings(source="clips_genre"), ("embedding",), place)
    with pytest.raises(DatasetError, match="no clip has one of these genres: Reggae"):
        load(DataSettings(source="clips_genre", targets=("Reggae",)), (), place)
