"""Of what a labeler holds, what they worked on last is handed out again first."""

from django.db import migrations

from annotation.lib.sql import script


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0002_guards"),
    ]
    operations = [
        script("labeling", "handing_out"),
    ]
