"""The query language: from text to a tree, and back.

A query is any number of terms; a track must fit all of them.

- ``word``: the word, something like it, or something that begins with it, in title, artist or album; in quotes
  exactly these words in this order.
- ``field:value``, ``field:"two words"``, ``field:this,that`` for either.
- ``field>0.7``, ``field:1..2`` for numbers and days.
- ``-term`` or ``NOT term`` for everything that does not fit the term.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from dataclasses import dataclass

from reprise.errors import ParameterError
from reprise.web.library.search.fields import NAMES, Field, known_field
from reprise.web.library.search.values import Choice, Days, Interval, Text, Value, days, interval, key_value

__all__ = ["MAX_LENGTH", "MAX_TERMS", "Query", "Term", "parse"]

MAX_LENGTH, MAX_TERMS = 500, 50

_SPACE = re.compile(r"\s+")
_NEGATION = re.compile(r"-(?=\S)|NOT(?:\s+(?=\S)|(?=\"))")
_NAMED = re.compile(r"([^\W\d]\w*)(:|<=|>=|<|>|=)")
# With spaces around the sign only a name that is known is a field: `Am I > you` are words.
_SPACED = re.compile(rf"({'|'.join(NAMES)})\s*(<=|>=|<|>|=)\s*(?=[-+.\d])", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BARE = re.compile(r'[^\s,"]+')
_WORD = re.compile(r'[^\s"]+')


@dataclass(frozen=True, kw_only=True)
class Term:
    """One condition; a track fits it if it fits one of ``values``.

    Attributes
    ----------
    field : str
        A name of `reprise.web.library.search.fields.FIELDS`; empty for free words.
    values : tuple of Value
    is_negated : bool
    at : int
        Where it begins in the text, from 0.
    """

    field: str
    values: tuple[Value, ...]
    is_negated: bool = False
    at: int = dataclasses.field(default=0, compare=False)

    def __str__(self) -> str:
        start = "-" if self.is_negated else ""
        if not self.field:
            return start + str(self.values[0])
        text = ",".join(map(str, self.values))
        has_sign = len(self.values) == 1 and isinstance(self.values[0], Interval | Days) and text[0] in "<>"
        return f"{start}{self.field}{'' if has_sign else ':'}{text}"


@dataclass(frozen=True, kw_only=True)
class Query:
    """A whole query; a track must fit every term."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    @property
    def words(self) -> tuple[Text, ...]:
        """The free words that are wanted."""
        return tuple(
            value
            for term in self.terms
            if not term.field and not term.is_negated
            for value in term.values
            if isinstance(value, Text)
        )


def parse(text: str) -> Query:
    """Read a query.

    Parameters
    ----------
    text : str
        At most 500 characters.

    Returns
    -------
    Query
        ``str`` of it is the query in its plainest spelling, which reads as the same again.

    Raises
    ------
    ParameterError
        If a field or a value is unknown, a quote is not closed, or it is too long; the message says where and what
        would have been understood.
    """
    if len(text) > MAX_LENGTH:
        raise ParameterError(f"a query has at most {MAX_LENGTH} characters, this one {len(text)}")
    reader = _Reader(text)
    terms: list[Term] = []
    while reader.more():
        if len(terms) == MAX_TERMS:
            raise ParameterError(f"a query has at most {MAX_TERMS} terms")
        terms.append(reader.term())
    return Query(terms=tuple(terms))


class _Reader:
    def __init__(self, text: str) -> None:
        # A quote that typing programs have bent is a quote.
        self.text = text.translate(dict.fromkeys(map(ord, "“”„"), '"')).replace("\0", " ")
        self.at = 0

    def more(self) -> bool:
        self.take(_SPACE)
        return self.at < len(self.text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def term(self) -> Term:
        start = self.at
        is_negated = self.take(_NEGATION) is not None
        named = self.take(_SPACED) or self.named()
        if named:
            name = self.field(named)
            values = self.values(name, named[2])
            return Term(field=name.name, values=values, is_negated=is_negated, at=start)
        return Term(field="", values=(self.quoted() or self.word(),), is_negated=is_negated, at=start)

    def named(self) -> re.Match[str] | None:
        """Take ``name:`` if a field is meant, and not a title with a colon in it."""
        found = _NAMED.match(self.text, self.at)
        if not found:
            return None
        rest = self.text[found.end() : found.end() + 1]
        is_known = known_field(found[1]) is not None
        is_meant = is_known or (
            rest.strip() != "" and (found[2] == ":" or (len(found[1]) > 2 and rest in "0123456789.-"))
        )
        if is_meant:
            self.at = found.end()
        return found if is_meant else None

    def field(self, named: re.Match[str]) -> Field:
        known = known_field(named[1])
        if known is None:
            nearest = difflib.get_close_matches(named[1].casefold(), NAMES, n=1, cutoff=0.6)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(NAMES)}"
            raise self.error(named.start(), f"there is no field {named[1]!r}; {hint}")
        return known

    def values(self, field: Field, operator: str) -> tuple[Value, ...]:
        values: list[Value] = []
        while True:
            start = self.at
            text = self.quoted() or self.bare()
            if text is None:
                raise self.error(start, f"{field.name} needs a value, such as {_example(field)}")
            try:
                value = _value(field, operator, text)
            except ParameterError as error:
                raise self.error(start, f"{field.name}: {error}") from None
            values += [value] if value not in values else []
            if not self.text.startswith(",", self.at):
                return tuple(values)
            self.at += 1

    def quoted(self) -> Text | None:
        if not self.text.startswith('"', self.at):
            return None
        found = self.take(_QUOTED)
        if not found:
            raise self.error(self.at, "this quote is not closed")
        if not found[1].strip():
            raise self.error(found.start(), "there is nothing between these quotes")
        return Text(text=re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL), is_phrase=True)

    def bare(self) -> Text | None:
        found = self.take(_BARE)
        return Text(text=found[0]) if found else None

    def word(self) -> Text:
        found = self.take(_WORD)
        return Text(text=found[0]) if found else Text(text="")

    def error(self, at: int, what: str) -> ParameterError:
        return ParameterError(f"the query at character {at + 1}: {what}")


def _value(field: Field, operator: str, text: Text) -> Value:
    said = text.text.strip()
    if not said:
        raise ParameterError(f"a value is needed, such as {_example(field)}")
    if field.kind in ("number", "duration"):
        return interval(operator, said, is_clock=field.kind == "duration")
    if field.kind == "date":
        return days(operator, said)
    if operator not in (":", "="):
        raise ParameterError(f"has no order, so {operator!r} cannot be asked; write {field.name}:{said}")
    if field.kind == "key":
        return key_value(said)
    if field.kind == "choice":
        return Choice(name=_choice(field, said))
    if field.kind == "cluster" and re.fullmatch(r"\d{1,6}(\.\.\d{1,6})?", said):
        return interval(operator, said)
    return text


def _choice(field: Field, said: str) -> str:
    name = said.casefold()
    if name not in field.choices:
        nearest = difflib.get_close_matches(name, field.choices, n=1, cutoff=0.6)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(field.choices)}"
        raise ParameterError(f"{said!r} is unknown; {hint}")
    return name


def _example(field: Field) -> str:
    examples = {"key": ":Am", "genre": ":house", "cluster": ":3", "id": ":4uLU6hMCjMI75M1A2tKUQC"}
    first = next(iter(field.choices), None)
    example = f":{first}" if first else examples.get(field.name, field.example)
    return field.name + (':"…"' if example == ":" else example)
