"""The audit trail is append-only; the table of the database cache (sign-in throttles)."""

from django.core.management import call_command
from django.db import migrations

from annotation.lib.sql import append_only, script


def create_cache_table(apps: object, schema_editor: object) -> None:
    call_command("createcachetable", verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        script("accounts", "audit"),
        append_only("accounts_auditredaction"),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
