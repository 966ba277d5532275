"""Workers may die: nothing is lost, nothing is tried for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from reprise.web.library import claims, liveness
from reprise.web.library.jobs import start_analysis
from reprise.web.library.models import Job, Track, WorkerBeat
from reprise.web.library.queueing import ahead_of, enqueue_many, take_out
from reprise.web.library.stopping import PutBackError
from reprise.web.library.tasks import analyse_track

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def track(db: Any, pieces: Path) -> Track:
    path = min(pieces.glob("*.flac"))
    status = path.stat()
    return Track.objects.create(
        path=str(path), title="A", title_key="a", size=status.st_size, mtime_ns=status.st_mtime_ns
    )


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def claimed_by_the_dead() -> DBTaskResult:
    """Claim the next task as a worker of this machine that is gone."""
    name = f"{dead_pid()}-1-dead"
    liveness.beat(name)
    WorkerBeat.objects.filter(name=name).update(pid=dead_pid())
    row = claims.claim_next(name)
    assert row is not None
    return row


def test_what_the_dead_had_in_hand_goes_back(track: Track) -> None:
    job = start_analysis(track, None)
    row = claimed_by_the_dead()
    Job.objects.filter(pk=job.pk).update(status="running", stage="listen")
    assert liveness.sweep() == 1
    row.refresh_from_db()
    job.refresh_from_db()
    assert (row.status, job.status, job.stage) == ("READY", "queued", "")
    assert not WorkerBeat.objects.exists()


def test_what_the_living_have_in_hand_stays(track: Track) -> None:
    start_analysis(track, None)
    name = liveness.own_name("test")
    liveness.beat(name)
    row = claims.claim_next(name)
    assert row is not None
    assert liveness.sweep() == 0
    row.refresh_from_db()
    assert row.status == "RUNNING"


def test_a_process_number_that_is_given_out_again_is_another_worker(track: Track) -> None:
    start_analysis(track, None)
    name = f"{os.getpid()}-1-earlier"
    liveness.beat(name)
    claims.claim_next(name)
    assert liveness.sweep() == 1


def test_a_worker_elsewhere_is_believed_dead_after_a_minute(track: Track) -> None:
    start_analysis(track, None)
    WorkerBeat.objects.create(name="9-9-away", host="elsewhere", pid=9, seen_at=timezone.now())
    claims.claim_next("9-9-away")
    assert liveness.sweep() == 0
    WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert liveness.sweep() == 1


def test_a_task_whose_workers_die_is_given_up(track: Track) -> None:
    job = start_analysis(track, None)
    for _ in range(liveness.MOST_DEATHS):
        claimed_by_the_dead()
        assert liveness.sweep() == 1
    job.refresh_from_db()
    track.refresh_from_db()
    assert (job.status, track.status) == ("failed", "failed")
    assert "died" in job.error_message
    assert DBTaskResult.objects.get().status == "FAILED"
    assert claims.claim_next("1-1-x") is None


def test_what_is_put_back_counts_as_not_begun(track: Track) -> None:
    start_analysis(track, None)
    for _ in range(2 * liveness.MOST_DEATHS):
        row = claims.claim_next("1-1-x")
        assert row is not None
        claims.put_back(str(row.pk), "1-1-x")
    row.refresh_from_db()
    assert (row.status, row.worker_ids) == ("READY", [])
    claims.put_back(str(row.pk), "1-1-x")


def test_a_task_that_gives_itself_back_is_not_done(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start_analysis(track, None)

    def stop() -> None:
        raise PutBackError

    monkeypatch.setattr("reprise.web.library.jobs.check_stop", stop)
    row = claims.claim_next("1-1-x")
    assert row is not None
    assert claims.perform(row, "1-1-x") == "put back"
    job.refresh_from_db()
    assert job.status == "queued"
    assert ahead_of(job.task_id) == 0


def test_a_track_that_is_gone_is_no_error(track: Track) -> None:
    enqueue_many(analyse_track, [(track.pk,)])
    track.delete()
    row = claims.claim_next("1-1-x")
    assert row is not None
    assert claims.perform(row, "1-1-x") == "done"
    assert not DBTaskResult.objects.exists()


def test_a_file_that_is_gone_is_a_failed_track(track: Track) -> None:
    Track.objects.update(path="/nowhere/at/all.flac")
    enqueue_many(analyse_track, [(track.pk,)])
    row = claims.claim_next("1-1-x")
    assert row is not None
    assert claims.perform(row, "1-1-x") == "done"
    track.refresh_from_db()
    assert (track.status, track.error_type) == ("failed", "DecodeError")


def test_many_are_put_in_order_and_taken_out(db: Any) -> None:
    assert enqueue_many(analyse_track, ((number,) for number in range(5000))) == 5000
    ids = list(DBTaskResult.objects.order_by("enqueued_at").values_list("pk", flat=True)[:3])
    assert take_out(str(ids[0])) and not take_out(str(ids[0]))
    first = claims.claim_next("1-1-x")
    assert first is not None and first.args_kwargs["args"] == [1]
    assert not take_out(str(first.pk))
    assert ahead_of(str(ids[2])) == 0


def test_sigterm_ends_a_worker_in_an_orderly_way(tmp_path: Path) -> None:
    environment = os.environ | {"REPRISE_DATA": str(tmp_path / "data"), "REPRISE_DATABASE": ""}
    worker = subprocess.Popen(
        [sys.executable, "-m", "reprise.web.worker"], env=environment, stderr=subprocess.PIPE
    )
    import sqlite3

    database = tmp_path / "data" / "library.sqlite"
    deadline = time.monotonic() + 60
    beats: list[Any] = []
    while not beats and time.monotonic() < deadline:
        time.sleep(0.2)
        if database.exists():
            try:
                with sqlite3.connect(database) as connection:
                    beats = connection.execute("SELECT pid FROM library_workerbeat").fetchall()
            except sqlite3.OperationalError:
                continue
    assert beats == [(worker.pid,)]
    worker.terminate()
    assert worker.wait(30) == 0
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM library_workerbeat").fetchone() == (0,)


WHILE_A_MAP_IS_MADE = """
import json, subprocess, sys, time
from pathlib import Path
from reprise.web.boot import boot
boot()
import numpy as np
from reprise.similarity.space import DIMENSIONS
from reprise.web.library.jobs import start_analysis, start_groups
from reprise.web.library.models import Analysis, Job, Track, WorkerBeat

