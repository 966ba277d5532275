"""A library is brought up to date when something is to be done, and left alone otherwise."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from reprise.web import boot
from reprise.web.library.search.text_index import ensure, is_whole

pytestmark = pytest.mark.django_db


def drop(trigger: str) -> None:
    of = "" if connection.vendor == "sqlite" else " ON library_track"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}{of}")


def test_nothing_is_to_be_done_where_all_is_applied() -> None:
    assert boot._is_current()


def test_a_migration_that_is_not_applied_is_to_be_done() -> None:
    last = MigrationRecorder.Migration.objects.filter(app="library").latest("id")
    last.delete()
    assert not boot._is_current()


@pytest.mark.parametrize("trigger", ["library_search_insert", "library_search_update"])
def test_a_search_index_without_its_triggers_is_to_be_mended(trigger: str) -> None:
    drop(trigger)
    assert not is_whole()
    assert not boot._is_current()
    ensure()
    assert boot._is_current()
