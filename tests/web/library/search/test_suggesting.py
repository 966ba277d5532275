"""Suggestions while typing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.web.library.models import TrackLabel
from reprise.web.library.search import parse, suggest

from .conftest import Add


@pytest.fixture
def library(add: Add) -> None:
    for title in ("Help!", "Yesterday", "Michelle", "Let It Be", "Something"):
        add(title, "The Beatles", "Love Songs")
    add("Beat It", "Michael Jackson", "Thriller")
    house = add("Energy Flow", "Ryuichi Sakamoto", "BTTB")
    for name in ("house", "house, deep", "electronic"):
        TrackLabel.objects.create(track=house, kind="genre", name=name, score=0.6)


def told(text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in suggest(text)]


def test_an_artist_is_first_while_it_is_typed(library: None) -> None:
    for typed in ("the bea", "beatl", "beatles", "beetl", "beatels"):
        assert told(typed)[0] == ("artist", "The Beatles"), typed


def test_titles_and_albums_are_told_with_their_artist(library: None) -> None:
    (first, *_) = suggest("yesterd")
    assert (first.kind, first.text, first.detail) == ("track", "Yesterday", "The Beatles")
    assert first.id
    assert ("album", "Love Songs") in told("love son")
    assert told("help beatles")[0] == ("track", "Help!")


def test_fields_go_on(library: None) -> None:
    assert ("query", "energy>0.7") in told("ener")
    assert ("track", "Energy Flow") in told("ener")
    assert told("beatles mood:") == [
        ("query", f"beatles mood:{m}") for m in ("q1", "q2", "q3", "q4", "happy", "tense", "sad", "calm")
    ]
    assert told("mood:ha") == [("query", "mood:happy")]
    assert told("tempo:") == [("query", "tempo:120..130")]
    assert told("genre:electronic,ho") == [
        ("query", "genre:electronic,house"),
        ("query", 'genre:electronic,"house, deep"'),
    ]
    assert told("artist:beat") == [("query", 'artist:"The Beatles"')]


def test_genres_are_told(library: None) -> None:
    assert ("genre", "house") in told("hou")


def test_nothing_for_nothing(library: None) -> None:
    assert suggest("") == suggest("   ") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_any_text_is_taken(library: None, text: str) -> None:
    assert len(suggest(text, 5)) <= 5


@pytest.mark.parametrize(
    "typed", ["ener", "mood:ha", "genre:electronic,ho", "-mo", "beatles bp", "artist:beat", "key:"]
)
def test_suggested_queries_can_be_read(library: None, typed: str) -> None:
    queries = [each.text for each in suggest(typed) if each.kind == "query"]
    assert queries
    for query in queries:
        # One that ends with a colon goes on with a value.
        parse((suggest(query)[0].text if query.endswith(":") and suggest(query) else query).removesuffix(":"))


def test_an_empty_library_suggests_fields(db: Any) -> None:
    assert told("danc") == [("query", "danceability>0.7")]
