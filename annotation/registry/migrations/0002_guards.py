"""A version never changes but for its status and name; an artifact never at all."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [
        append_only("registry_artifact"),
        append_only("registry_modelversion", mutable=("status", "name")),
        allowed_moves(
            "registry_modelversion",
            "status",
            {
                "candidate": ("promoted", "retired"),
                "promoted": ("candidate", "retired"),
                "retired": ("candidate",),
            },
        ),
    ]
