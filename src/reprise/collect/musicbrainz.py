"""MusicBrainz: recording ids and ISRCs of stored tracks.

References
----------
MusicBrainz, "MusicBrainz API" and "Rate limiting": one request a second on average, and a user agent that
says how to reach whoever asks; more is answered with 503. ``GET /ws/2/isrc/{isrc}?fmt=json`` answers
``{"isrc", "recordings": [...]}``; ``GET /ws/2/recording?query=`` takes a Lucene query and answers
``{"recordings": [{"id", "score", "title", "length", "artist-credit", "isrcs"}]}``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from reprise.collect.base import Collection, Found, Pace, Provider
from reprise.collect.client import USER_AGENT, JsonClient, as_items, list_in, text_in
from reprise.collect.match import Wanted, is_same_song, wanted_tracks
from reprise.datasets.rows import TrackRow, whole
from reprise.datasets.store import Store
from reprise.errors import ParameterError

__all__ = ["API_URL", "PROVIDER", "collect_identifiers"]

PROVIDER = Provider(name="musicbrainz", licence="CC0 1.0 (MusicBrainz core data)", limit=30, interval_s=1.0)
API_URL = "https://musicbrainz.org/ws/2"
MIN_SCORE = 90

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')


def collect_identifiers(
    store: Store, *, contact: str, pace: Pace | None = None, api_url: str = API_URL
) -> str:
    """Find the recording id of every stored track that has none: by ISRC, else by artist and title.

    Parameters
    ----------
    store : Store
        Holds the tracks; receives ids and ISRCs.
    contact : str
        A mail or web address, which MusicBrainz wants in the user agent.
    pace, api_url
        As for every collector.

    Returns
    -------
    str
        What was done, in one line.
    """
    if not contact.strip() or not contact.isprintable() or not contact.isascii():
        raise ParameterError("MusicBrainz wants a contact: your mail or web address")
    lacking = "NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.track_id = t.id AND i.scheme = 'musicbrainz')"
    headers = {"User-Agent": f"{USER_AGENT} ( {contact.strip()} )"}
    with (
        JsonClient(api_url, headers=headers) as client,
        Collection(store, PROVIDER, {"what": "identifiers"}, pace) as run,
    ):
        for wanted in wanted_tracks(store, lacking, "musicbrainz"):
            isrc = (wanted.isrc or "").upper()
            fetch = (
                partial(_by_isrc, client, wanted, isrc)
                if _ISRC.fullmatch(isrc)
                else partial(_by_name, client, wanted)
            )
            run.ask(f"recording of {wanted.catalogue} {wanted.ref} {isrc}".rstrip(), fetch)
        return str(run.tally)


def _by_isrc(client: JsonClient, wanted: Wanted, isrc: str) -> Found:
    recordings = as_items(client.get(f"/isrc/{isrc}", fmt="json", inc="artist-credits"), "recordings")
    return _found(wanted, [item for item in recordings if _is_recording(item)][:1])


def _by_name(client: JsonClient, wanted: Wanted) -> Found:
    query = f"recording:{_quoted(wanted.title)} AND artist:{_quoted(wanted.artist)}"
    recordings = as_items(client.get("/recording", query=query, fmt="json", limit=10), "recordings")
    for item in recordings:
        if not _is_recording(item) or (whole(item.get("score"), 0, 100) or 0) < MIN_SCORE:
            continue
        length = whole(item.get("length"), 1, 1 << 40)
        if is_same_song(wanted, text_in(item, "title"), _credit(item), length):
            return _found(wanted, [item])
    return Found()


def _quoted(text: str) -> str:
    """A phrase in Lucene's language, in which a title cannot end the phrase."""
    return '"' + _LUCENE.sub(r"\\\1", text) + '"'


def _found(wanted: Wanted, recordings: list[Any]) -> Found:
    if not recordings:
        return Found()
    isrcs = [
        isrc for isrc in list_in(recordings[0], "isrcs") if isinstance(isrc, str) and _ISRC.fullmatch(isrc)
    ]
    identifiers = [("musicbrainz", recordings[0]["id"]), *(("isrc", isrc) for isrc in isrcs)]
    return Found(
        tracks=[TrackRow(catalogue=wanted.catalogue, ref=wanted.ref, identifiers=tuple(identifiers))]
    )


def _is_recording(item: Any) -> bool:
    return _MBID.fullmatch(text_in(item, "id") or "") is not None


def _credit(item: Any) -> str:
    """The artists of a recording as they are written on it."""
    parts = [credit for credit in list_in(item, "artist-credit") if isinstance(credit, dict)]
    return "".join(f"{text_in(part, 'name') or ''}{text_in(part, 'joinphrase') or ''}" for part in parts)
