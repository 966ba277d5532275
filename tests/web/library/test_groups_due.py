"""Clusters and map come by themselves: once, when nothing else is to be done, and only when enough is new."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from reprise.similarity.space import DIMENSIONS
from reprise.web.library import claims
from reprise.web.library.groups import groups_state
from reprise.web.library.groups_due import FEWEST_NEW, start_groups_if_due
from reprise.web.library.models import Analysis, Job, Track
from reprise.web.library.pgvector import store_place
from reprise.web.library.queueing import enqueue_many
from reprise.web.library.tasks import analyse_track
from reprise.web.worker import Worker

RNG = np.random.default_rng(1)


def add_tracks(count: int) -> None:
    """Add tracks that are analysed, with made-up places."""
    there = Track.objects.count()
    for number in range(there, there + count):
        track = Track.objects.create(
            path=f"/music/{number}.flac", size=1, mtime_ns=1, title=f"Song {number}", title_key=f"song {number}",
            status="analysed", analysed_at=timezone.now(),
        )  # fmt: skip
        vector = RNG.normal(size=DIMENSIONS)
        vector = (vector / np.linalg.norm(vector)).astype("<f4")
        Analysis.objects.create(
            track=track, record={}, model="made up", vector=vector.tobytes(),
            embedding=RNG.random(500).astype("<f2").tobytes(),
        )  # fmt: skip
        store_place(track.pk, vector)


def test_a_worker_with_nothing_to_do_makes_the_map(db: Any) -> None:
    add_tracks(FEWEST_NEW)
    worker, helper = Worker(), Worker(is_helper=True)
    assert not helper._work_once()
    assert not worker._work_once()  # finds the queue empty, and fills it
    assert DBTaskResult.objects.get().priority < 0
    assert helper._work_once()
    state = groups_state()
    assert (state["tracks"], state["pending"]) == (FEWEST_NEW, 0)
    assert Job.objects.get().status == "done"
    assert not Track.objects.filter(map_x=None).exists()
    assert not worker._work_once() and not worker._work_once()
    assert Job.objects.count() == 1


def test_it_is_not_due_before_enough_is_new(db: Any) -> None:
    add_tracks(FEWEST_NEW - 1)
    assert start_groups_if_due() is None
    add_tracks(1)
    assert start_groups_if_due() is not None


def test_what_is_small_beside_the_library_is_placed_among_the_old(db: Any) -> None:
    add_tracks(10 * FEWEST_NEW)
    Track.objects.update(analysed_at=timezone.now() - timedelta(days=1))
    first = start_groups_if_due()
    assert first is not None
    DBTaskResult.objects.all().delete()
    Job.objects.update(status="done")
    add_tracks(FEWEST_NEW)
    assert start_groups_if_due() is None  # 20 of 220 are less than a tenth
    add_tracks(FEWEST_NEW // 2)
    assert start_groups_if_due() is not None


def test_analyses_that_wait_or_run_come_first(db: Any) -> None:
    add_tracks(FEWEST_NEW)
    enqueue_many(analyse_track, [(0,)])
    assert start_groups_if_due() is None
    row = claims.claim_next("1-1-x")
    assert row is not None
    assert start_groups_if_due() is None
    claims.perform(row, "1-1-x")
    assert start_groups_if_due() is not None


@pytest.mark.parametrize("ended", ["failed", "cancelled"])
def test_a_making_that_did_not_work_is_not_tried_again_and_again(db: Any, ended: str) -> None:
    add_tracks(FEWEST_NEW)
    assert start_groups_if_due() is not None
    DBTaskResult.objects.all().delete()
    Job.objects.update(status=ended)
    assert start_groups_if_due() is None


def test_workers_that_run_dry_at_once_begin_one(transactional_db: Any) -> None:
    add_tracks(FEWEST_NEW)
    together = threading.Barrier(6)

    def ask() -> None:
        together.wait()
        try:
            start_groups_if_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Job.objects.filter(kind="groups").count() == DBTaskResult.objects.count() == 1
