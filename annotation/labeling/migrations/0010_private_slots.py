"""A slot that was made for one person is neither handed out nor swept, and fills nobody's hands.

Its lease is a formality: it never opens, so it stays its labeler's whatever the clock says. Turns of a
chat are frozen but for how far they have come.
"""

from importlib import import_module

from django.db import migrations

from annotation.lib.sql import allowed_moves, frozen

claiming = import_module("annotation.labeling.migrations.0004_claim")
screen = import_module("annotation.labeling.migrations.0007_screen")
reports = import_module("annotation.labeling.migrations.0008_reports")

OWN = "WHERE s.labeler_id = p_labeler AND s.state = 'leased'\n"
EXPIRED = "WHERE s.state = 'leased' AND"


def without_private(sql: str, condition: str) -> str:
    """The function with one more condition wherever this one stands."""
    assert condition in sql
    return sql.replace(condition, condition.replace("'leased'", "'leased' AND NOT s.is_private"))


class Migration(migrations.Migration):
    dependencies = [("labeling", "0009_chat")]
    operations = [
        migrations.RunSQL(
            screen.again(without_private(screen.CLAIM, OWN)), screen.again(screen.CLAIM)
        ),
        migrations.RunSQL(without_private(reports.SWEEP, EXPIRED), reports.SWEEP),
        migrations.RunSQL(*frozen("labeling_slot", ("is_private",))),
        migrations.RunSQL(
            *frozen("labeling_conversation", ("project_id", "labeler_id", "client_uuid"))
        ),
        migrations.RunSQL(
            *frozen(
                "labeling_chatturn",
                (
                    *("conversation_id", "number", "client_uuid", "content_hash", "text"),
                    *("continues_id", "prompt_id", "policy_version_id", "plan_id", "replies"),
                ),
            )
        ),
        migrations.RunSQL(
            *allowed_moves(
                "labeling_chatturn",
                "state",
                {"waiting": ("ready", "failed"), "failed": ("waiting",)},
            )
        ),
        migrations.RunSQL(claiming.FOREIGN_KEYS, migrations.RunSQL.noop),
    ]
