"""The language of queries: whatever is typed is read or refused, and what was read is written as it would be read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprise.errors import ParameterError
from reprise.web.library.search.fields import NAMES
from reprise.web.library.search.query import MAX_LENGTH, parse

PIECES = st.sampled_from([
    *NAMES, ":", "<", ">", "<=", ">=", "=", "..", "-", ",", '"', " ", "NOT ", "NOT", "\\", "0.7", "120", "3:30",
    "2025-01-31", "Am", "C#", "house", "happy", "minor", "x", "ß", "東京", "  ", "\t", "“", "*", "(", "%", "'",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@given(TEXTS)
@example('year "" > 5')
@example('NOT"x"')
@example("title:<x")
@example("title==x")
@example("added:..0001-01-01")
@example("added>9999-12-31")
@example("-NOT x")
def test_every_text_is_read_or_refused_and_reads_the_same_again(text: str) -> None:
    try:
        query = parse(text)
    except ParameterError as error:
        assert "\n" not in str(error) or "\n" in text
        return
    again = str(query)
    if len(again) <= MAX_LENGTH:
        assert parse(again) == query
        assert str(parse(again)) == again


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("energy > 0.7", "energy>0.7"),
        ("BPM:120-130", "tempo:120..130"),
        ("tempo:120..", "tempo:120.."),
        ("loudness:-12--6", "loudness:-12..-6"),
        ("duration>3:30", "duration>3:30"),
        ("duration:210", "duration:3:30"),
        ("key:Bb,am,“C minor”,F♯", "key:A#,Am,Cm,F#"),
        ("NOT genre:rock", "-genre:rock"),
        ("genre:House,techno", "genre:House,techno"),
        ("mood:happy mode:minor", "mood:happy mode:minor"),
        ('artist:"the beatles" "come together"', 'artist:"the beatles" "come together"'),
        ("added>=2025", "added>=2025-01-01"),
        ("added:2024", "added:2024-01-01..2024-12-31"),
        ("Star Wars: A New Hope", "Star Wars: A New Hope"),
        ("I<3 you", "I<3 you"),
    ],
)
def test_spellings(text: str, plain: str) -> None:
    assert str(parse(text)) == plain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gnere:house", "the query at character 1: there is no field 'gnere'; did you mean 'genre'?"),
        ("a mood:hapy", "the query at character 8: mood: 'hapy' is unknown; did you mean 'happy'?"),
        ("energy:high", "the query at character 8: energy: 'high' must be a number or a range such as 1..2"),
        ("tempo:130..120", "the query at character 7: tempo: the range '130..120' ends before it begins"),
        ("key:X", "the query at character 5: key: 'X' is no key; write C, F#, Bb, Am or \"C minor\""),
        (
            "genre>rock",
            "the query at character 7: genre: has no order, so '>' cannot be asked; write genre:rock",
        ),
        ("year:", "the query at character 6: year needs a value, such as year:2000..2009"),
        ('say "this', "the query at character 5: this quote is not closed"),
        ("added:2025-02-30", "the query at character 7: added: there is no day '2025-02-30'"),
    ],
)
def test_messages_say_where_and_what_would_do(text: str, message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parse(text)
    assert str(refused.value) == message


def test_too_many_terms_are_refused() -> None:
    with pytest.raises(ParameterError, match="at most 50 terms"):
        parse("a " * 51)
