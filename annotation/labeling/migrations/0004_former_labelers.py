"""Whoever is no labeler any more holds nothing, and what they finished is kept as surplus."""

from django.db import migrations

from annotation.lib.sql import script


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0003_last_worked_on_first"),
    ]
    operations = [
        script("labeling", "slots", "submitting"),
    ]
