"""MusicBrainz: one request a second, a user agent with a contact, ids by ISRC or by name."""

from __future__ import annotations

import pytest

from reprise.collect.musicbrainz import collect_identifiers
from reprise.errors import ParameterError

MBID = "fcbcdc39-8851-4efc-a02a-ab0e13be224f"
OTHER = "aaaacdc3-8851-4efc-a02a-ab0e13be224f"


def recording(mbid: str = MBID, **more) -> dict:
    credit = [
        {"name": "Nirvana", "joinphrase": " feat. ", "artist": {"id": "x", "name": "Nirvana"}},
        {"name": "X"},
    ]
    return {"id": mbid, "score": 100, "title": "Smells Like Teen Spirit", "length": 201_920, "video": False,
            "artist-credit": credit, "isrcs": ["USGF19942501", "nonsense", 7], **more}  # fmt: skip


def found(store) -> set:
    return set(
        store.select("SELECT t.ref, i.scheme, i.value FROM identifiers i JOIN tracks t ON t.id = i.track_id")
    )


def test_by_isrc(server, store, fill, pace):
    fill(
        ("spotify", "a", "Smells Like Teen Spirit", "Nirvana", "USGF19942501"),
        ("spotify", "b", "?", "?", "usgf19102751"),
    )
    server.on(
        "^/ws/2/isrc/USGF19942501$", {"isrc": "USGF19942501", "recordings": [{"id": "no"}, recording()]}
    )
    line = collect_identifiers(store, contact="me@example.org", pace=pace, api_url=f"{server.url}/ws/2")
    assert [r.path for r in server.asked()] == ["/ws/2/isrc/USGF19942501", "/ws/2/isrc/USGF19102751"]
    assert all("( me@example.org )" in r.headers["User-Agent"] for r in server.asked())
    assert ("a", "musicbrainz", MBID) in found(store)
    assert "1 not found" in line


def test_by_name(server, store, fill, pace):
    fill(
        ("spotify", "a", 'Smells Like "Teen" Spirit', "Nirvana", None),
        ("spotify", "b", "Other", "Nirvana", "bad isrc"),
    )
    wrong = ({"score": 80}, {"length": 300_000}, {"title": "Other (Live)!"})
    candidates = [*(recording(OTHER, **more) for more in wrong), None, recording()]
    server.on("^/ws/2/recording$", {"recordings": candidates})
    collect_identifiers(store, contact="me@example.org", pace=pace, api_url=f"{server.url}/ws/2")
    assert server.asked()[0].query["query"] == r'recording:"Smells Like \"Teen\" Spirit" AND artist:"Nirvana"'
    assert {row for row in found(store) if row[0] == "a"} == {
        ("a", "musicbrainz", MBID), ("a", "isrc", "USGF19942501"),
    }  # fmt: skip


def test_one_request_a_second(server, store, fill, pace, fake_time):
    fill(*(("spotify", f"t{n}", f"Song {n}", "X", None) for n in range(10)))
    server.on("recording", {"recordings": []})
    collect_identifiers(store, contact="x", pace=pace, api_url=server.url)
    assert fake_time.now_s == 1009.0


def test_503_is_how_it_says_too_fast(server, store, reply, fill, pace):
    fill(("spotify", "a", "Song", "X", None))
    server.on("recording", {"recordings": []})
    server.fail("recording", reply(b"<html>", status=503))
    collect_identifiers(store, contact="x", pace=pace, api_url=server.url)
    assert store.count("SELECT attempts FROM requests") == 2


@pytest.mark.parametrize("contact", ["", " ", "a\nb: c", "é"])
def test_a_contact_is_needed(store, contact):
    with pytest.raises(ParameterError, match="contact"):
        collect_identifiers(store, contact=contact)
