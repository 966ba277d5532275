"""From the query language of Spotify's search to that of the library.

``word``, ``"two words"``, and the filters ``artist:``, ``album:``, ``track:``, ``genre:``, ``year:`` (a year, or two
with a hyphen) and ``isrc:``, each of which goes on to the next filter, as in ``track:so what artist:miles davis``; a
value in quotes ends with them. ``NOT`` before a word excludes it. Whatever else is typed is words: a title with a colon
in it is a title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from reprise.errors import ParameterError
from reprise.web.library.search.words import chunk_words, folded

__all__ = ["Asked", "library_query", "read_query"]

Words = Literal["", "artist", "album"]

_FILTER = re.compile(r'(?<![\w"])(artist|album|track|genre|year|isrc|upc|tag):\s*', re.IGNORECASE)
_PIECE = re.compile(r'(NOT\s+)?(?:"([^"]*)"?|(\S+))')
_QUOTED = re.compile(r'"[^"]*"')
_YEARS = re.compile(r"(\d{4})(?:\s*-\s*(\d{4}))?")
_FIELDS = {"artist": "artist", "album": "album", "track": "title"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query, read.

    Attributes
    ----------
    words : str
        What is of no filter.
    filters : tuple of (str, str)
        Names in lower case, and what they ask.
    """

    words: str
    filters: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """Return what a filter asks, or else the words: the name that somebody has in mind."""
        return dict(self.filters).get(name, self.words).replace('"', "")


def read_query(text: str) -> Asked:
    """Take a query apart.

    Raises
    ------
    ParameterError
        If there is nothing in it.
    """
    words, *rest = _FILTER.split(text.replace("\0", " "))
    free, filters = [words.strip()], []
    for name, said in zip(rest[::2], rest[1::2], strict=True):
        quoted = _QUOTED.match(said)
        value = quoted[0] if quoted else said.strip()
        if quoted:
            free.append(said[quoted.end() :].strip())
        if value.strip('" '):
            filters.append((name.lower(), value))
    words = " ".join(filter(None, free))
    if not words and not filters:
        raise ParameterError("q: say what to look for")
    return Asked(words=words, filters=tuple(filters))


def library_query(asked: Asked, words_in: Words = "") -> str | None:
    """Return a query of docs/reference/search.md.

    Parameters
    ----------
    asked : Asked
    words_in : {"", "artist", "album"}
        Where the free words must be; empty for anywhere.

    Returns
    -------
    str or None
        ``None`` if nothing here can fit: there are no UPCs, and nobody knows what is new or little known.

    Raises
    ------
    ParameterError
        If a year is none.
    """
    terms = _terms(words_in, asked.words)
    for name, said in asked.filters:
        if name in ("upc", "tag"):
            return None
        if name in _FIELDS:
            terms += _terms(_FIELDS[name], said)
        elif name == "year":
            terms.append(f"year:{_years(said)}")
        elif name == "genre":
            terms.append(f"genre:{_quoted(said)}")
        else:
            terms.append(f"isrc:{_quoted(said.upper().replace('-', ''))}")
    return " ".join(terms)


def _terms(field: str, said: str) -> list[str]:
    prefix = f"{field}:" if field else ""
    terms = []
    for negation, phrase, word in _PIECE.findall(said):
        minus = "-" if negation else ""
        if phrase.strip() or not word:
            terms += [f"{minus}{prefix}{_quoted(phrase)}"] if phrase.strip() else []
            continue
        # Bare words without signs of the library's own language.
        plain = [each for chunk in folded(word).split() for each in chunk_words(chunk)]
        terms += [f"{minus}{prefix}{each}" for each in plain]
        if not plain and not terms and word == said.strip():
            terms.append(f"{minus}{prefix}{_quoted(word)}")
    return terms


def _years(said: str) -> str:
    found = _YEARS.fullmatch(said.strip('" '))
    if found is None:
        raise ParameterError("year: a year such as 1999, or two such as 1990-1999")
    return f"{found[1]}..{found[2]}" if found[2] else found[1]


def _quoted(said: str) -> str:
    plain = said.replace("\\", " ").replace('"', " ").strip()
    return f'"{plain}"' if plain else '"-"'
