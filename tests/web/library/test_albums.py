"""An album is there once, whoever adds it at the same time, and whatever stood there before that was enforced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from reprise.records import Tags
from reprise.web.library.describing import describe_all
from reprise.web.library.models import Album, Artist, Track


@pytest.mark.parametrize("is_by_nobody", [False, True])
def test_the_same_album_is_there_once(db: Any, is_by_nobody: bool) -> None:
    ann, bob = (
        None if is_by_nobody else Artist.objects.create(name=name, key=name) for name in ("ann", "bob")
    )
    Album.objects.create(title="Blue", key="blue", artist=ann)
    with pytest.raises(IntegrityError), transaction.atomic():
        Album.objects.create(title="BLUE", key="blue", artist=ann)
    Album.objects.create(title="Red", key="red", artist=ann)
    Album.objects.bulk_create([Album(title="blue", key="blue", artist=ann)], ignore_conflicts=True)
    assert Album.objects.count() == 2
    if bob:
        Album.objects.create(title="Blue", key="blue", artist=bob)


def test_tracks_of_no_artist_share_their_album(db: Any) -> None:
    tracks = [Track(path=f"/{n}", size=1, mtime_ns=1) for n in range(3)]
    for track in tracks:
        describe_all([(track, Tags(album="Blue"))])
    assert len({track.album_id for track in tracks}) == Album.objects.count() == 1


@pytest.fixture
def before_the_constraint(transactional_db: Any) -> Iterator[Any]:
    """The tables as they were before albums were there once, and all migrations again at the end."""
    executor = MigrationExecutor(connection)
    executor.migrate([("library", "0008_api_clients")])
    with connection.cursor() as cursor:  # what SQLite never had
        cursor.execute("DROP INDEX IF EXISTS album_once")
    try:
        yield executor.loader.project_state([("library", "0008_api_clients")]).apps
    finally:
        call_command("migrate", verbosity=0)


def test_albums_that_were_there_twice_become_one(before_the_constraint: Any) -> None:
    album, artist, track = (
        before_the_constraint.get_model("library", name) for name in ("Album", "Artist", "Track")
    )
    ann = artist.objects.create(name="Ann", key="ann")
    for number, owner in enumerate((ann, None, ann, None, None)):
        its = album.objects.create(title=f"Blue {number}", key="blue", artist=owner)
        track.objects.create(path=f"/{number}", size=1, mtime_ns=1, title="T", title_key="t", album=its)
    album.objects.create(title="Red", key="red", artist=None)
    call_command("migrate", verbosity=0)
    assert sorted(Album.objects.values_list("title", flat=True)) == ["Blue 0", "Blue 1", "Red"]
    titles = Track.objects.order_by("path").values_list("album__title", flat=True)
    assert list(titles) == ["Blue 0", "Blue 1", "Blue 0", "Blue 1", "Blue 1"]
