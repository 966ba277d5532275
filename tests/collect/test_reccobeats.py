"""ReccoBeats: forty ids at a time, matched by the Spotify address in the answer."""

from __future__ import annotations

import pytest

from reprise.collect.reccobeats import collect_features
from reprise.targets import SPOTIFY_FEATURES

IDS = [f"{n:022d}" for n in range(90)]


def features(ref: str) -> dict:
    values = {name: 0.5 for name in SPOTIFY_FEATURES if name not in ("key", "mode", "time_signature")}
    return {
        "id": "8212bab8-5911-48a0-b177-24923ef2329a",
        "href": f"https://open.spotify.com/track/{ref}",
        "isrc": "USUM72104140",
        **values,
    }


@pytest.fixture
def stored(fill):
    fill(*(("spotify", ref, "Song", "X", None) for ref in IDS), ("deezer", "1", "Song", "X", None))


def test_features_are_asked_forty_at_a_time_and_once(server, store, stored, pace):
    def answer(request):
        known = [ref for ref in request.query["ids"].split(",") if not ref.endswith("7")]
        return {"content": [features(ref) for ref in reversed(known)]}  # in any order

    server.on("^/v1/audio-features$", answer)
    line = collect_features(store, pace=pace, api_url=f"{server.url}/v1")
    assert [len(r.query["ids"].split(",")) for r in server.asked()] == [40, 40, 10]
    assert "81 tracks from 3 requests" in line
    assert store.count("SELECT count(*) FROM features WHERE provider = 'reccobeats' AND known = 9") == 81
    assert store.count("SELECT count(*) FROM rejects WHERE provider = 'reccobeats'") == 9
    assert store.count("SELECT count(*) FROM tracks WHERE title = 'Song'") == 91  # all stay as they were
    collect_features(store, pace=pace, api_url=f"{server.url}/v1")
    assert len(server.asked()) == 3


def test_answers_about_other_tracks_are_left_out(server, store, stored, pace):
    hostile = [
        features("unasked"),
        {"href": 7},
        None,
        {"href": None, "energy": 1},
        {**features(IDS[0]), "energy": "NaN"},
    ]
    server.on("audio-features", {"content": hostile})
    collect_features(store, pace=pace, api_url=server.url)
    assert list(
        store.select("SELECT t.ref, f.energy FROM features f JOIN tracks t ON t.id = f.track_id")
    ) == [(IDS[0], None)]
    assert store.count("SELECT count(*) FROM tracks") == 91
