"""Making quality reports: asked for by a row, computed by a worker, stored once; and their alarms."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.labeling.models import Ranking
from annotation.lib import locks
from annotation.lib.errors import Refused
from annotation.lib.hints import send
from annotation.projects.models import Project
from annotation.quality import alarms, position, style
from annotation.quality.agreement import Comparisons, agreement_of
from annotation.quality.control import gold_by_labeler
from annotation.quality.judged import judged_twice
from annotation.quality.judged_rows import judged_of_project
from annotation.quality.reliability import (
    PRIOR_MEAN,
    PRIOR_SPREAD,
    ROUNDS,
    Reliability,
    reliability_of,
)
from annotation.quality.report_models import Alarm, QualityReport, ReliabilityEstimate
from annotation.quality.style_rows import JUDGMENTS_AT_MOST, style_pairs_of_project

COMPUTE = "workers.tasks.quality.compute"
QUEUE = "short"
MODEL = "bradley-terry-cavity/1"
GIVEN_UP_AFTER = timedelta(hours=1)
NIGHT_HOURS = range(1, 5)
NIGHTLY_AFTER = timedelta(hours=20)
QUIET_FOR = 50
"""Judgments that a labeler must add before a rule that was dealt with may name them again."""
QUIET_GOLD = 10
"""The same for the rule on gold, in gold items."""


@transaction.atomic
def ask(*, project: Project, actor: User | None) -> QualityReport:
    """The report that is under way, or a new one; asking twice makes one."""
    locks.hold("quality-report", project.pk)
    waiting = QualityReport.objects.filter(project=project, finished_at=None).first()
    report = waiting or QualityReport.objects.create(project=project, asked_by=actor)
    if waiting is None and actor is not None:
        record(actor=actor, action="quality_report.asked", thing=report)
    hint(report.pk)
    return report


def hint(report_id: UUID) -> None:
    """After commit, tell a worker; losing it costs a minute."""
    transaction.on_commit(lambda: send(COMPUTE, {"report_id": str(report_id)}, QUEUE), robust=True)


def look_after() -> list[UUID]:
    """Reports that wait for a worker; at night also new ones of projects with new judgments."""
    if timezone.now().hour in NIGHT_HOURS:
        for project in Project.objects.filter(state=Project.State.ACTIVE):
            last = QualityReport.objects.filter(project=project).order_by("-id").first()
            since = last.created_at if last else None
            if since is not None and since > timezone.now() - NIGHTLY_AFTER:
                continue
            new = Ranking.objects.filter(project=project, state="counted", item__control="")
            if (new.filter(created_at__gt=since) if since else new).exists():
                ask(project=project, actor=None)
    return list(_waiting().values_list("pk", flat=True))


def _waiting() -> Any:
    stale = Q(started_at__lt=Now() - GIVEN_UP_AFTER)
    return QualityReport.objects.filter(Q(started_at=None) | stale, finished_at=None)


def compute(report_id: UUID, more: dict[str, Any] | None = None) -> bool:
    """Compute and store the report; False where another worker has it or it is done.

    `more`: figures of other rooms to keep beside it (what training runs reported).
    """
    started = timezone.now()
    if not _waiting().filter(pk=report_id).update(started_at=started):
        return False
    report = QualityReport.objects.select_related("project").get(pk=report_id)
    clock = time.monotonic()
    body, findings, reliability = figures(report.project, started)
    body |= more or {}
    body["seconds"] = round(time.monotonic() - clock, 2)
    with transaction.atomic():
        mine = QualityReport.objects.select_for_update().filter(pk=report_id, finished_at=None)
        if not mine.filter(started_at=started).exists():
            return False  # it took so long that somebody else began anew
        if reliability is not None:
            estimate = _store_estimate(report, started, reliability)
            body["estimate"] = {"id": str(estimate.pk), "number": estimate.number}
        raise_alarms(report, findings)
        mine.update(finished_at=Now(), cut_off=started, judgments=body["judgments"], body=body)
    return True


def figures(
    project: Project, cut_off: Any
) -> tuple[dict[str, Any], list[alarms.Finding], Reliability | None]:
    """Everything that a report says, the findings of the rules, and the labelers' reliability."""
    judged = judged_of_project(project, cut_off)
    twice, share = judged_twice(judged)
    reliability = reliability_of(twice) if twice.count else None
    gold = {str(key): one.by_item for key, one in gold_by_labeler(project).items()}
    findings = alarms.findings_of(judged, Comparisons(twice), reliability, gold)
    body = {
        "judgments": judged.count,
        "judged_twice": twice.count,
        "labelers": len(judged.labelers),
        "share_of_prompts": share,
        "agreement": agreement_of(twice),
        "position": position.audit_of(judged),
        "style": style.audit_of(style_pairs_of_project(project, cut_off)),
        "style_judgments_at_most": JUDGMENTS_AT_MOST,
        "reliability": reliability.rows() if reliability else [],
        "level": alarms.ALARM_LEVEL,
        "rules": [
            {
                "rule": found.rule,
                "tested": found.tested,
                "flagged": len(found.flagged),
                "expected": found.expected,
            }
            for found in findings
        ],
    }
    return body, findings, reliability


