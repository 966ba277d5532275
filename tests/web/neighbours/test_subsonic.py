"""OpenSubsonic's extension sonicSimilarity: shapes, identifiers, errors, who may, and what is hostile."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reprise.web.library.accounts import new_token

XMLNS = "{http://subsonic.org/restapi}"


def ask(client: Client, method: str, expect: int = 200, **given: Any) -> dict[str, Any]:
    answer = client.get(f"/rest/{method}", {"f": "json", "v": "1.16.1", "c": "test", **given})
    assert answer.status_code == expect, answer.content
    whole = answer.json()
    assert set(whole) == {"subsonic-response"}
    response = whole["subsonic-response"]
    assert response["version"] == "1.16.1"
    assert response["type"] == "reprise"
    assert response["serverVersion"]
    assert response["openSubsonic"] is True
    assert response["status"] == ("failed" if "error" in response else "ok")
    return response


def code(client: Client, method: str, expect: int = 200, **given: Any) -> int:
    return ask(client, method, expect, **given)["error"]["code"]


def test_ping_and_extensions_in_every_form(owner_client: Client):
    for path in ("ping", "ping.view", "ping/", "PING"):
        assert ask(owner_client, path)["status"] == "ok"
        assert owner_client.post(f"/rest/{path}", {"f": "json"}).json()["subsonic-response"]["status"] == "ok"
    found = ask(owner_client, "getOpenSubsonicExtensions.view")["openSubsonicExtensions"]
    assert {"name": "sonicSimilarity", "versions": [1]} in found
    root = ElementTree.fromstring(owner_client.get("/rest/getOpenSubsonicExtensions").content)
    assert root.tag == f"{XMLNS}subsonic-response"
    assert root.attrib["openSubsonic"] == "true"
    listed = root.findall(f"{XMLNS}openSubsonicExtensions")
    assert [(each.attrib["name"], each[0].text) for each in listed] == [(each["name"], "1") for each in found]


def test_similar_tracks_are_described_and_ordered(owner_client: Client, songs: list[Any]):
    matches = ask(owner_client, "getSonicSimilarTracks", id=songs[0].public_id)["sonicMatch"]
    assert {each["entry"]["id"] for each in matches} == {song.public_id for song in songs[1:]}
    scores = [each["similarity"] for each in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    entry = next(each["entry"] for each in matches if each["entry"]["id"] == songs[1].public_id)
    assert entry["title"] == "Zweiter"
    assert entry["artist"] == "The Demo Band"
    assert entry["album"] == "Demo"
    assert entry["artistId"] == songs[1].artist.public_id
    assert entry["isDir"] is False
    assert entry["suffix"] == "flac"
    assert entry["contentType"] == "audio/flac"
    assert isinstance(entry["duration"], int)
    assert len(ask(owner_client, "getSonicSimilarTracks", id=songs[0].public_id, count=1)["sonicMatch"]) == 1


def test_a_path_begins_and_ends_where_it_was_asked_to(owner_client: Client, songs: list[Any]):
    ends = {"startSongId": songs[0].public_id, "endSongId": songs[2].public_id}
    matches = ask(owner_client, "findSonicPath", **ends)["sonicMatch"]
    assert [matches[0]["entry"]["id"], matches[-1]["entry"]["id"]] == list(ends.values())
    assert matches[0]["similarity"] == 1
    # Of each song to the first one, as the other method has it.
    other = ask(owner_client, "getSonicSimilarTracks", id=songs[0].public_id)["sonicMatch"]
    known = {each["entry"]["id"]: each["similarity"] for each in other}
    for match in matches[1:]:
        assert match["similarity"] == pytest.approx(known[match["entry"]["id"]], abs=2e-4)
    assert len(ask(owner_client, "findSonicPath", **ends, count=2)["sonicMatch"]) == 2


def test_xml_holds_any_title(owner_client: Client, songs: list[Any]):
    answer = owner_client.post("/rest/getSonicSimilarTracks.view", {"id": songs[0].public_id})
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    matches = root.findall(f"{XMLNS}sonicMatch")
    assert len(matches) == 2
    entries = {each.find(f"{XMLNS}entry").attrib["id"]: each for each in matches}
    entry = entries[songs[2].public_id].find(f"{XMLNS}entry")
    assert entry.attrib["title"] == '<b>"3 & 4"</b> \ufffd \u20ac'
    assert entry.attrib["isDir"] == "false"
    assert 0 <= float(entries[songs[2].public_id].find(f"{XMLNS}similarity").text) <= 1


def test_who_asks_by_a_neighbours_names_is_answered_by_them(owner_client: Client, songs: list[Any]):
    matches = ask(owner_client, "getSonicSimilarTracks", id="navidrome1")["sonicMatch"]
    assert [each["entry"]["id"] for each in matches] == ["navidrome2"]  # it does not know the third
    assert matches[0]["entry"]["artistId"] == "band"
    assert "albumId" not in matches[0]["entry"]
    way = ask(owner_client, "findSonicPath", startSongId="navidrome1", endSongId="navidrome2", count=3)[
        "sonicMatch"
    ]
    assert [each["entry"]["id"] for each in way] == ["navidrome1", "navidrome2"]


def test_errors_have_subsonics_codes(owner_client: Client, songs: list[Any]):
    key = songs[0].public_id
    assert code(owner_client, "getSonicSimilarTracks") == 10
    assert code(owner_client, "findSonicPath", startSongId=key) == 10
    assert code(owner_client, "findSonicPath", startSongId=key, endSongId=key) == 0
    assert code(owner_client, "ping", v="2.0") == 30
    assert code(owner_client, "ping", v="0.9") == 20
    assert code(owner_client, "getLicense", expect=404) == 0
    assert owner_client.put("/rest/ping?f=json").status_code == 405
    for count in ("-1", "0", "many", "1e3", "9" * 400, "½"):
        assert code(owner_client, "getSonicSimilarTracks", id=key, count=count) == 0
    xml = owner_client.get("/rest/getSonicSimilarTracks")
    error = ElementTree.fromstring(xml.content).find(f"{XMLNS}error")
    assert error.attrib["code"] == "10"
    # A script of a stranger's page must not read answers as a script.
    assert owner_client.get("/rest/ping?f=jsonp&callback=alert").content.startswith(b"<?xml")


@pytest.mark.parametrize(
    "key",
    ["nothing", "", " ", "\0", "a\0b", "x" * 5000, "../../etc/passwd", "'; DROP TABLE library_track; --"],
)
def test_no_identifier_breaks_it(owner_client: Client, songs: list[Any], key: str):
    for send in (owner_client.get, owner_client.post):
        answer = send("/rest/getSonicSimilarTracks", {"f": "json", "id": key})
        assert answer.status_code in (200, 400)
        if answer.status_code == 200:
            assert answer.json()["subsonic-response"]["error"]["code"] in (10, 70)


def test_bytes_that_are_no_text_are_no_identifier(owner_client: Client, songs: list[Any]):
    for query in ("id=%ff%fe", "id=%ed%a0%80", "id[]=1", "id=a&id=b", "&&==&", "f=%ff"):
        answer = owner_client.get(f"/rest/getSonicSimilarTracks?{query}")
        assert answer.status_code == 200
        assert ElementTree.fromstring(answer.content).attrib["status"] == "failed"


def visitor(**headers: str) -> Client:
    return Client(headers={"host": "localhost", **headers}, REMOTE_ADDR="192.168.1.5")


def test_strangers_are_told_how_to_come_in(public: Any, songs: list[Any]):
    stranger = visitor()
    assert code(stranger, "ping") == 10
    assert code(stranger, "ping", u="owner", t="26719a1196d2a940705a59634eb18eab", s="c19b2d") == 41
    assert code(stranger, "ping", u="owner", p="sesame") == 42
    assert code(stranger, "ping", u="owner", p="enc:736573616d65") == 42
    assert code(stranger, "ping", u="owner", p="enc:zz") == 40
    assert code(stranger, "ping", apiKey="rp_wrong") == 44
    assert code(stranger, "ping", u="owner", apiKey="rp_wrong") == 43
    assert code(stranger, "getSonicSimilarTracks", id=songs[0].public_id) == 10
    assert code(visitor(authorization="Bearer rp_wrong"), "ping") == 44
    assert code(visitor(authorization="Basic b3duZXI6c2VzYW1l"), "ping") == 44
    assert ask(stranger, "getOpenSubsonicExtensions")["status"] == "ok"


def test_tokens_let_in_as_key_password_or_header(public: Any, guest: User, songs: list[Any]):
    token, key = new_token(guest, "feishin")[1], songs[0].public_id
    ways: list[tuple[Client, dict[str, str]]] = [
        (visitor(), {"apiKey": token}),
        (visitor(), {"u": "guest", "p": token}),
        (visitor(), {"u": "guest", "p": "enc:" + token.encode().hex()}),
        (visitor(authorization=f"Bearer {token}"), {"u": "somebody", "t": "ab", "s": "cd"}),
    ]
    for client, given in ways:
        assert len(ask(client, "getSonicSimilarTracks", id=key, **given)["sonicMatch"]) == 2
    assert code(visitor(), "ping", u="another", p=token) == 44
    guest.is_active = False
    guest.save()
    for client, given in ways:
        assert code(client, "ping", **given) == 44


def test_only_this_machine_is_the_owner_of_a_local_server(db: None):
    here = Client(headers={"host": "localhost"})
    assert ask(here, "ping", u="anybody", t="ab", s="cd")["status"] == "ok"
    assert code(here, "ping", apiKey="rp_wrong") == 44
    assert code(visitor(), "ping") == 10
    behind = Client(headers={"host": "localhost", "x-forwarded-for": "203.0.113.9"})
    assert code(behind, "ping") == 10


def test_too_many_requests_wait(public: Any):
    from dataclasses import replace

    public.CONFIG = replace(public.CONFIG, rate_per_minute=3)
    client = visitor()
    for _ in range(3):
        code(client, "ping")
    refused = client.get("/rest/ping?f=json")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["subsonic-response"]["status"] == "failed"
