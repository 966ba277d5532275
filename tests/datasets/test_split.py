"""No artist and no recording on two sides, every stratum with its shares, the same seed the same split."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.songs import load_songs
from reprise.datasets.split import (
    PARTS,
    Splitting,
    check_split,
    find_leaks,
    group_songs,
    split,
    split_groups,
)
from reprise.datasets.store import Store
from reprise.errors import DatasetError, ParameterError, UnknownNameError

SHARES = (0.8, 0.1, 0.1)


def parts_of(store: Store, name: str = "split") -> dict[str, str]:
    query = (
        "SELECT t.ref, st.part FROM split_tracks st JOIN tracks t ON t.id = st.track_id"
        " JOIN splits s ON s.id = st.split_id WHERE s.name = ?"
    )
    return dict(store.select(query, (name,)))


@pytest.fixture
def store(filled, song) -> Store:
    """300 songs of 60 artists, some of them together, in two genres."""
    artist = [f"x{i % 60}" if i % 50 else f"x{i % 60};x{(i + 7) % 60}" for i in range(300)]
    return filled(*(song(str(i), artist[i], ["pop" if i % 3 else "folk"]) for i in range(300)))


def test_every_song_is_in_one_part_and_no_artist_in_two(store):
    report = split(store, Splitting(all_artists=True))
    assert report.with_artist_of_train == 0
    parts = parts_of(store)
    assert len(parts) == sum(report.sizes.values()) == 300
    where: dict[str, set[str]] = {}
    for i, names in enumerate(load_songs(store).artists):
        for name in names:
            where.setdefault(name, set()).add(parts[str(i)])
    assert all(len(found) == 1 for found in where.values())
    assert check_split(store, "split") == 300


def test_the_shares_hold_in_every_genre(store):
    split(store, Splitting())
    parts = parts_of(store)
    for genre in ("pop", "folk"):
        refs = [str(i) for i in range(300) if ("pop" if i % 3 else "folk") == genre]
        counts = Counter(parts[ref] for ref in refs)
        for part, share in zip(PARTS, SHARES, strict=True):
            assert counts[part] / len(refs) == pytest.approx(share, abs=0.06)


def test_the_seed_decides(store):
    splits = []
    for seed in (1, 1, 2):
        split(store, Splitting(seed=seed))
        splits.append(parts_of(store))
    assert splits[0] == splits[1] != splits[2]


def test_splits_of_several_names_stand_side_by_side(store):
    clean(store, Cleaning(balance=40, several_genres="drop"), name="small")
    split(store, Splitting(), name="a")
    split(store, Splitting(shares=(0.5, 0, 0.5)), selection="small", name="b")
    assert len(parts_of(store, "a")) == 300
    assert Counter(parts_of(store, "b").values()).keys() == {"train", "test"}
    assert len(parts_of(store, "b")) == 80


def test_copies_of_a_recording_bind_their_artists(filled, song):
    store = filled(
        *(song(f"a{i}", f"x{i}", identifiers=(("isrc", "SAME"),)) for i in range(3)),
        *(song(f"b{i}", f"y{i}") for i in range(30)),
    )
    split(store, Splitting())
    parts = parts_of(store)
    assert len({parts[f"a{i}"] for i in range(3)}) == 1


def test_a_leak_that_comes_later_fails_the_check(store, song):
    split(store, Splitting())
    parts = parts_of(store)
    in_train = next(ref for ref, part in parts.items() if part == "train")
    in_test = next(ref for ref, part in parts.items() if part == "test")
    from reprise.datasets.store import Source

    with store.transaction():
        source = Source(provider="table", licence="", run_id=store.count("SELECT max(id) FROM runs"))
        store.add([song(in_train, "turncoat"), song(in_test, "turncoat")], source)
    with pytest.raises(
        DatasetError, match="leaks in 1 places; the first: artist 'turncoat' is in train and test"
    ):
        check_split(store, "split")


def test_finds_every_kind_of_leak(store):
    songs = load_songs(store)
    parts = np.zeros(len(songs), np.int64)
    assert find_leaks(songs, parts) == []
    alone = tuple((str(i),) for i in range(300))
    songs = replace(songs, artists=alone, isrcs=alone, audio=alone, recordings=alone)
    parts[0] = 2
    assert find_leaks(songs, parts) == []
    for name in ("artists", "isrcs", "audio", "recordings"):
        (leak,) = find_leaks(replace(songs, **{name: (("1",), *alone[1:])}), parts)
        assert leak.key == "1"
        assert leak.parts == ("train", "test")


def test_guests_bind_songs_only_if_told(filled, song):
    store = filled(song("a", "one;guest"), song("b", "two;guest"), song("c", "three"))
    songs = load_songs(store)
    assert len(set(group_songs(songs).tolist())) == 3
    assert len(set(group_songs(songs, all_artists=True).tolist())) == 2
    parts = np.array([0, 2, 2])
    assert find_leaks(songs, parts) == []
    assert [leak.key for leak in find_leaks(songs, parts, all_artists=True)] == ["guest"]


def test_guests_on_two_sides_are_counted_and_pass_the_check(filled, song):
    store = filled(*(song(str(i), f"x{i};guest") for i in range(20)))
    report = split(store, Splitting())
    assert report.with_artist_of_train == report.sizes["validation"] + report.sizes["test"] == 4
    assert "4  songs outside train share an artist with train" in str(report)
    assert check_split(store, "split") == 20
    with pytest.raises(DatasetError, match="group by the first artist only"):
        split(store, Splitting(all_artists=True))


def test_one_artist_alone_cannot_be_split(filled, song):
    store = filled(*(song(str(i), "only") for i in range(20)))
    with pytest.raises(DatasetError, match="nothing is left for validation and test"):
        split(store, Splitting())
    assert store.count("SELECT count(*) FROM splits") == 0


def test_an_empty_store_cannot_be_split(filled):
    with pytest.raises(DatasetError, match="no songs"):
        split(filled(), Splitting())


def test_names_that_are_unknown(store):
    with pytest.raises(UnknownNameError):
        check_split(store, "nothing")
    with pytest.raises(UnknownNameError):
        split(store, Splitting(), selection="nothing")
    with pytest.raises(UnknownNameError, match="did you mean 'energy'"):
        Splitting(stratify="enrgy")


@pytest.mark.parametrize("shares", [(0.5, 0.2, 0.2), (0, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_shares_must_make_sense(shares):
    with pytest.raises(ParameterError):
        Splitting(shares=shares)


@pytest.mark.parametrize("stratify", ["valence", None])
def test_other_strata(store, stratify):
    report = split(store, Splitting(stratify=stratify))
    assert report.sizes["train"] == pytest.approx(240, abs=10)


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=60),
    n_strata=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_groups_stay_whole_whatever_they_are(sizes: list[int], n_strata: int, seed: int):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    strata = np.unique(np.random.default_rng(seed).integers(n_strata, size=groups.size), return_inverse=True)[
        1
    ]
    parts = split_groups(groups, strata, SHARES, seed)
    assert parts.shape == groups.shape
    assert all(len(set(parts[groups == group].tolist())) == 1 for group in range(len(sizes)))
    assert set(split_groups(groups, strata, (1.0, 0.0, 0.0), seed).tolist()) == {0}
