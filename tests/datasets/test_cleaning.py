"""Each rule removes what it names and nothing else, can be switched off, and is counted."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from reprise.datasets.cleaning import Cleaning, clean, clean_songs
from reprise.datasets.exchange import import_table
from reprise.datasets.songs import load_songs
from reprise.datasets.store import PreviewResult, Store
from reprise.errors import DatasetError, ParameterError
from reprise.targets import SPOTIFY_FEATURES

OFF = {
    "complete": False, "in_range": False, "durations_s": None, "tempos_bpm": None, "same_isrc": False,
    "same_title": False, "same_audio": False,
}  # fmt: skip
FEATURES = (0.1, 0.2, 3, -5.5, 1, 0.3, 0.4, 0.5, 0.6, 0.7, 120.5, 4)


def with_value(name: str, value: float | None) -> tuple[float | None, ...]:
    place = SPOTIFY_FEATURES.index(name)
    return (*FEATURES[:place], value, *FEATURES[place + 1 :])


def kept(store: Store, name: str = "clean") -> list[str]:
    query = (
        "SELECT t.ref FROM selected s JOIN tracks t ON t.id = s.track_id"
        " JOIN selections n ON n.id = s.selection_id WHERE n.name = ? ORDER BY t.ref"
    )
    return [ref for (ref,) in store.select(query, (name,))]


CASES = {
    "a feature is missing": ({"features": with_value("valence", None)}, {"complete": True}),
    "a feature is out of its range": ({"features": with_value("energy", 1.2)}, {"in_range": True}),
    "duration is an outlier": ({"duration_ms": 901_000}, {"durations_s": (30, 900)}),
    "tempo is an outlier": ({"features": with_value("tempo", 0)}, {"tempos_bpm": (30, 300)}),
    "same recording code": ({"identifiers": (("isrc", "X"),)}, {"same_isrc": True}),
    "same artist and title": ({"title": "Song good (Remastered)"}, {"same_title": True}),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_removes_what_it_names_and_can_be_switched_off(filled, song, rule: str):
    more, on = CASES[rule]
    store = filled(
        song("good", "same", identifiers=(("isrc", "X"),)), song("bad", "same", **more), song("fine")
    )
    assert clean(store, Cleaning(**OFF)).kept == 3
    report = clean(store, Cleaning(**{**OFF, **on}))
    assert kept(store) == ["fine", "good"]
    (step,) = report.steps
    assert (step.rule, step.before, step.removed) == (rule, 3, 1)
    assert rule in str(report)


def test_an_unknown_duration_is_no_outlier(filled, song):
    assert clean(filled(song("a", duration_ms=None)), Cleaning()).kept == 1


def test_of_two_copies_the_more_complete_then_the_more_popular_stays(filled, song):
    store = filled(
        song("bare", "x", title="T", features=None, popularity=99),
        song("quiet", "x", title="T", popularity=1),
        song("loud", "x", title="t - 2011 Remaster", popularity=50),
        song("live", "x", title="T (Live)"),
        song("other artist", "y", title="T"),
    )
    clean(store, Cleaning(**{**OFF, "same_title": True}))
    assert kept(store) == ["live", "loud", "other artist"]


def test_one_preview_file_is_one_song(filled, song):
    store = filled(song("a", preview_url="u1"), song("b", preview_url="u2"), song("c", preview_url="u3"))
    rows = store.select("SELECT track_id, provider, url FROM previews")
    store.update_previews(
        PreviewResult(
            track_id=i, provider=who, state="saved", path=url, sha256="same" if url != "u3" else "own"
        )
        for i, who, url in rows
    )
    assert clean(store, Cleaning(**{**OFF, "same_audio": True})).kept == 2
    assert kept(store) == ["a", "c"]


def test_genres_in_several(filled, song):
    store = filled(song("a", genres=["pop"]), song("b", genres=["pop", "rock"]), song("c"))
    assert clean(store, Cleaning(several_genres="drop")).kept == 1
    assert kept(store) == ["a"]
    clean(store, Cleaning(several_genres="rarest"))
    assert load_songs(store, "clean").genres == (("pop",), ("rock",))


def test_the_smaller_of_two_overlapping_genres_goes(filled, song):
    store = filled(
        *(song(f"both{i}", genres=["hip-hop", "rap"]) for i in range(3)),
        song("only rap", genres=["rap"]),
        *(song(f"only hip{i}", genres=["hip-hop"]) for i in range(3)),
    )
    report = clean(store, Cleaning(max_overlap=0.7))
    assert {genre for genres in load_songs(store, "clean").genres for genre in genres} == {"hip-hop"}
    assert report.steps[-1].details == {"rap": 4}
    assert report.steps[-1].removed == 1
    clean(store, Cleaning(max_overlap=0.75))
    assert {g for genres in load_songs(store, "clean").genres for g in genres} == {"hip-hop", "rap"}


def test_rare_genres_go_and_the_songs_of_no_other(filled, song):
    store = filled(
        song("a", genres=["pop"]), song("b", genres=["pop", "zydeco"]), song("c", genres=["zydeco"]),
        song("d", genres=["pop"]),
    )  # fmt: skip
    clean(store, Cleaning(min_per_genre=3))
    assert kept(store) == ["a", "b", "d"]


def test_balance_draws_by_the_seed(filled, song):
    store = filled(
        *(song(f"p{i}", genres=["pop"]) for i in range(20)),
        *(song(f"r{i}", genres=["rock"]) for i in range(5)),
    )

    def draw(**more: object) -> list[str]:
        clean(store, Cleaning(several_genres="drop", **more))
        return kept(store)

    assert sum(ref.startswith("p") for ref in draw(balance=0)) == 5
    assert len(draw(balance=7)) == 12
    assert draw(balance=7, seed=3) == draw(balance=7, seed=3) != draw(balance=7, seed=4)


def test_cleaning_again_changes_nothing(filled, song):
    store = filled(*(song(str(i), f"x{i % 3}", ["pop"], title=f"T{i % 5}") for i in range(30)))
    songs, _ = clean_songs(load_songs(store), Cleaning(min_per_genre=2))
    again, report = clean_songs(songs, Cleaning(min_per_genre=2))
    np.testing.assert_array_equal(songs.track_ids, again.track_ids)
    assert all(step.removed == 0 for step in report.steps)


def test_the_selection_keeps_settings_report_and_run_and_replaces_its_forerunner(filled, song):
    store = filled(song("a"), song("b", features=None))
    clean(store, Cleaning(**OFF))
    settings = Cleaning()
    report = clean(store, settings)
    ((stored, told, status),) = store.select(
        "SELECT n.settings, n.report, r.status FROM selections n JOIN runs r ON r.id = n.run_id"
    )
    assert json.loads(stored) == json.loads(json.dumps(asdict(settings)))
    assert json.loads(told) == json.loads(json.dumps(asdict(report)))
    assert status == "finished"
    assert kept(store) == ["a"]
    assert store.count("SELECT count(*) FROM tracks") == 2


def test_nothing_left_is_an_error_and_keeps_the_earlier_selection(filled, song):
    store = filled(song("a"))
    clean(store, Cleaning())
    with pytest.raises(DatasetError, match="no song passes"):
        clean(store, Cleaning(min_per_genre=5))
    assert kept(store) == ["a"]


@pytest.mark.parametrize(
    "wrong",
    [{"durations_s": (9, 3)}, {"max_overlap": 1.1}, {"several_genres": "both"}, {"balance": 5},
     {"min_per_genre": -1}],
)  # fmt: skip
def test_senseless_settings_are_refused(wrong: dict[str, object]):
    with pytest.raises(ParameterError):
        Cleaning(**wrong)


def test_the_real_table_of_114_genres(shared_data, tmp_path):
    with Store(tmp_path / "songs.sqlite") as store:
        table = shared_data / "tables" / "spotify_tracks_114_genres.parquet"
        import_table(store, table, catalogue="spotify", provider="spotify", licence="unknown")
        report = clean(store, Cleaning(several_genres="rarest", min_per_genre=200))
    removed = {step.rule: step.removed for step in report.steps}
    assert report.steps[0].before == 89_741
    assert removed["tempo is an outlier"] == 153
    assert 5_000 < removed["same artist and title"] < 15_000
    assert report.kept > 75_000
