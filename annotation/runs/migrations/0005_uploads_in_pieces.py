"""Files arrive in pieces: how much is here, by what the browser knows the file, when it went."""

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Now


def all_here(apps, editor):
    apps.get_model("runs", "Upload").objects.update(received=F("bytes"))


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0004_more_policy_updates"),
    ]

    operations = [
        migrations.AddField("upload", "received", models.BigIntegerField(default=0), False),
        migrations.AddField(
            "upload",
            "fingerprint",
            models.CharField(
                blank=True,
                default="",
                help_text="by which the browser knows the file again",
                max_length=64,
            ),
            False,
        ),
        migrations.AddField(
            "upload",
            "touched_at",
            models.DateTimeField(db_default=Now(), help_text="when the last piece came"),
        ),
        migrations.AddField(
            "upload",
            "gone_at",
            models.DateTimeField(help_text="when the file was deleted", null=True),
        ),
        migrations.AlterField(
            "upload",
            "sha256",
            models.CharField(blank=True, help_text="known once it was read whole", max_length=64),
        ),
        migrations.RunPython(all_here, migrations.RunPython.noop),
        migrations.AddConstraint(
            "upload",
            models.CheckConstraint(
                condition=models.Q(("received__gte", 0), ("received__lte", F("bytes"))),
                name="upload_within_its_size",
            ),
        ),
        migrations.AddConstraint(
            "upload",
            models.UniqueConstraint(
                condition=models.Q(
                    ("gone_at__isnull", True), models.Q(("fingerprint", ""), _negated=True)
                ),
                fields=("project", "user", "fingerprint", "bytes"),
                name="upload_of_a_file_once",
            ),
        ),
    ]
