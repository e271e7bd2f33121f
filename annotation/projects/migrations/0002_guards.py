"""Guidelines are immutable: every judgment is pinned to the text as it stood. Groups hold labelers of the project."""

from django.db import migrations

from annotation.lib.sql import append_only, script


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [
        append_only("projects_guidelineversion"),
        script("projects", "groups"),
    ]
