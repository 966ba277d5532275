"""Hostile text is made harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from reprise.cli.text import encodable, printable

anything = st.text(st.characters(codec=None, exclude_categories=()))


@given(anything)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_honest_text_stays(text: str) -> None:
    assert printable(text) == text


@given(anything)
def test_every_text_can_be_encoded(text: str) -> None:
    encodable(text).encode("utf-8")


def test_an_escape_sequence_and_a_change_of_direction() -> None:
    assert printable("\x1b[31mred\u202e\n") == "�[31mred��"
