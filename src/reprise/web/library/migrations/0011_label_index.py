"""The index of labels answers for whom a genre was heard without a look at the table."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0010_sorted_on_postgresql")]
    operations = [
        migrations.RemoveIndex("tracklabel", "label_by_name"),
        migrations.AddIndex(
            "tracklabel",
            models.Index(fields=["name", "kind", "score", "track"], name="label_by_name_and_kind"),
        ),
    ]
