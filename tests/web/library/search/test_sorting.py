"""The order of lists: whatever it is by, tracks without a value are last, and an index gives it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from reprise.web.library.models import Track
from reprise.web.library.search.sorting import sorted_by

FEATURES = (
    "danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness", "loudness",
    "tempo", "year",
)  # fmt: skip


def add_tracks(count: int) -> None:
    """Add tracks of which a tenth has no values."""
    rng = random.Random(1)
    Track.objects.bulk_create(
        (
            Track(
                path=f"/music/{n}.flac", size=1, mtime_ns=1, title=f"Song {n}", title_key=f"song {n}",
                **({} if n % 10 == 0 else {name: rng.randrange(1000) for name in FEATURES}),
            )
            for n in range(count)
        ),
        batch_size=1000,
    )  # fmt: skip


@pytest.mark.parametrize("name", FEATURES)
def test_what_has_no_value_is_last_either_way(db: Any, name: str) -> None:
    add_tracks(50)
    rows = list(Track.objects.values_list(name, "pk"))
    there = sorted(row for row in rows if row[0] is not None)
    without = sorted(row[1] for row in rows if row[0] is None)
    for sort, expected in (
        (name, [pk for _, pk in there] + without),
        (f"-{name}", [pk for _, pk in reversed(there)] + without[::-1]),
    ):
        assert list(sorted_by(Track.objects.all(), sort).values_list("pk", flat=True)) == expected


@pytest.mark.parametrize("sort", [sign + name for name in FEATURES for sign in ("", "-")])
def test_an_index_gives_the_first_page(many: None, sort: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is not asked for its plan")
    plan = sorted_by(Track.objects.all(), sort).values_list("pk", flat=True)[:50].explain()
    assert "Index" in plan and "Seq Scan" not in plan, plan


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: Any) -> Any:
    """So many tracks that reading all would cost, with statistics of them."""
    if connection.vendor != "postgresql":
        yield
        return
    with django_db_blocker.unblock():
        add_tracks(5000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE library_track")
        yield
        Track.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE library_track")


@pytest.fixture(autouse=True)
def within(db: Any) -> None:
    """Let every test see the database."""
