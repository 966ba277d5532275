"""Find tracks: the query language, the index of words, the order of lists, suggestions while typing."""

from __future__ import annotations

from reprise.web.library.search.finding import RELEVANCE, Found, find, look_up, matching_ids
from reprise.web.library.search.query import Query, parse
from reprise.web.library.search.sorting import SORTS, sorted_by
from reprise.web.library.search.suggesting import Suggested, genre_names, suggest
from reprise.web.library.search.text_index import refresh

__all__ = [
    "RELEVANCE",
    "SORTS",
    "Found",
    "Query",
    "Suggested",
    "find",
    "genre_names",
    "look_up",
    "matching_ids",
    "parse",
    "refresh",
    "sorted_by",
    "suggest",
]
