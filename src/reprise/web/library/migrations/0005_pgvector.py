"""On PostgreSQL with pgvector: a column of places in the space of similarity, and its index."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import migrations

DIMENSIONS = 120


def forwards(apps: Any, schema_editor: Any) -> None:
    from reprise.web.library import pgvector

    if schema_editor.connection.vendor != "postgresql" or not pgvector.add_column(DIMENSIONS):
        return
    pgvector._has_column.cache_clear()
    for key, vector in (
        apps.get_model("library", "Analysis").objects.values_list("pk", "vector").iterator(1000)
    ):
        if len(vector) == 4 * DIMENSIONS:
            pgvector.store_place(key, np.frombuffer(bytes(vector), "<f4"))


def backwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE library_analysis DROP COLUMN IF EXISTS place")


class Migration(migrations.Migration):
    dependencies = [("library", "0004_search_index")]
    operations = [migrations.RunPython(forwards, backwards)]
