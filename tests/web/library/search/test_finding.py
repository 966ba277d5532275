"""Words are found as people type them, on the real database."""

from __future__ import annotations

from typing import Any

import pytest

from reprise.errors import ParameterError
from reprise.web.library.models import Artist, Track
from reprise.web.library.search import find, look_up, matching_ids, refresh

from .conftest import Add


def titles(text: str, sort: str = "") -> list[str]:
    return [track.title for track in look_up(text, sort).tracks]


@pytest.fixture
def library(add: Add) -> None:
    add("Help!", "The Beatles", "Help!", year=1965, energy=0.7)
    add("Yesterday", "The Beatles", "Help!", year=1965, energy=0.2)
    add("Come Together", "The Beatles", "Abbey Road", year=1969, energy=0.4)
    add("Helpless", "Neil Young", "Déjà Vu", energy=0.3)
    add("Hoppípolla", "Sigur Rós", "Takk...", year=2005)
    add("Thunderstruck", "AC/DC", "The Razors Edge", year=1990, energy=0.9)
    add("東京の夜", "椎名林檎", "無罪モラトリアム")
    add("Калинка", "Хор Александрова")
    add("강남스타일", "PSY")
    add("So What", "P!nk", "Funhouse")
    add("So What", "Miles Davis", "Kind of Blue")
    add("Smørrebrød", "Ærlig")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("help", "Help!"),
        ("beetles help", "Help!"),
        ("help beatles", "Help!"),
        ("the beatels yesterday", "Yesterday"),
        ("yesteday", "Yesterday"),
        ("yesterd", "Yesterday"),
        ("yestred", "Yesterday"),
        ("sigur ros", "Hoppípolla"),
        ("hoppipolla", "Hoppípolla"),
        ("acdc", "Thunderstruck"),
        ("ac/dc", "Thunderstruck"),
        ("AC DC thunder", "Thunderstruck"),
        ("東京", "東京の夜"),
        ("椎名", "東京の夜"),
        ("калинка", "Калинка"),
        ("кал", "Калинка"),
        ("강남", "강남스타일"),
        ("smorrebrod", "Smørrebrød"),
        ("pnk so what", "So What"),
        ("so what miles", "So What"),
        ("deja vu", "Helpless"),
    ],
)
def test_what_is_typed_finds_what_is_meant_first(library: None, typed: str, first: str) -> None:
    assert titles(typed)[:1] == [first]


def test_exact_is_before_beginnings(library: None) -> None:
    assert titles("help") == ["Help!", "Yesterday", "Helpless"]


def test_a_title_is_before_an_album(add: Add) -> None:
    add("Other", "Someone", "Wonderwall")
    add("Wonderwall", "Oasis", "Morning Glory")
    assert titles("wonderwall") == ["Wonderwall", "Other"]


def test_quotes_are_exact(library: None) -> None:
    assert titles('"come together"') == ["Come Together"]
    assert titles('"together come"') == []
    assert titles('"yesterda"') == []
    # A phrase does not go from the title into the artist.
    assert titles('"help the"') == []


def test_negated_words_are_left_out(library: None) -> None:
    assert set(titles("beatles -yesterday")) == {"Help!", "Come Together"}
    assert "Yesterday" not in titles("NOT beatles")


def test_words_in_one_field(library: None) -> None:
    assert titles("title:help") == ["Help!", "Helpless"] or set(titles("title:help")) == {"Help!", "Helpless"}
    assert set(titles("album:help")) == {"Help!", "Yesterday"}
    assert set(titles("artist:beetles,ac/dc")) == {"Help!", "Yesterday", "Come Together", "Thunderstruck"}
    assert titles('artist:"miles davis"') == ["So What"]


def test_words_and_ranges(library: None) -> None:
    assert titles("beatles energy>0.5") == ["Help!"]
    assert titles("beatles year:1966..1970") == ["Come Together"]


def test_names_of_signs_alone(add: Add) -> None:
    add("Me and Giuliani", "!!!")
    add("Something else", "Else")
    assert titles("!!!") == ["Me and Giuliani"]


def test_another_spelling_is_said(library: None) -> None:
    found = look_up("beetles yesterday")
    assert [track.title for track in found.tracks] == ["Yesterday"]
    assert found.suggestions == ["beatles yesterday"]


def test_a_known_word_that_leads_nowhere_is_taken_for_its_neighbours(add: Add) -> None:
    add("Beetles of the world", "A biologist")
    add("Help!", "The Beatles")
    assert titles("beetles help") == ["Help!"]


def test_the_index_follows_the_tables(add: Add) -> None:
    track = add("First name", "Someone")
    assert titles("first") == ["First name"]
    Track.objects.filter(pk=track.pk).update(title="Second name")
    assert titles("first") == []
    assert titles("second") == ["Second name"]
    Artist.objects.filter(pk=track.artist_id).update(name="Nobody")
    assert titles("nobody") == ["Second name"]
    track.delete()
    assert titles("second") == []
    Track.objects.bulk_create(
        [
            Track(path="/a", size=1, mtime_ns=1, title="In bulk", title_key="in bulk"),
            Track(path="/b", size=1, mtime_ns=1, title="In bulk too", title_key="in bulk too"),
        ]
    )
    assert refresh() == 2
    assert refresh() == 0
    assert titles("bulk") == ["In bulk", "In bulk too"]


def test_pages_go_on_behind_the_ranked(add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    from reprise.web.library.search import finding

    monkeypatch.setattr(finding, "_RANKED", 4)
    for number in range(30):
        add(f"Song {number}", "Band")
    seen: list[int] = []
    for offset in range(0, 35, 7):
        found = look_up("song", limit=7, offset=offset)
        assert found.total == 30
        seen += [track.pk for track in found.tracks]
    assert sorted(seen) == list(matching_ids("song"))
    assert len(set(seen)) == 30


def test_find_gives_a_queryset(library: None) -> None:
    assert find("").count() == 12
    assert find("beatles").filter(year=1969).get().title == "Come Together"
    assert list(matching_ids("beatles")) == sorted(find("beatles").values_list("pk", flat=True))


@pytest.mark.parametrize("q", ["", "beatles", "-beatles", "year>1965", "-genre:rock", "nothing at all"])
def test_ids_among_some_are_those_of_all_that_are_among_them(library: None, q: str) -> None:
    every = matching_ids(q).tolist()
    some = [*matching_ids("").tolist()[1::3], 999_999]
    assert matching_ids(q, some).tolist() == [key for key in every if key in some]
    assert matching_ids(q, []).tolist() == []


@pytest.mark.parametrize("bad", ["gnere:rock", "mood:angri", "energy>much", '"open', "x" * 501])
def test_bad_queries_are_refused(db: Any, bad: str) -> None:
    with pytest.raises(ParameterError):
        find(bad)
