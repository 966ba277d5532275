from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0005_pgvector")]

    operations = [
        migrations.AddField(model_name="track", name="inode", field=models.BigIntegerField(null=True)),
    ]
