"""What becomes of search when a command brings the library up to date, or finds that it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reprise.web.library.models import Track
from reprise.web.library.search import find
from reprise.web.library.search.text_index import ensure

TRIGGERS = ("library_search_insert", "library_search_update", "library_search_artist", "library_search_album")


def triggers() -> set[str]:
    kept = "pg_trigger" if connection.vendor == "postgresql" else "sqlite_master"
    name = "tgname" if connection.vendor == "postgresql" else "name"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {kept} WHERE {name} IN %s" % repr(TRIGGERS))
        return {row[0] for row in cursor.fetchall()}


def drop(trigger: str) -> None:
    of = " ON library_track" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}{of}")


def add(path: str, title: str) -> None:
    Track.objects.create(path=path, size=1, mtime_ns=1, title=title, title_key=title.casefold())


def test_a_library_that_is_up_to_date_is_left_alone(db: Any) -> None:
    with CaptureQueriesContext(connection) as seen:
        call_command("migrate", verbosity=0)
        ensure()
    written = ("CREATE", "DROP", "ALTER", "INSERT", "UPDATE", "DELETE")
    asked = [each["sql"].strip().upper() for each in seen.captured_queries]
    assert asked
    assert not [sql for sql in asked if sql.startswith(written)]
    assert triggers() == set(TRIGGERS)


@pytest.mark.parametrize("trigger", ["library_search_insert", "library_search_update"])
def test_search_without_its_triggers_is_mended(db: Any, trigger: str) -> None:
    drop(trigger)
    add("/a", "Tuna")
    call_command("migrate", verbosity=0)
    add("/b", "Shark")
    assert triggers() == set(TRIGGERS)
    assert [find(word).get().path for word in ("tuna", "shark")] == ["/a", "/b"]


def test_search_is_whole_after_the_tables_have_changed(transactional_db: Any) -> None:
    add("/a", "Tuna")
    try:
        call_command("migrate", "library", "0010", verbosity=0)
        assert triggers() == set(TRIGGERS)
        add("/b", "Shark")
    finally:
        call_command("migrate", verbosity=0)
    assert triggers() == set(TRIGGERS)
    assert [find(word).get().path for word in ("tuna", "shark")] == ["/a", "/b"]
