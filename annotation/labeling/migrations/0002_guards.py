"""The acts of labeling, and what of them never changes. Turns of a chat are frozen but for how far they have come."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only, frozen, script


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0001_initial"),
        ("corpus", "0002_guards"),
        ("projects", "0002_guards"),
    ]
    operations = [
        append_only("labeling_itemcompletion"),
        append_only("labeling_presentation"),
        append_only("labeling_ranking", mutable=("state", "withdrawn_at")),
        append_only("labeling_placement"),
        append_only("labeling_directcomparison"),
        append_only("labeling_demonstration", mutable=("state", "withdrawn_at")),
        append_only("labeling_report", mutable=("state", "decided_by_id", "decided_at")),
        append_only(
            "labeling_withdrawal", mutable=("restored_at", "restored_by_id", "restored_as")
        ),
        append_only("labeling_goldorder"),
        append_only("labeling_goldtold"),
        frozen("labeling_item", ("control", "control_of_id", "control_for_id")),
        frozen("labeling_slot", ("is_private",)),
        frozen("labeling_audience", ("project_id", "groups", "language")),
        frozen("labeling_controlitem", ("project_id", "kind", "item_id", "source_id", "trap_id")),
        frozen("labeling_conversation", ("project_id", "labeler_id", "client_uuid")),
        frozen(
            "labeling_chatturn",
            (
                *("conversation_id", "number", "client_uuid", "content_hash", "text"),
                *("continues_id", "prompt_id", "policy_version_id", "plan_id", "replies"),
            ),
        ),
        allowed_moves(
            "labeling_ranking",
            "state",
            {
                "counted": ("withdrawn", "surplus"),
                "surplus": ("withdrawn", "counted"),
                "withdrawn": ("counted", "surplus"),
            },
        ),
        allowed_moves(
            "labeling_slot",
            "state",
            {
                "open": ("leased", "done", "void"),
                "leased": ("open", "done", "void"),
                "done": ("open", "leased", "void"),
                "void": ("open", "done"),  # done: its judgment was put back
            },
        ),
        allowed_moves("labeling_report", "state", {"open": ("upheld", "dismissed")}),
        allowed_moves(
            "labeling_chatturn", "state", {"waiting": ("ready", "failed"), "failed": ("waiting",)}
        ),
        script(
            "labeling", "slots", "audiences", "limits", "handing_out", "control_items", "submitting"
        ),
        script("labeling", "comparison", "tables"),
    ]
