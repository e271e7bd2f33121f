"""A person's name can be taken out of the audit trail, and only that, and never unseen."""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

from annotation.lib.sql import append_only

# `tiebreak.erasing` is set by accounts/erasing.py for the length of its own statements.
GUARD = """
CREATE OR REPLACE FUNCTION accounts_auditevent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('tiebreak.erasing', true) = 'on' AND NEW.salt IS NULL
     AND (to_jsonb(NEW) - 'before' - 'after' - 'salt') = (to_jsonb(OLD) - 'before' - 'after' - 'salt')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'accounts_auditevent is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_preferences")]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="salt",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                editable=False,
                help_text="of the hash of its words",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="AuditRedaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words_sha256", models.CharField(max_length=64)),
                (
                    "deletion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redacted",
                        to="accounts.auditevent",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redactions",
                        to="accounts.auditevent",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "deletion"), name="redacted_once_by_each"
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(*append_only("accounts_auditredaction")),
    ]
