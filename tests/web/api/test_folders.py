"""Folders over the API, scanned by a worker's hands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from reprise.web.library.claims import claim_next, perform
from reprise.web.library.models import Folder, Job, Track
from reprise.web.library.queueing import Priority, enqueue
from reprise.web.library.tasks import analyse_track

pytestmark = pytest.mark.django_db


@pytest.fixture
def music(pieces: Path, tmp_path: Path) -> Path:
    """A folder of three pieces."""
    shutil.copytree(pieces, tmp_path / "music")
    return tmp_path / "music"


def work_once() -> str:
    """Do what a worker would do next."""
    row = claim_next("1-0-test")
    assert row is not None
    return perform(row, "1-0-test")


def add(client: Client, path: object) -> tuple[int, Any]:
    """Ask for a folder."""
    answer = client.post("/api/v1/folders", {"path": str(path)}, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_folder_is_added_scanned_and_removed(owner_client: Client, music: Path) -> None:
    status, job = add(owner_client, music)
    assert (status, job["kind"], job["status"]) == (202, "scan", "queued")
    assert add(owner_client, music)[1]["id"] == job["id"]
    assert work_once() == "done"
    job = owner_client.get(f"/api/v1/jobs/{job['id']}").json()
    assert (job["status"], job["result"]["new"], job["result"]["queued"]) == ("done", 3, 3)
    Track.objects.filter(title_key="house").update(status="analysed")
    (folder,) = owner_client.get("/api/v1/folders").json()["items"]
    assert folder["scanned_at"] is not None
    assert {name: folder[name] for name in ("path", "tracks", "failed", "missing")} == {
        "path": str(music), "tracks": 3, "failed": 0, "missing": 0,
    }  # fmt: skip
    at = f"/api/v1/folders/{folder['id']}"
    assert owner_client.post(f"{at}/scan").status_code == 202
    assert owner_client.delete(at).status_code == 204
    assert not Track.objects.exists()
    assert not Folder.objects.exists()
    assert len(list(music.iterdir())) == 3


@pytest.mark.parametrize("path", ["music", "/nowhere/at/all", "", "/", "/proc"])
def test_what_is_no_folder_of_music_is_refused(owner_client: Client, path: str) -> None:
    assert add(owner_client, path)[0] == 422
    assert not Job.objects.exists()


def test_a_folder_that_is_being_scanned_is_not_removed(owner_client: Client, music: Path) -> None:
    add(owner_client, music)
    Job.objects.update(status="running")
    assert owner_client.delete(f"/api/v1/folders/{Folder.objects.get().public_id}").status_code == 422


def test_a_scan_makes_way_for_somebody_who_waits(
    owner_client: Client, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprise.web.library.scan.task._LOOK_EVERY_S", 0.0)
    add(owner_client, music)
    row = claim_next("1-0-test")
    enqueue(analyse_track, 10**9, priority=Priority.UPLOAD)
    assert row is not None
    assert perform(row, "1-0-test") == "put back"
    assert Job.objects.get().status == "queued"
    # The one who waits comes first, then the scan goes on to its end.
    assert [work_once(), work_once()] == ["done", "done"]
    assert Job.objects.get().status == "done"
    assert Track.objects.count() == DBTaskResult.objects.count() == 3
