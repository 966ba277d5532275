"""Find tracks by a query."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from reprise.web.library.models import Track, TrackLabel, name_key
from reprise.web.library.search.clauses import Texts
from reprise.web.library.search.filters import condition
from reprise.web.library.search.query import Query, parse
from reprise.web.library.search.ranking import best_first
from reprise.web.library.search.sorting import sorted_by
from reprise.web.library.search.spelling import vocabulary
from reprise.web.library.search.text_index import (
    among,
    begin_like,
    candidates,
    matches,
    refresh_some,
    texts_of,
)
from reprise.web.library.search.values import Text
from reprise.web.library.search.wording import Worded, excluded_clauses, is_text, worded
from reprise.web.library.search.words import all_words

__all__ = ["RELEVANCE", "Found", "find", "look_up", "matching_ids", "named"]

RELEVANCE = "relevance"
_RANKED = 400


@dataclass(frozen=True, kw_only=True)
class Found:
    """A part of what a query finds.

    Attributes
    ----------
    keys : list of int
        Primary keys of the tracks, in order.
    total : int
        How many there are in all.
    query : str
        The query in its plainest spelling.
    suggestions : list of str
        Other spellings that would find something, if this one does not or not as it stands.
    """

    keys: list[int]
    total: int
    query: str
    suggestions: list[str]

    @cached_property
    def tracks(self) -> list[Track]:
        """The tracks, with artist, album and cluster."""
        rows = Track.objects.select_related("artist", "album", "cluster").in_bulk(self.keys)
        return [rows[key] for key in self.keys if key in rows]


def find(text: str) -> QuerySet[Track]:
    """Return the tracks that a query finds, in no order.

    Parameters
    ----------
    text : str
        A query as `docs/reference/search.md` explains it; empty for all tracks.

    Raises
    ------
    ParameterError
        If the query cannot be read.
    """
    query = parse(text)
    return _find(query, _worded(query))


def matching_ids(text: str, keys: Sequence[int] | None = None) -> npt.NDArray[np.int64]:
    """Return the primary keys of the tracks that a query finds, ascending.

    Parameters
    ----------
    text : str
        As for `find`.
    keys : sequence of int, optional
        Only those of these; few are quick even where a query finds most of the library.

    Raises
    ------
    ParameterError
        If the query cannot be read.
    """
    # Past Django's own reading of rows, which takes longer than the database does for a hundred thousand.
    tracks = find(text) if keys is None else find(text).filter(among(keys))
    try:
        sql, values = tracks.order_by().values_list("pk", flat=True).query.sql_with_params()
    except EmptyResultSet:
        return np.empty(0, np.int64)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = np.array(cursor.fetchall(), np.int64).reshape(-1)
    return np.sort(found)


def look_up(text: str, sort: str = "", *, limit: int = 50, offset: int = 0) -> Found:
    """Find tracks and return a page of them.

    Parameters
    ----------
    text : str
        As for `find`.
    sort : str
        As for `sorted_by`; empty or ``"relevance"`` is the best fit first where there are free words, otherwise the
        newest.
    limit, offset : int
        Which page.

    Raises
    ------
    ParameterError
        If the query cannot be read or there is no such order.
    """
    query = parse(text)
    asked = _worded(query)
    tracks = _find(query, asked)
    total = tracks.count()
    if sort in ("", RELEVANCE) and query.words and asked.clauses:
        keys = _ranked(query, asked, tracks, limit=limit, offset=offset)
    else:
        ordered = sorted_by(tracks, "" if sort == RELEVANCE else sort)
        # Keys first: the database then sorts narrow rows.
        keys = list(ordered.values_list("pk", flat=True)[offset : offset + limit])
    return Found(
        keys=keys,
        total=total,
        query=str(query),
        suggestions=_suggestions(query, asked, total),
    )


def _worded(query: Query) -> Worded:
    """Return what to ask the index for: the words as they stand if something has them all, else what is near them."""
    if not any(map(is_text, query.terms)):
        return Worded(clauses=(), exact=())
    refresh_some()
    known = vocabulary()
    asked = worded(query, known)
    if asked.clauses and not candidates(asked.clauses, 1):
        return worded(query, known, is_loose=True)
    return asked


def _find(query: Query, asked: Worded) -> QuerySet[Track]:
    found = Q()
    if asked.clauses:
        found &= matches(asked.clauses)
    for clause in excluded_clauses(query):
        found &= ~matches([clause])
    for term in query.terms:
        if not is_text(term):
            found &= condition(term)
        elif not term.is_negated and not any(all_words(str(value)) for value in term.values):
            found &= _signs(term.field, [value.text for value in term.values if isinstance(value, Text)])
    return Track.objects.filter(found)


def _signs(field: str, texts: list[str]) -> Q:
    """Return the condition for names that are no words, such as the band "!!!"; they are in no index."""
    columns = {"title": ["title"], "artist": ["artist__name"], "album": ["album__title"]}
    found = Q()
    for text in texts:
        for column in columns.get(field, ["title", "artist__name"]):
            found |= Q(**{f"{column}__contains": text.strip()})
    return found


def _ranked(query: Query, asked: Worded, tracks: QuerySet[Track], *, limit: int, offset: int) -> list[int]:
    """Return the keys of a page, the best fit first; beyond the first few hundred in the order they came in."""
    typed = [word for value in query.words for word in all_words(value.text)]
    near = named(typed, " ".join(value.text for value in query.words))
    for clauses in (asked.exact, asked.clauses):
        near |= {texts[0]: texts for texts in candidates(clauses, _RANKED)}
    allowed = set(tracks.filter(pk__in=list(near)).values_list("pk", flat=True))
    keys = best_first(typed, (texts for key, texts in near.items() if key in allowed))
    page = keys[offset : offset + limit]
    if len(page) < limit:
        rest = tracks.exclude(pk__in=keys).order_by("pk").values_list("pk", flat=True)
        begin = max(0, offset - len(keys))
        page += list(rest[begin : begin + limit - len(page)])
    return page


def named(typed: list[str], text: str, most: int = 150) -> dict[int, Texts]:
    """Return tracks whose title or artist is, or begins with, what was typed: they may be far down in the index."""
    start = name_key(text)
    if not typed or not start:
        return {}
    return {texts[0]: texts for texts in texts_of(begin_like(start, most))}


def _suggestions(query: Query, asked: Worded, total: int) -> list[str]:
    """Return the query with the words of the library in place of those that are in none of its names."""
    nearest = dict(asked.respelled)
    changed = str(query)
    if nearest:
        terms = []
        for term in query.terms:
            words = [nearest.get("".join(all_words(str(value)))) for value in term.values]
            terms.append(words[0] if not term.field and len(words) == 1 and words[0] else str(term))
        changed = " ".join(terms)
    found = [changed] if changed != str(query) else []
    if not total:
        found += _other_genres(query)
    return found[:3]


def _other_genres(query: Query) -> list[str]:
    found: list[str] = []
    for term in query.terms:
        if term.field not in ("genre", "tag") or term.is_negated:
            continue
        names = TrackLabel.objects.values_list("name", flat=True).distinct()
        for value in term.values:
            if isinstance(value, Text):
                close = difflib.get_close_matches(value.text.casefold(), list(names), n=2, cutoff=0.6)
                found += [
                    f'{term.field}:"{name}"' if " " in name else f"{term.field}:{name}" for name in close
                ]
    return found
