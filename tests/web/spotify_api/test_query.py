"""From Spotify's search to the library's: what is a filter, and that everything else is words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.web.library.search import parse
from reprise.web.spotify_api.query import library_query, read_query


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Love Me Do", "love me do"),
        ("Beyoncé", "beyonce"),
        ('"Love Me" do', '"Love Me" do'),
        ("track:so what artist:miles davis", "title:so title:what artist:miles artist:davis"),
        ('artist:"Miles Davis" blue', 'blue artist:"Miles Davis"'),
        ("blue artist:Miles year:1955-1960", "blue artist:miles year:1955..1960"),
        ("Year:1999", "year:1999"),
        ("genre:hip hop", 'genre:"hip hop"'),
        ('genre:"deep house" techno', 'techno genre:"deep house"'),
        ('track:"so what', 'title:"so what"'),
        ('genre:"" love', "love"),
        ("isrc:gb-aye-06-01498", 'isrc:"GBAYE0601498"'),
        ("roadhouse NOT blues", "roadhouse -blues"),
        ("AC/DC", "ac dc"),
        ("energy>0.7", "energy 0 7"),
        ("-minus tempo:120", "minus tempo 120"),
        ("Song: the title (feat. X)", "song the title feat x"),
        ("!!!", '"!!!"'),
        ("album:", None),
        ("upc:123 love", None),
        ("tag:new", None),
    ],
)
def test_readings(typed: str, query: str | None) -> None:
    if typed == "album:":
        with pytest.raises(ParameterError):
            read_query(typed)
        return
    found = library_query(read_query(typed))
    assert found == query
    if found is not None:
        parse(found)


def test_free_words_may_be_of_one_name() -> None:
    asked = read_query("daft punk year:2001")
    assert library_query(asked, "artist") == "artist:daft artist:punk year:2001"
    assert library_query(asked, "album") == "album:daft album:punk year:2001"
    assert asked.value("artist") == "daft punk"


@pytest.mark.parametrize("typed", ["", "   ", "\0", "artist: album:"])
def test_nothing_is_refused(typed: str) -> None:
    with pytest.raises(ParameterError):
        read_query(typed)


@pytest.mark.parametrize("typed", ["year:", "year:soon", "year:19", "year:1990-", "year:1990..1999"])
def test_years(typed: str) -> None:
    with pytest.raises(ParameterError):
        library_query(read_query(typed))


@given(st.text(max_size=60) | st.lists(st.sampled_from(
    ["artist:", "track:", '"', "NOT ", "-", "genre:", "isrc:", "a", "b c", ">", "energy", "1..2", ",", "\\", "(", ")"]
), max_size=10).map("".join))  # fmt: skip
@example('genre:"')
@example('NOT "')
@example('"\\')
def test_whatever_is_typed_the_library_can_read_it(typed: str) -> None:
    try:
        found = library_query(read_query(typed))
    except ParameterError:
        return
    if found is not None:
        parse(found)
