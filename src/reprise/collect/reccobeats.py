"""ReccoBeats: audio features by Spotify id, without a key.

References
----------
ReccoBeats, "Get audio features" (reccobeats.com/docs): ``GET /v1/audio-features?ids=`` takes up to 40 ids and
answers ``{"content": [{"id", "href", "danceability", ...}]}``, where ``href`` names the Spotify track.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial

from reprise.collect.base import Collection, Found, Pace, Provider
from reprise.collect.client import JsonClient, as_items, text_in
from reprise.datasets.rows import Reject, TrackRow, features_of
from reprise.datasets.store import Store

__all__ = ["API_URL", "PROVIDER", "collect_features"]

PROVIDER = Provider(
    name="reccobeats", licence="ReccoBeats API: free to use, values estimated by ReccoBeats", limit=60
)
API_URL = "https://api.reccobeats.com/v1"
BATCH = 40


def collect_features(store: Store, *, pace: Pace | None = None, api_url: str = API_URL) -> str:
    """Ask for the audio features of every stored track with a Spotify id that has none from ReccoBeats.

    Parameters
    ----------
    store : Store
        Holds the tracks; receives the features.
    pace : Pace, optional
        How patient the run is.
    api_url : str
        Another server that speaks the same language.

    Returns
    -------
    str
        What was done, in one line.
    """
    with JsonClient(api_url) as client, Collection(store, PROVIDER, {"what": "features"}, pace) as run:
        for ids in _pending(store):
            digest = hashlib.sha256(",".join(ids).encode()).hexdigest()[:24]
            run.ask(f"audio-features {len(ids)} ids {digest}", partial(_ask, client, ids))
        return str(run.tally)


def _ask(client: JsonClient, ids: Sequence[str]) -> Found:
    items = as_items(client.get("/audio-features", ids=",".join(ids)), "content")
    rows: dict[str, TrackRow] = {}
    for item in items:
        ref = (text_in(item, "href") or "").rpartition("/")[2]
        if ref in ids and any(value is not None for value in features_of(item)):
            isrc = text_in(item, "isrc")
            rows[ref] = TrackRow(
                catalogue="spotify",
                ref=ref,
                features=features_of(item),
                identifiers=(("isrc", isrc),) if isrc else (),
            )
    missing = [Reject(catalogue="spotify", ref=ref, reason="no features") for ref in ids if ref not in rows]
    return Found(tracks=list(rows.values()), rejects=missing, malformed=max(0, len(items) - len(rows)))


def _pending(store: Store) -> Iterator[list[str]]:
    query = (
        "SELECT id, ref FROM tracks t WHERE id > ? AND catalogue = 'spotify'"
        " AND ref NOT GLOB '*[^0-9A-Za-z]*'"
        " AND NOT EXISTS (SELECT 1 FROM features f WHERE f.track_id = t.id AND f.provider = 'reccobeats')"
        " AND NOT EXISTS (SELECT 1 FROM rejects r WHERE r.catalogue = 'spotify' AND r.ref = t.ref"
        " AND r.provider = 'reccobeats') ORDER BY id LIMIT ?"
    )
    after = 0
    while rows := list(store.select(query, (after, BATCH))):
        after = rows[-1][0]
        yield [ref for _, ref in rows]