def until(is_so):
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline and worker.poll() is None, list(Job.objects.values())
        time.sleep(0.02)

random = np.random.default_rng(0)
for number in range(400):
    track = Track.objects.create(path=f"/{number}", size=1, mtime_ns=1, title="x", title_key="x", status="analysed")
    vector = random.normal(size=DIMENSIONS)
    Analysis.objects.create(
        track=track, record={}, model="made up", vector=(vector / np.linalg.norm(vector)).astype("<f4").tobytes(),
        embedding=random.random(500).astype("<f2").tobytes(),
    )
groups = start_groups(None)
worker = subprocess.Popen([sys.executable, "-m", "reprise.web.worker"])
until(lambda: Job.objects.get(pk=groups.pk).status == "running")
helper = WorkerBeat.objects.get(name__contains="helper").pid
status = Path(sys.argv[1]).stat()
song = Track.objects.create(
    path=sys.argv[1], size=status.st_size, mtime_ns=status.st_mtime_ns, title="A", title_key="a"
)
analysis = start_analysis(song, None)
until(lambda: Job.objects.get(pk=analysis.pk).status == "done")
meanwhile = Job.objects.get(pk=groups.pk).status
worker.terminate()
ended = worker.wait(30)
print(json.dumps([helper != worker.pid, meanwhile, ended, Job.objects.get(pk=groups.pk).status,
                  Path(f"/proc/{helper}").exists(), WorkerBeat.objects.count()]))
"""


def test_a_song_does_not_wait_for_a_map_and_a_map_gives_way_to_an_end(tmp_path: Path, pieces: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("looks for a process in /proc")
    found = subprocess.run(
        [sys.executable, "-c", WHILE_A_MAP_IS_MADE, str(min(pieces.glob("*.flac")))],
        env=os.environ | {"REPRISE_DATA": str(tmp_path / "data"), "REPRISE_DATABASE": ""},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr[-3000:]
    assert json.loads(found.stdout) == [True, "running", 0, "queued", False, 0]


def test_kills_at_any_moment_lose_nothing_and_repeat_little(tmp_path: Path) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("finds processes in /proc")
    database = ""
    if os.environ.get("REPRISE_TEST_DATABASE"):
        # Other processes come to it, so it must not be the one that tests roll back.
        from django.db import connection

        database = settings.CONFIG.database_url
        assert connection.vendor == "postgresql"
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "kill_test.py"), "--files", "8", "--kills", "4", "--database", database],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-3000:]
    figures = json.loads(found.stdout.splitlines()[-1])
    assert figures["analysed"] == figures["analyses"] == figures["files"] == 8
    assert sum(figures["killed"].values()) > 0
