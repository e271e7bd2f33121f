"""Guidelines are immutable: every judgment is pinned to the text as it stood."""

from django.db import migrations

from annotation.lib.sql import append_only


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [migrations.RunSQL(*append_only("projects_guidelineversion"))]
