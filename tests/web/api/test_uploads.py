"""Bringing in files: by content, once, within bounds; and the jobs that tell of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django_tasks_db.models import DBTaskResult

from reprise.web.library import claims
from reprise.web.library.accounts import new_token
from reprise.web.library.demo import offer_demo, remove_demo
from reprise.web.library.jobs import Reporter
from reprise.web.library.models import Job, Track
from reprise.web.library.queueing import Priority, enqueue_many
from reprise.web.library.tasks import analyse_track

API = "/api/v1"


def work_off() -> list[str]:
    """Do all tasks as a worker would."""
    outcomes = []
    while row := claims.claim_next("1-1-test"):
        outcomes.append(claims.perform(row, "1-1-test"))
    return outcomes


def bring(client: Client, path: Path, name: str = "") -> Any:
    with path.open("rb") as file:
        file_as = SimpleUploadedFile(name or path.name, file.read(), content_type="text/html")
    return client.post(f"{API}/uploads", {"file": file_as})


@pytest.fixture(autouse=True)
def no_leftovers() -> Any:
    yield
    shutil.rmtree(settings.CONFIG.uploads, ignore_errors=True)


def files() -> list[str]:
    return sorted(path.name for path in settings.CONFIG.uploads.glob("*"))


def test_a_file_becomes_an_analysed_track(owner_client: Client, pieces: Path) -> None:
    answer = bring(owner_client, min(pieces.glob("*.flac")), "../..\\C:\\My <b>Song\x00.exe")
    assert answer.status_code == 202
    job = answer.json()
    assert (job["status"], job["position"], job["kind"]) == ("queued", 0, "analysis")
    assert work_off() == ["done"]
    job = owner_client.get(f"{API}/jobs/{job['id']}").json()
    assert (job["status"], job["fraction"], job["error"]) == ("done", 1.0, None)
    track = owner_client.get(f"{API}/tracks/{job['track_id']}").json()
    assert (track["status"], track["origin"], track["artist"]["name"]) == (
        "analysed",
        "upload",
        "The Demo Band",
    )
    assert [Path(name).suffix for name in files()] == [".flac"]
    assert not DBTaskResult.objects.exists()


def test_the_same_audio_is_there_at_once(owner_client: Client, pieces: Path, tmp_path: Path) -> None:
    path = min(pieces.glob("*.flac"))
    bring(owner_client, path)
    work_off()
    again = bring(owner_client, path, "another name.mp3").json()
    assert again["status"] == "done"
    assert again["result"] == {"was_there": True}
    assert Track.objects.count() == len(files()) == 1
    assert work_off() == []


@pytest.mark.parametrize(
    "content", [b"<html>hello</html>", b"\x89PNG\r\n\x1a\n" + bytes(99), b"x", bytes(5000)]
)
def test_what_is_no_audio_is_refused_whatever_it_is_called(owner_client: Client, content: bytes) -> None:
    answer = owner_client.post(f"{API}/uploads", {"file": SimpleUploadedFile("song.mp3", content)})
    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("file: ")
    assert files() == []
    assert not Track.objects.exists() and not Job.objects.exists()


def test_a_full_disk_is_said_to_be_full(
    owner_client: Client, pieces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # /dev/full is a real device that is always full.
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is Linux's")
    import builtins

    real = builtins.open
    monkeypatch.setattr(
        "reprise.web.library.uploads.open", lambda path, mode: real("/dev/full", "wb"), raising=False
    )
    answer = bring(owner_client, min(pieces.glob("*.flac")))
    assert answer.status_code == 507
    assert files() == []


def test_a_cancelled_upload_goes_away_again(owner_client: Client, pieces: Path) -> None:
    job = bring(owner_client, min(pieces.glob("*.flac"))).json()
    assert owner_client.delete(f"{API}/jobs/{job['id']}").status_code == 204
    shown = owner_client.get(f"{API}/jobs/{job['id']}").json()
    assert (shown["status"], shown["track_id"]) == ("cancelled", None)
    assert not Track.objects.exists() and files() == []
    assert work_off() == []
    assert owner_client.delete(f"{API}/jobs/{job['id']}").status_code == 204


def test_a_running_analysis_that_is_cancelled_stops(
    owner_client: Client, pieces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bring(owner_client, min(pieces.glob("*.flac"))).json()
    tell = Reporter.tell

    def tell_and_cancel(self: Reporter, stage: str, *args: Any, **more: Any) -> None:
        tell(self, stage, *args, **more)
        if stage == "listen":
            owner_client.delete(f"{API}/jobs/{job['id']}")

    monkeypatch.setattr(Reporter, "tell", tell_and_cancel)
    assert work_off() == ["done"]
    assert owner_client.get(f"{API}/jobs/{job['id']}").json()["status"] == "cancelled"
    assert not Track.objects.exists() and not DBTaskResult.objects.exists()


def test_uploads_come_before_scans_and_know_their_place(owner_client: Client, pieces: Path) -> None:
    enqueue_many(analyse_track, [(-number,) for number in range(1, 4)])
    paths = sorted(pieces.glob("*.flac"))
    jobs = [bring(owner_client, path).json() for path in paths]
    listed = owner_client.get(f"{API}/jobs?status=queued").json()
    assert {job["id"]: job["position"] for job in listed["items"]} == {
        job["id"]: place for place, job in enumerate(jobs)
    }
    first = claims.claim_next("1-1-test")
    assert first is not None and first.priority == Priority.UPLOAD


def test_guests_see_and_cancel_their_own_jobs_alone(owner_client: Client, guest: User, pieces: Path) -> None:
    theirs = Client(headers={"host": "localhost", "authorization": f"Bearer {new_token(guest, 'x')[1]}"})
    paths = sorted(pieces.glob("*.flac"))
    of_owner, of_guest = bring(owner_client, paths[0]).json(), bring(theirs, paths[1]).json()
    assert [job["id"] for job in theirs.get(f"{API}/jobs").json()["items"]] == [of_guest["id"]]
    assert owner_client.get(f"{API}/jobs").json()["total"] == 2
    for call in (theirs.get, theirs.delete):
        assert call(f"{API}/jobs/{of_owner['id']}").status_code == 404
    assert theirs.get(f"{API}/jobs/{of_owner['id']}/events").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_events_tell_how_it_is_now_and_end_when_it_is_over(owner_client: Client, pieces: Path) -> None:
    import asyncio

    job = bring(owner_client, min(pieces.glob("*.flac"))).json()
    work_off()

    async def read() -> str:
        answer = await AsyncClient(headers={"host": "localhost"}).get(f"{API}/jobs/{job['id']}/events")
        assert answer.headers["Content-Type"] == "text/event-stream"
        return b"".join([part async for part in answer.streaming_content]).decode()

    text = asyncio.run(read())
    assert text.startswith("event: job\ndata: ")
    event = json.loads(text.split("data: ")[1])
    assert event["job"]["status"] == "done"
    assert len(event["low"]) == len(event["high"]) > 500


@pytest.mark.parametrize("url", ["ftp://example.org/a", "http://u:p@example.org/", "http://example.org:22/"])
def test_addresses_that_are_none_of_the_web_are_refused_at_once(owner_client: Client, url: str) -> None:
    answer = owner_client.post(f"{API}/analyses", {"url": url}, content_type="application/json")
    assert answer.status_code == 422
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/song.mp3", "http://169.254.169.254/latest/meta-data", "http://[::1]/"]
)
def test_addresses_inside_the_network_fail_without_being_asked(owner_client: Client, url: str) -> None:
    job = owner_client.post(f"{API}/analyses", {"url": url}, content_type="application/json").json()
    work_off()
    shown = owner_client.get(f"{API}/jobs/{job['id']}").json()
    assert shown["status"] == "failed"
    assert "public internet" in shown["error"]
    assert files() == []


def test_what_was_analysed_by_the_same_models_is_not_analysed_again(
    owner_client: Client, pieces: Path
) -> None:
    track_id = bring(owner_client, min(pieces.glob("*.flac"))).json()["track_id"]
    work_off()
    track = Track.objects.get(public_id=track_id)
    enqueue_many(analyse_track, [(track.pk,)])
    assert work_off() == ["done"]
    assert Track.objects.get(pk=track.pk).analysed_at == track.analysed_at
    assert owner_client.post(f"{API}/tracks/{track_id}/analyse").status_code == 202
    work_off()
    assert Track.objects.get(pk=track.pk).analysed_at > track.analysed_at


def test_the_demo_is_offered_once_and_goes_in_one(owner_client: Client) -> None:
    assert offer_demo()
    assert not offer_demo()
    row = claims.claim_next("1-1-test")
    assert row is not None
    assert claims.perform(row, "1-1-test") == "done"
    track = Track.objects.get()
    assert (track.origin, Path(track.path).suffix) == ("demo", ".flac")
    assert Path(track.path).exists()
    assert owner_client.delete(f"{API}/demo").status_code == 204
    assert not Track.objects.exists() and not Path(track.path).exists()
    assert remove_demo() == 0
    assert not offer_demo()