def _store_estimate(
    report: QualityReport, cut_off: Any, reliability: Reliability
) -> ReliabilityEstimate:
    locks.hold("reliability-estimates", report.project_id)
    numbers = ReliabilityEstimate.objects.filter(project=report.project)
    return ReliabilityEstimate.objects.create(
        project=report.project,
        number=(numbers.aggregate(n=Max("number"))["n"] or 0) + 1,
        report=report,
        cut_off=cut_off,
        version=MODEL,
        settings={
            "prior_mean": PRIOR_MEAN.tolist(),
            "prior_spread": PRIOR_SPREAD.tolist(),
            "rounds": ROUNDS,
            "score_spread": reliability.spread,
        },
        judgments=int(reliability.judgments.sum()),
        pairs=int(reliability.pairs.sum()),
        labelers=reliability.rows(),
    )


def raise_alarms(report: QualityReport, findings: list[alarms.Finding]) -> None:
    """One open alarm of a rule for each labeler; what was dealt with rests until there is more to see."""
    for found in findings:
        quiet = QUIET_GOLD if found.rule == Alarm.Rule.GOLD else QUIET_FOR
        for labeler, evidence in found.flagged:
            person = UUID(labeler) if labeler else None
            of = Alarm.objects.filter(project=report.project, rule=found.rule, labeler_id=person)
            last = of.order_by("-id").first()
            if last is not None and last.state != Alarm.State.RESOLVED:
                of.filter(pk=last.pk).update(evidence=evidence, last_report=report)
            elif last is None or evidence["judgments"] >= last.evidence["judgments"] + quiet:
                Alarm.objects.create(
                    project=report.project,
                    rule=found.rule,
                    labeler_id=person,
                    evidence=evidence,
                    first_report=report,
                    last_report=report,
                )


@transaction.atomic
def decide(*, actor: User, alarm: Alarm, state: str, note: str) -> Alarm:
    """Somebody looks after an alarm, or has dealt with it; doing it again changes nothing."""
    held = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if (held.state, held.note) == (state, note):
        return held
    if held.state == Alarm.State.RESOLVED:
        raise Refused("resolved", "This alarm has been resolved already.")
    before = {"state": held.state, "note": held.note}
    held.state, held.note, held.decided_by, held.decided_at = state, note, actor, timezone.now()
    held.save(update_fields=["state", "note", "decided_by", "decided_at"])
    record(
        actor=actor,
        action="quality_alarm.decided",
        thing=held,
        before=before,
        after={"state": state, "note": note},
    )
    return held


def names_of(ids: list[UUID]) -> dict[str, str]:
    """How labelers are called, by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, CASE WHEN display_name <> '' THEN display_name ELSE username END "
            "FROM accounts_user WHERE id = ANY(%s)",
            [ids],
        )
        return {str(key): name for key, name in cursor.fetchall()}
