"""The chain hashes the hash of the words. It is laid anew: the upkeep does so at its next turn."""

from django.db import migrations, models

EMPTY = """
ALTER TABLE delivery_auditlink DISABLE TRIGGER USER;
DELETE FROM delivery_auditlink;
ALTER TABLE delivery_auditlink ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_alarms"), ("accounts", "0004_redactions")]
    operations = [
        migrations.RunSQL(EMPTY, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="auditlink",
            name="words_sha256",
            field=models.CharField(
                default="", help_text="of what the event said when it was linked", max_length=64
            ),
            preserve_default=False,
        ),
    ]
