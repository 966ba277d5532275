"""Lists of tracks, one of them, its sound."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from django.test import AsyncClient, Client

from reprise.features.pictures import KINDS
from reprise.web.library.models import Track


def test_an_unknown_track_is_a_problem(owner_client: Client) -> None:
    answer = owner_client.get("/api/v1/tracks/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_page_of_a_track_has_what_its_record_has(owner_client: Client, track: Track) -> None:
    shown = owner_client.get(f"/api/v1/tracks/{track.public_id}").json()
    record = owner_client.get(f"/api/v1/tracks/{track.public_id}/record").json()
    assert shown["artist"]["name"] == "The Demo Band"
    assert {row["name"]: row["value"] for row in shown["features"]} == {
        row["name"]: record[row["name"]] for row in shown["features"]
    }
    assert shown["events"]["beats_s"] == record["detail"]["beats_s"] != []
    assert shown["events"]["sections"] == record["detail"]["sections"] != []
    assert any(section["loudness_db"] is not None for section in shown["events"]["sections"])
    assert all(row["interval"]["low"] <= row["value"] <= row["interval"]["high"] for row in shown["features"])
    assert shown["path"] == track.path


def test_the_waveform_has_a_low_for_every_high(owner_client: Client, track: Track) -> None:
    outline = owner_client.get(f"/api/v1/tracks/{track.public_id}/waveform").json()
    assert len(outline["low"]) == len(outline["high"]) > 500
    assert all(low <= high for low, high in zip(outline["low"], outline["high"], strict=True))


@pytest.mark.parametrize(
    ("asked", "code", "expected"),
    [
        (None, 200, slice(None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=1000-", 206, slice(1000, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=5-2", 416, None),
        ("bytes=999999999999-", 416, None),
        ("bytes=0-9,20-29", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_sound_comes_whole_or_by_the_range(
    track: Track, asked: str | None, code: int, expected: slice | None
) -> None:
    async def get() -> tuple[int, bytes]:
        headers = {"range": asked} if asked else {}
        answer = await AsyncClient(headers={"host": "localhost"}).get(
            f"/api/v1/tracks/{track.public_id}/audio", headers=headers
        )
        if not answer.streaming:
            return answer.status_code, b""
        return answer.status_code, b"".join([part async for part in answer.streaming_content])

    status, body = asyncio.run(get())
    assert status == code
    if expected is not None:
        assert body == Path(track.path).read_bytes()[expected]


def test_a_file_of_the_users_is_not_deleted_with_its_track(owner_client: Client, track: Track) -> None:
    assert owner_client.delete(f"/api/v1/tracks/{track.public_id}").status_code == 204
    assert Path(track.path).exists()
    assert not Track.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_track_shows_its_pictures(owner_client: Client, track: Track) -> None:
    pictures = owner_client.get(f"/api/v1/tracks/{track.public_id}/pictures").json()
    assert [picture["kind"] for picture in pictures] == list(KINDS)
    for picture in pictures:
        assert owner_client.get(picture["url"]).content.startswith(b"\x89PNG")


@pytest.mark.parametrize("what", ["audio", "pictures", "pictures/chroma.png"])
def test_a_file_that_is_gone_is_missing_and_nobody_learns_where_it_was(
    owner_client: Client, track: Track, tmp_path: Path, what: str
) -> None:
    Track.objects.filter(pk=track.pk).update(path=str(tmp_path / "gone.flac"))
    answer = owner_client.get(f"/api/v1/tracks/{track.public_id}/{what}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert str(tmp_path) not in answer.content.decode()
