"""What was known of the quality of judgments when a snapshot of them was frozen: for its data card.

Every figure is one that a page of the project shows as well; here they stand together, as they were.
Shares are fractions, effects are percentage points with 95 % intervals.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotation.labeling.models import Ranking, Withdrawal
from annotation.projects.models import Membership, Project, Role
from annotation.quality import control
from annotation.quality.models import Adjudication, Alarm, QualityReport
from annotation.runs.models import Erasure

Facts = dict[str, Any]
DIGITS = 4
KINDS = ("gold", "repeats", "traps")


def trust_in(project: Project, rankings: QuerySet[Ranking], cut_off: datetime) -> Facts:
    """The facts about `rankings`, those of the snapshot."""
    by_labeler = dict(rankings.order_by().values_list("labeler").annotate(n=Count("id")))
    results = control.results(project)
    return {
        "bias": _bias(project, cut_off),
        "control": {name: _rounded(results[name]) for name in KINDS},
        "exclusions": _exclusions(project, by_labeler),
        "adjudications": _adjudications(rankings, cut_off),
        "deletions": _deletions(project, by_labeler, cut_off),
    }


def _bias(project: Project, cut_off: datetime) -> Facts | None:
    """By how many points what is shown earlier, longer or formatted wins more often; None: not looked at."""
    done = QualityReport.objects.filter(project=project, finished_at__isnull=False)
    report = done.filter(cut_off__lte=cut_off).order_by("-cut_off").first()
    if report is None or report.cut_off is None:
        return None
    found = {"shown_earlier": report.body["position"]["earlier"]}
    for effect in (report.body["style"] or {"effects": []})["effects"]:
        if effect["name"] != "shown_first":
            found[effect["name"]] = effect
    return {
        "at": report.cut_off.isoformat(),
        "judgments": report.judgments,
        "effects": {
            name: {
                "points": round(one.get("points", one.get("value")), DIGITS),
                "interval": [round(bound, DIGITS) for bound in one["interval"]],
                "pairs": one["pairs"],
            }
            for name, one in found.items()
            if one is not None
        },
    }


def _rounded(share: Facts) -> Facts:
    within = share["interval"]
    return {
        "items": share["items"],
        "pairs": share["pairs"],
        "share": None if share["share"] is None else round(share["share"], DIGITS),
        "interval": within and [round(bound, DIGITS) for bound in within],
    }


def _exclusions(project: Project, by_labeler: dict[UUID, int]) -> Facts:
    """How many labelers of the snapshot did not qualify, or have an alarm that nobody resolved; and how
    many rankings would go with them. Nobody was left out for it."""
    unqualified: set[UUID] = set()
    if project.pass_mark is not None:
        held = Membership.objects.filter(project=project, role=Role.LABELER, user__in=by_labeler)
        unqualified = set(
            held.filter(qualified_at=None, user__is_pseudonymous=False).values_list(
                "user_id", flat=True
            )
        )
    alarms = Alarm.objects.filter(project=project, labeler__in=by_labeler).exclude(
        state=Alarm.State.RESOLVED
    )
    rules: dict[UUID, set[str]] = {}
    for labeler, rule in alarms.values_list("labeler_id", "rule"):
        assert labeler is not None
        rules.setdefault(labeler, set()).add(rule)

    def dropped(people: set[UUID]) -> Facts:
        return {"labelers": len(people), "rankings": sum(by_labeler[one] for one in people)}

    counted = Counter(rule for held_by in rules.values() for rule in held_by)
    return {
        "rankings": sum(by_labeler.values()),
        "qualification": project.pass_mark is not None,
        "unqualified": dropped(unqualified),
        "alarmed": {**dropped(set(rules)), "rules": dict(sorted(counted.items()))},
        "either": dropped(unqualified | set(rules)),
    }


def _adjudications(rankings: QuerySet[Ranking], cut_off: datetime) -> Facts:
    """The newest decision about each item of the snapshot, by outcome."""
    until = Adjudication.objects.filter(created_at__lte=cut_off)
    newest = until.filter(item=OuterRef("item")).order_by("-number").values("pk")[:1]
    decided = until.filter(item__in=rankings.order_by().values("item"), pk=Subquery(newest))
    outcomes = dict(decided.order_by().values_list("outcome").annotate(n=Count("id")))
    return {"items": sum(outcomes.values()), "outcomes": dict(sorted(outcomes.items()))}


def _deletions(project: Project, by_labeler: dict[UUID, int], cut_off: datetime) -> Facts:
    """People who were deleted: with their judgments, which are out of it, or without, who are in it."""
    taken = Withdrawal.objects.filter(
        project=project,
        ranking__isnull=False,
        created_at__lte=cut_off,
        act__in=Erasure.objects.values("pk"),
    ).aggregate(people=Count("ranking__labeler", distinct=True), rankings=Count("id"))
    kept = Erasure.objects.filter(judgments=Erasure.Judgments.KEEP, person__in=by_labeler)
    return {"withdrawn": taken, "kept_under_pseudonym": kept.count()}
