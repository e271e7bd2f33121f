"""What was answered, decided, told and bought stays, a report is written once, an alarm only moves on."""

from django.db import migrations

from annotation.lib.sql import allowed_moves, append_only, frozen, script


class Migration(migrations.Migration):
    dependencies = [
        ("quality", "0001_initial"),
        ("labeling", "0002_guards"),
    ]
    operations = [
        append_only("quality_practiceanswer"),
        append_only("quality_qualificationattempt", mutable=("finished_at", "agreement", "passed")),
        frozen(
            "quality_practiceitem",
            ("project_id", "kind", "messages", "completions", "expected", "source_id"),
        ),
        script("quality", "reports", "stirring"),
        append_only("quality_reliabilityestimate"),
        append_only(
            "quality_alarm",
            mutable=("state", "note", "decided_by_id", "decided_at", "evidence", "last_report_id"),
        ),
        allowed_moves(
            "quality_alarm",
            "state",
            {"new": ("acknowledged", "resolved"), "acknowledged": ("resolved",)},
        ),
        append_only("quality_adjudication"),
        append_only("quality_namesseen"),
        append_only(
            "quality_feedbacknote", mutable=("read_at", "answer", "answer_text", "answered_at")
        ),
        append_only("quality_bulkact", mutable=("state", "total", "finished_at")),
        append_only("quality_bulktarget", mutable=("outcome", "rule")),
        append_only("quality_relabelplan", mutable=("state", "finished_at")),
        frozen("quality_relabelitem", ("plan_id", "old_item_id", "new_item_id", "likelihood")),
        append_only("quality_boughtopinion"),
    ]
