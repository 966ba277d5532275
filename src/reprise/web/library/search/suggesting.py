"""Suggestions while somebody types: artists, tracks, albums, genres, and how the query goes on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from reprise.web.library.models import Track, TrackLabel
from reprise.web.library.search.clauses import Clause, Texts
from reprise.web.library.search.fields import FIELDS, Field, definition, known_field
from reprise.web.library.search.finding import named
from reprise.web.library.search.query import MAX_LENGTH, Query, Term
from reprise.web.library.search.ranking import Ranker
from reprise.web.library.search.spelling import vocabulary
from reprise.web.library.search.text_index import candidates, refresh_some
from reprise.web.library.search.values import Text
from reprise.web.library.search.wording import Worded, worded
from reprise.web.library.search.words import all_words

__all__ = ["Suggested", "forget_labels", "genre_names", "suggest"]

Kind = Literal["track", "artist", "album", "genre", "query"]

_SEEN = 60
_LABELS_KEPT_S, _MOST_LABELS = 60, 1000
_MOST: dict[Kind, int] = {"artist": 3, "album": 2, "genre": 2, "query": 3}
_TAIL = re.compile(r"(-?)(\w+)(:|<=|>=|<|>|=)([^\s]*)$")
_NAME = re.compile(r"(?:^|(?<=\s))(-?)([^\W\d]\w+)$")


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """One suggestion.

    Attributes
    ----------
    kind : {"track", "artist", "album", "genre", "query"}
    text : str
        A name, or for a query the whole query to go on with; one that ends with ``:`` still needs its value.
    detail : str
        The artist of a track or an album, or what a query asks for.
    id : str or None
        Of the track, the artist or the album.
    """

    kind: Kind
    text: str
    detail: str = ""
    id: str | None = None


def suggest(text: str, limit: int = 8) -> list[Suggested]:
    """Return what somebody who has typed this may want.

    Parameters
    ----------
    text : str
        As far as it is typed; the last word may be unfinished.
    limit : int
        At most so many.

    Returns
    -------
    list of Suggested
        The best first; nothing for nothing.
    """
    text = text[:MAX_LENGTH].replace("\0", " ").lstrip()
    if not text.strip():
        return []
    tail = _TAIL.search(text)
    if tail and (field := known_field(tail[2])):
        return list(_values(text[: tail.start()], tail, field))[:limit]
    plain = " ".join(each for each in re.split(r"[\s\"]+", text) if each and not _TAIL.search(each))
    queries = list(_continued(text))[: _MOST["query"]]
    labels = list(_labels(plain))[: _MOST["genre"]]
    names = _names(plain, limit)
    # Names first: whoever types "key" may well look for a song. But there is always room for how a query goes on.
    room = max(limit - len(queries) - len(labels), limit // 2)
    return [*names[:room], *labels, *queries][:limit]


@cache
def genre_names() -> tuple[str, ...]:
    """Return the genres that the shipped model knows."""
    from reprise.models.fused_genre import FusedGenreModel

    return FusedGenreModel.load().classes


def _values(head: str, tail: re.Match[str], field: Field) -> Iterator[Suggested]:
    """Yield the query with a value after the field that stands at its end."""
    minus, _, sign, typed = tail.groups()
    done, comma, begun = typed.rpartition(",")
    start = f"{head}{minus}{field.name}{sign}{done}{comma}"
    if field.kind in ("number", "duration", "date"):
        if not typed:
            yield Suggested(
                kind="query", text=f"{head}{minus}{field.name}{field.example}", detail=definition(field.name)
            )
        return
    known = begun.strip('"').casefold()
    for name in _known_values(field, known):
        yield Suggested(kind="query", text=start + (f'"{name}"' if " " in name else name), detail=field.name)


def _known_values(field: Field, start: str) -> Iterator[str]:
    if field.kind == "choice":
        yield from (name for name in field.choices if name.startswith(start))
    elif field.kind == "key":
        yield from (name for name in ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B", "Am", "Em", "Dm")
                    if name.casefold().startswith(start))  # fmt: skip
    elif field.kind == "label":
        yield from _label_names(start, 20)
    elif field.kind == "text" and start:
        kind = "track" if field.name == "title" else field.name
        yield from (each.text for each in _names(start, 20, columns=(field.name,)) if each.kind == kind)


def _continued(text: str) -> Iterator[Suggested]:
    """Yield the query with a whole field in place of the beginning of its name."""
    found = _NAME.search(text)
    if not found or len(found[2]) < 2:
        return
    start = text[: found.start(2)]
    for field in FIELDS.values():
        if any(name.startswith(found[2].casefold()) for name in (field.name, *field.aliases)):
            yield Suggested(
                kind="query", text=f"{start}{field.name}{field.example}", detail=definition(field.name)
            )


def _labels(plain: str) -> Iterator[Suggested]:
    start = plain.casefold()
    if len(start) < 2:
        return
    for name in _label_names(start, 3):
        yield Suggested(kind="genre", text=name, detail="genre")


def _label_names(start: str, most: int) -> list[str]:
    """Return names of genres and tags of the library that begin like this."""
    return [name for name in _labels_now(int(time.monotonic() / _LABELS_KEPT_S)) if name.startswith(start)][
        :most
    ]


@lru_cache(maxsize=1)
def _labels_now(_moment: int) -> tuple[str, ...]:
    """Return every name of a genre or a tag: one step in the index for each, however many tracks have it."""
    names: list[str] = []
    labels = TrackLabel.objects.order_by("name").values_list("name", flat=True)
    while len(names) < _MOST_LABELS and (name := labels.filter(name__gt=names[-1] if names else "").first()):
        names.append(name)
    return tuple(names)


def forget_labels() -> None:
    """Read the names of genres and tags anew the next time."""
    _labels_now.cache_clear()


def _names(plain: str, limit: int, columns: Sequence[str] = ()) -> list[Suggested]:
    """Return artists, albums and tracks whose names fit, the best first."""
    words = all_words(plain)
    if not words:
        return []
    refresh_some()
    known = vocabulary()
    query = Query(
        terms=tuple(
            Term(field="".join(columns), values=(Text(text=each),))
            for each in plain.split()
            if all_words(each)
        )
    )
    asked = worded(query, known)
    seen = _seen(plain, words, asked)
    if len(seen) < 3:
        seen |= _seen(plain, words, worded(query, known, is_loose=True))
    return _shown(_best(words, list(seen.values()), limit))


def _seen(plain: str, words: list[str], asked: Worded) -> dict[int, Texts]:
    seen = named(words, plain, _SEEN)
    for clauses in (asked.exact, asked.clauses):
        seen |= {texts[0]: texts for texts in candidates(clauses, _SEEN)}
    for column in ("artist", "album"):
        narrow = [Clause(options=clause.options, columns=(column,)) for clause in asked.clauses]
        seen |= {texts[0]: texts for texts in candidates(narrow, _SEEN)}
    return seen


def _best(words: list[str], seen: list[Texts], limit: int) -> list[tuple[Kind, int]]:
    """Return the kind and the key of a track for the names that fit best."""
    scored: dict[tuple[Kind, str], tuple[float, int]] = {}

    def put(kind: Kind, name: str, value: float, key: int) -> None:
        if value > scored.get((kind, name), (0.0, 0))[0]:
            scored[kind, name] = (value, key)

    fit = Ranker(words)
    songs = {(title, artist): (key, album) for key, title, artist, album in reversed(seen)}
    for (title, artist), (key, album) in songs.items():
        put("track", f"{title}\n{artist}", fit.track((title, artist, album)), key)
        by_artist = fit.name(artist)
        put("artist", artist, by_artist + 0.3 if by_artist else 0.0, key)
        put("album", f"{album}\n{artist}", fit.name(album) - 0.3, key)
    best: list[tuple[Kind, int]] = []
    left = dict(_MOST)
    for (kind, _), (_value, key) in sorted(scored.items(), key=lambda item: (-item[1][0], item[1][1])):
        if left.get(kind, limit) > 0:
            left[kind] = left.get(kind, limit) - 1
            best.append((kind, key))
        if len(best) == limit:
            break
    return best


def _shown(best: list[tuple[Kind, int]]) -> list[Suggested]:
    names = Track.objects.filter(pk__in=[key for _, key in best]).values_list(
        "pk", "public_id", "title", "artist__public_id", "artist__name", "album__public_id", "album__title"
    )
    rows = {key: row for key, *row in names}
    shown: list[Suggested] = []
    for kind, key in best:
        if key not in rows:
            continue
        track_id, title, artist_id, artist, album_id, album = rows[key]
        if kind == "track":
            shown.append(Suggested(kind=kind, text=title, detail=artist or "", id=track_id))
        elif kind == "artist" and artist_id:
            shown.append(Suggested(kind=kind, text=artist, id=artist_id))
        elif kind == "album" and album_id:
            shown.append(Suggested(kind=kind, text=album, detail=artist or "", id=album_id))
    return shown
