"""On PostgreSQL: indexes for lists that begin with the highest, where tracks without a value come last.

An index that is read backwards gives those without a value first. SQLite, for which nothing is less than any number,
needs no others than it has, and could not declare these.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

SORTED = (
    "danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness", "liveness", "loudness",
    "tempo", "year",
)  # fmt: skip


def _indexes() -> list[models.Index]:
    return [
        models.Index(models.F(name).desc(nulls_last=True), models.F("id").desc(), name=f"track_by_{name}")
        for name in SORTED
    ]


def forwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for index in _indexes():
            schema_editor.add_index(apps.get_model("library", "Track"), index)


def backwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for index in _indexes():
            schema_editor.remove_index(apps.get_model("library", "Track"), index)


class Migration(migrations.Migration):
    dependencies = [("library", "0009_album_once")]
    operations = [migrations.RunPython(forwards, backwards)]
