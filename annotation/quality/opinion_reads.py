"""Reads around further opinions: what is known of the labelers, and what was bought and why."""

from collections import defaultdict
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from annotation.labeling.models import Item, Ranking
from annotation.labeling.selectors import tiers_of
from annotation.projects.models import Project
from annotation.quality.control import gold_by_labeler
from annotation.quality.overlap import Accuracies, Opinion
from annotation.quality.overlap_models import BoughtOpinion, OverlapDue, OverlapSettings

LEARNT_FROM = 2000
REMEMBERED_S = 300.0

_remembered: dict[UUID, tuple[float, Accuracies]] = {}


def settings_of(project: Project) -> OverlapSettings:
    """The stored settings, or those that hold as long as nobody stored any."""
    return OverlapSettings.objects.filter(project=project).first() or OverlapSettings(
        project=project
    )


def opinion_of(ranking: Ranking) -> Opinion:
    """What the rule sees of a judgment."""
    return Opinion(str(ranking.labeler_id), tiers_of(list(ranking.placements.all())))


def accuracies_of(project: Project) -> Accuracies:
    """From the newest items that several people judged, and from gold; remembered for five minutes."""
    known = _remembered.get(project.pk)
    if known is not None and monotonic() - known[0] < REMEMBERED_S:
        return known[1]
    found = Accuracies(
        gold={
            str(key): (one.points, float(one.pairs))
            for key, one in gold_by_labeler(project).items()
        }
    )
    twice = Item.objects.filter(project=project, control="", counted__gt=1).order_by("-id")
    said: dict[UUID, list[Opinion]] = defaultdict(list)
    rankings = Ranking.objects.filter(
        item_id__in=list(twice.values_list("id", flat=True)[:LEARNT_FROM]),
        state=Ranking.State.COUNTED,
    )
    for one in rankings.prefetch_related("placements").order_by("id"):
        said[one.item_id].append(opinion_of(one))
    for opinions in said.values():
        found.learn(opinions)
    _remembered[project.pk] = (monotonic(), found)
    return found


def opinions(
    project: Project, reason: str | None = None, item: UUID | None = None
) -> QuerySet[BoughtOpinion]:
    """What was bought, newest first."""
    wanted = {"reason": reason, "item": item}
    found = BoughtOpinion.objects.filter(
        project=project, **{name: value for name, value in wanted.items() if value is not None}
    )
    return found.select_related("item__prompt").order_by("-id")


def overlap_of(project: Project) -> dict[str, Any]:
    """The settings, how much was bought by them, and what was learnt of the labelers."""
    chosen = settings_of(project)
    bought = BoughtOpinion.objects.filter(project=project)
    learnt = accuracies_of(project)
    reasons = bought.values("reason").annotate(opinions=Count("id")).order_by("reason")
    return {
        "mode": chosen.mode,
        "most": chosen.most,
        "risk": chosen.risk,
        "audit_percent": chosen.audit_percent,
        "budget": chosen.budget,
        "group": chosen.group_id,
        "first": project.judgments_per_item,
        "bought": sum(row["opinions"] for row in reasons),
        "waiting": bought.filter(item__state=Item.State.OPEN).values("item").distinct().count(),
        "due": OverlapDue.objects.filter(project=project).count(),
        "reasons": list(reasons),
        "pairs_twice": int(learnt.pairs),
        "agreement": learnt.agreement,
        "accuracy": learnt.usual,
    }
