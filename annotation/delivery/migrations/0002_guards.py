"""What happens is told through the outbox; attempts, links of the audit chain and exports are kept."""

from django.db import migrations

from annotation.lib.sql import append_only, script


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("labeling", "0002_guards"),
        ("quality", "0002_guards"),
        ("registry", "0002_guards"),
        ("runs", "0002_guards"),
    ]
    operations = [
        script("delivery", "outbox", "run_alarms"),
        append_only("delivery_webhookattempt"),
        append_only("delivery_auditlink"),
        append_only("delivery_export"),
    ]
