"""From words that people type to what the index is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reprise.web.library.search.clauses import COLUMNS, Clause, Phrase
from reprise.web.library.search.fields import FIELDS
from reprise.web.library.search.query import Query, Term
from reprise.web.library.search.spelling import Vocabulary
from reprise.web.library.search.values import Text
from reprise.web.library.search.words import all_words, chunk_words, folded, is_unspaced

__all__ = ["Worded", "excluded_clauses", "is_text", "wanted_clauses", "worded"]


@dataclass(frozen=True, kw_only=True)
class Worded:
    """What a query wants of the words of a track.

    Attributes
    ----------
    clauses : tuple of Clause
        All of them must be fit.
    exact : tuple of Clause
        The same without beginnings of words and other spellings.
    respelled : tuple of (str, str)
        Words that nothing contains, and the nearest that something does.
    """

    clauses: tuple[Clause, ...]
    exact: tuple[Clause, ...]
    respelled: tuple[tuple[str, str], ...] = ()


def is_text(term: Term) -> bool:
    """Whether a term asks for words."""
    return not term.field or FIELDS[term.field].kind == "text"


def worded(query: Query, known: Vocabulary, *, is_loose: bool = False) -> Worded:
    """Return what is asked of the index for the terms that are wanted.

    Parameters
    ----------
    query : Query
    known : Vocabulary
        The words of the library: a word that nothing begins with is taken for those that are spelled much alike.
    is_loose : bool
        Whether words that are known are taken so as well.
    """
    clauses: list[Clause] = []
    exact: list[Clause] = []
    respelled: list[tuple[str, str]] = []
    for term in query.terms:
        if term.is_negated or not is_text(term):
            continue
        columns = (term.field,) if term.field else COLUMNS
        plain: list[Phrase] = []
        options: list[Phrase] = []
        for text in _texts(term):
            phrases = _phrases(text)
            plain += phrases
            for phrase in phrases:
                options += _loosened(phrase, text, known, respelled, is_loose=is_loose)
        if options:
            clauses.append(Clause(options=tuple(dict.fromkeys(options)), columns=columns))
            exact.append(Clause(options=tuple(plain), columns=columns))
    return Worded(clauses=tuple(clauses), exact=tuple(exact), respelled=tuple(dict.fromkeys(respelled)))


def wanted_clauses(query: Query) -> tuple[Clause, ...]:
    """Return what is asked of the index if every word is taken as it stands."""
    return worded(query, Vocabulary()).exact


def excluded_clauses(query: Query) -> Iterator[Clause]:
    """Return each clause that a track must not fit; its words are taken as they stand."""
    for term in query.terms:
        if term.is_negated and is_text(term):
            options = tuple(phrase for text in _texts(term) for phrase in _phrases(text))
            if options:
                yield Clause(options=options, columns=(term.field,) if term.field else COLUMNS)


def _texts(term: Term) -> Iterable[Text]:
    return (value for value in term.values if isinstance(value, Text))


def _phrases(text: Text) -> list[Phrase]:
    """Return a text's words as they follow each other and, for the likes of AC/DC, joined."""
    ordered = [word for chunk in folded(text.text).split() for word in chunk_words(chunk)]
    if not ordered:
        return []
    phrases = [Phrase(words=tuple(ordered))]
    if not text.is_phrase and len(ordered) > 1 and len(joined := all_words(text.text)) > len(ordered):
        phrases.append(Phrase(words=(joined[-1],)))
    return phrases


def _loosened(
    phrase: Phrase, text: Text, known: Vocabulary, respelled: list[tuple[str, str]], *, is_loose: bool
) -> list[Phrase]:
    if text.is_phrase:
        return [phrase]
    if len(phrase.words) > 1 or is_unspaced(phrase.words[0]):
        return [Phrase(words=phrase.words, is_prefix=not is_unspaced(phrase.words[-1]))]
    word = phrase.words[0]
    is_known = known.has_prefix(word)
    options = [Phrase(words=(word,), is_prefix=True)]
    if not is_known or is_loose:
        near = known.near(word)
        respelled += [(word, each) for each in near[:1] if not is_known]
        options += [Phrase(words=(each,)) for each in near]
        options += [Phrase(words=(each,), is_prefix=True) for each in known.near_beginnings(word)]
    return options
