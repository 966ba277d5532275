"""The one table of everything that is said about a track."""

from __future__ import annotations

import pytest

from reprise.errors import UnknownNameError
from reprise.targets import EMOTIONS, HEADS, QUADRANTS, SPOTIFY_FEATURES, TARGETS, target


def test_the_twelve_features_of_spotify_are_there_in_its_order() -> None:
    assert SPOTIFY_FEATURES == (
        "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness",
        "liveness", "valence", "tempo", "time_signature",
    )  # fmt: skip


def test_seven_of_them_are_predicted_and_lie_between_0_and_1() -> None:
    assert len(HEADS) == 7
    assert {(target(name).low, target(name).high) for name in HEADS} == {(0.0, 1.0)}


@pytest.mark.parametrize("row", TARGETS, ids=SPOTIFY_FEATURES)
def test_every_row_is_complete(row: object) -> None:
    found = target(row.name)  # type: ignore[attr-defined]
    assert found is row
    assert found.low < found.high
    assert found.definition.endswith(".")
    assert found.metric


def test_names_are_used_once() -> None:
    for names in (SPOTIFY_FEATURES, EMOTIONS, QUADRANTS):
        assert len(set(names)) == len(names)
    assert (len(EMOTIONS), len(QUADRANTS)) == (9, 4)


def test_an_unknown_target_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'danceability'"):
        target("dancability")
