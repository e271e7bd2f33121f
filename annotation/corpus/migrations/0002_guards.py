"""Prompts, plans, completions, acts and template versions are kept as they came; tags may change."""

from django.db import migrations

from annotation.lib.sql import append_only, script


class Migration(migrations.Migration):
    dependencies = [("corpus", "0001_initial")]
    operations = [
        script("corpus", "sides", "finding"),
        append_only("corpus_samplingplan"),
        append_only("corpus_prompt", mutable=("retired_at", "split", "tags")),
        append_only("corpus_completion", mutable=("withdrawn_at",)),
        append_only("corpus_promptact"),
        append_only("corpus_promptchange"),
        append_only("corpus_templateversion"),
    ]
