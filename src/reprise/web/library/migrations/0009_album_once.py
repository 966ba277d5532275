"""An album is there once, also one of no artist, on SQLite too: two constraints that every database enforces."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Count, Min

OF_ARTIST = models.UniqueConstraint(
    fields=["artist", "key"], condition=models.Q(artist__isnull=False), name="album_once"
)
OF_NOBODY = models.UniqueConstraint(
    fields=["key"], condition=models.Q(artist__isnull=True), name="album_of_nobody_once"
)


def merge(apps: Any, schema_editor: Any) -> None:
    """Let the first of the same albums have all tracks, and remove the others."""
    album, track = apps.get_model("library", "Album"), apps.get_model("library", "Track")
    same = album.objects.order_by().values("artist_id", "key").annotate(n=Count("pk"), first=Min("pk"))
    for row in list(same.filter(n__gt=1)):
        others = album.objects.filter(artist_id=row["artist_id"], key=row["key"]).exclude(pk=row["first"])
        track.objects.filter(album__in=others).update(album=row["first"])
        others.delete()
    # PostgreSQL alters no table that has checks of foreign keys before it.
    schema_editor.connection.check_constraints()


def drop_old(apps: Any, schema_editor: Any) -> None:
    """Drop the one constraint of before, which SQLite never had: removing it there would make the table anew."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE library_album DROP CONSTRAINT IF EXISTS album_once")
        # With `nulls_distinct` Django makes an index of it.
        schema_editor.execute("DROP INDEX IF EXISTS album_once")


class Migration(migrations.Migration):
    dependencies = [("library", "0008_api_clients")]

    operations = [
        migrations.RunPython(merge, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(drop_old, migrations.RunPython.noop)],
            [migrations.RemoveConstraint("album", "album_once")],
        ),
        migrations.AddConstraint("album", OF_ARTIST),
        migrations.AddConstraint("album", OF_NOBODY),
    ]
