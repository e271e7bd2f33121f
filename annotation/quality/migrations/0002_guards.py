"""What labelers answered stays as they answered it, and so does what they were asked."""

from django.db import migrations

from annotation.lib.sql import append_only, frozen


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_initial")]
    operations = [
        migrations.RunSQL(*append_only("quality_practiceanswer")),
        migrations.RunSQL(
            *append_only(
                "quality_qualificationattempt", mutable=("finished_at", "agreement", "passed")
            )
        ),
        migrations.RunSQL(
            *frozen(
                "quality_practiceitem",
                ("project_id", "kind", "messages", "completions", "expected", "source_id"),
            )
        ),
    ]
