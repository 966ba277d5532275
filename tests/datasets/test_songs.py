"""What makes two titles one recording, and what is loaded of a store."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.rows import ArtistRow
from reprise.datasets.songs import load_songs, recording_title
from reprise.errors import UnknownNameError
from reprise.targets import SPOTIFY_FEATURES


@pytest.mark.parametrize(
    "pressing",
    ["Déjà Vu", "deja vu!", "Deja Vu - 2011 Remaster", "Deja Vu (feat. Somebody Else)", "Deja Vu ft. X",
     "Deja Vu - Remastered 2009", "Deja Vu [Mono Version]", "Deja Vu (Radio Edit)", "Deja Vu (1999)"],
)  # fmt: skip
def test_pressings_of_a_recording_meet(pressing: str):
    assert recording_title(pressing) == "deja vu"


@pytest.mark.parametrize(
    "other",
    ["Deja Vu (Live)", "Deja Vu - Acoustic", "Deja Vu (Someone Remix)", "Deja Vu (Part 2)", "Deja Vu 2",
     "Deja Vu (Live at Home) - 2011 Remaster"],
)  # fmt: skip
def test_other_recordings_stay_apart(other: str):
    assert recording_title(other) not in ("", "deja vu")


@pytest.mark.parametrize("title", ["(Mono)", "1999", "- - -", "???", "Feat. Nobody", "日本語", "Радио"])
def test_no_title_folds_to_nothing(title: str):
    assert recording_title(title)


def test_loads_what_is_stored(filled, song):
    store = filled(
        song("a", "One;Two", ["pop", "rock"], identifiers=(("isrc", "X1"),), popularity=7),
        song("b", "one", features=None, duration_ms=None, title="Other"),
        song("c", artists=(ArtistRow(name=None, catalogue="spotify", ref="77"),)),
    )
    songs = load_songs(store)
    assert len(songs) == 3
    assert songs.artists == (("one", "two"), ("one",), ('["spotify", "77"]',))
    assert songs.genres == (("pop", "rock"), (), ())
    assert songs.isrcs == (("X1",), (), ())
    assert songs.features[0, SPOTIFY_FEATURES.index("tempo")] == 120.5
    assert np.isnan(songs.features[1]).all()
    np.testing.assert_array_equal(songs.durations_s, [200, np.nan, 200])
    np.testing.assert_array_equal(songs.popularity, [7, np.nan, np.nan])
    taken = songs.take(np.array([False, True, False]))
    assert taken.titles == ("other",)
    assert taken.artists == (("one",),)


def test_loads_a_selection_with_its_genres(filled, song):
    store = filled(song("a", genres=["pop", "rock"]), song("b", genres=["pop"]), song("c", features=None))
    clean(store, Cleaning(several_genres="rarest"), name="mine")
    songs = load_songs(store, "mine")
    assert songs.genres == (("rock",), ("pop",))
    with pytest.raises(UnknownNameError, match="did you mean 'mine'"):
        load_songs(store, "mina")


def test_an_empty_store_has_no_songs(filled):
    assert len(load_songs(filled())) == 0
