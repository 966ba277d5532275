"""What a name is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.web.library.search.spelling import Vocabulary
from reprise.web.library.search.words import MAX_WORD, all_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Don't Stop", ["dont", "stop"]),
        ("AC/DC", ["ac", "dc", "acdc"]),
        ("R.E.M.", ["r", "e", "m", "rem"]),
        ("Björk", ["bjork"]),
        ("Mø & Æther", ["mo", "aether"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("東京a1", ["東", "京", "a1"]),
        ("ガラス", ["カ", "ラ", "ス"]),
        ("हिन्दी गाना", ["हिनदी", "गाना"]),
        ("ﬁne", ["fine"]),
        ("!!!", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    assert all_words(name) == words


@given(st.text())
def test_words_are_safe_for_the_index(text: str) -> None:
    for word in all_words(text):
        assert 0 < len(word) <= MAX_WORD
        assert not set(word) & set(" \"'\\:*&|!()<>\0")
        assert "".join(all_words(word)).startswith(word)


WORD = st.text("abcde", min_size=3, max_size=8)


@given(st.sets(WORD, min_size=1), WORD, WORD)
def test_added_words_are_found_like_those_of_the_beginning(words: set[str], added: str, typed: str) -> None:
    grown = Vocabulary(words)
    grown.near_beginnings(typed)
    grown.add(added)
    whole = Vocabulary(words | {added})
    assert grown.near(typed) == whole.near(typed)
    assert set(grown.near_beginnings(typed)) == set(whole.near_beginnings(typed))
    assert (
        grown.has_prefix(typed)
        == whole.has_prefix(typed)
        == any(w.startswith(typed) for w in words | {added})
    )


def test_near_is_a_letter_added_missing_changed_or_swapped() -> None:
    known = Vocabulary(["beatles", "eagles", "needles", "queen"])
    for typed in ("beetles", "beatels", "beatle", "beattles", "eatles"):
        assert known.near(typed)[0] == "beatles", typed
    assert known.near("qu") == []
    assert known.near("quean") == ["queen"]
