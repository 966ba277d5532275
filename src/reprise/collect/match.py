"""The stored songs that another provider shall be asked about, and whether what it found is the song meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from reprise.collect.base import Collection, Found
from reprise.datasets.rows import TrackRow
from reprise.datasets.store import Store

__all__ = ["Wanted", "first_preview", "is_same_song", "match_previews", "wanted_tracks"]

_ASIDE = re.compile(r"\s*[(\[].*?[)\]]|\s+-\s+.*$|\s+(feat|ft|featuring)\.?\s.*$", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A stored track that another provider shall be asked about."""

    catalogue: str
    ref: str
    title: str
    artist: str
    duration_ms: int | None
    isrc: str | None


def wanted_tracks(store: Store, condition: str, provider: str) -> Iterator[Wanted]:
    """Yield the stored tracks with title and artist that meet a condition, each once, in the order of their
    ids.

    They are read in pages: a query left open for the hours of a run would keep SQLite from tidying its log.

    Parameters
    ----------
    store : Store
        The data set.
    condition : str
        SQL on ``t`` (the row of tracks); ``:provider`` stands for the provider.
    provider : str
        Who will be asked.
    """
    query = (
        "SELECT t.id, t.catalogue, t.ref, t.title, a.name, t.duration_ms,"
        " (SELECT min(i.value) FROM identifiers i WHERE i.track_id = t.id AND i.scheme = 'isrc')"
        " FROM tracks t JOIN track_artists ta ON ta.track_id = t.id AND ta.position = 0"
        " JOIN artists a ON a.id = ta.artist_id"
        f" WHERE t.id > :after AND t.title IS NOT NULL AND a.name IS NOT NULL AND ({condition})"
        " ORDER BY t.id LIMIT 500"
    )
    after = 0
    while rows := list(store.select(query, {"provider": provider, "after": after})):
        after = rows[-1][0]
        for _, catalogue, ref, title, artist, duration_ms, isrc in rows:
            yield Wanted(
                catalogue=catalogue, ref=ref, title=title, artist=artist, duration_ms=duration_ms, isrc=isrc
            )


def match_previews(run: Collection, find: Callable[[Wanted], Found], *, suffix: str = "") -> str:
    """Ask for every stored track that has no preview; return what was done, in one line.

    Parameters
    ----------
    run : Collection
        Of the provider that is asked.
    find : callable
        Asks it for one track; see `Collection.ask`.
    suffix : str
        What the answer depends on besides the track, such as a country; part of the request's key.
    """
    lacking = "NOT EXISTS (SELECT 1 FROM previews p WHERE p.track_id = t.id)"
    for wanted in wanted_tracks(run.store, lacking, run.provider.name):
        run.ask(f"match {wanted.catalogue} {wanted.ref}{suffix}", partial(find, wanted))
    return str(run.tally)


def first_preview(wanted: Wanted, candidates: Iterable[TrackRow | None], *, certain: bool = False) -> Found:
    """Take over id and preview of the first candidate that has one and is the song meant; ``certain``: any is."""
    for row in candidates:
        if row is None or row.preview_url is None:
            continue
        if certain or is_same_song(wanted, row.title, row.artists[0].name, row.duration_ms):
            ours = TrackRow(
                catalogue=wanted.catalogue,
                ref=wanted.ref,
                identifiers=((row.catalogue, row.ref), *row.identifiers),
                preview_url=row.preview_url,
            )
            return Found(tracks=[ours])
    return Found()


def is_same_song(
    wanted: Wanted,
    title: str | None,
    artist: str | None,
    duration_ms: int | None,
    *,
    tolerance_ms: int = 5000,
) -> bool:
    """Compare title and artist without case, accents and asides, and the duration where both are known."""
    if title is None or artist is None:
        return False
    if wanted.duration_ms and duration_ms and abs(wanted.duration_ms - duration_ms) > tolerance_ms:
        return False
    ours, theirs = _fold(wanted.artist), _fold(artist)
    return _fold(wanted.title) == _fold(title) and (ours == theirs or f" {ours} " in f" {theirs} ")


def _fold(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = _NO_WORD.sub(" ", _ASIDE.sub("", plain)).strip()
    return words or _NO_WORD.sub(" ", plain).strip() or plain
