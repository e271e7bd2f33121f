"""Alarms of runs are told through the outbox."""

from django.db import migrations

from annotation.lib.sql import script


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_guards"), ("runs", "0003_watching")]
    operations = [script("delivery", "run_alarms")]
