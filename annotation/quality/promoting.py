"""Gold out of agreement, and telling a labeler afterwards what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.accounts.models import User
from annotation.labeling.models import ControlItem, ControlKind, GoldOrder, GoldTold, Item, Ranking
from annotation.labeling.selectors import shown_with, tiers_of
from annotation.labeling.services import create_gold
from annotation.lib import locks
from annotation.lib.errors import Conflict, Missing
from annotation.projects.models import Project
from annotation.quality import control
from annotation.quality.practice import compare, points_of


@dataclass(frozen=True)
class Promoted:
    """Gold items made, and the items of which none could be made any more."""

    made: list[UUID]
    refused: list[UUID]


def promote_candidates(
    *,
    actor: User,
    project: Project,
    items: Sequence[UUID],
    judgments: int,
    agreement: float,
    expires_at: datetime | None = None,
) -> Promoted:
    """Make gold of these candidates, with the consensus as it is now and the evidence beside it.

    An item that is no candidate any more (a judgment was taken back meanwhile) is refused and the
    others go on. Promoting one twice makes one gold item.
    """
    known = {
        one.item_id: one
        for one in control.candidates(project, judgments=judgments, agreement=agreement)
    }
    made: list[UUID] = []
    refused: list[UUID] = []
    for key in dict.fromkeys(items):
        one = known.get(key)
        if one is None:
            stored = ControlItem.objects.filter(project=project, item_id=key, kind=ControlKind.GOLD)
            (made if stored.exists() else refused).append(key)
            continue
        try:
            _promote(actor, project, one, expires_at)
        except Conflict:
            refused.append(key)
        else:
            made.append(key)
    return Promoted(made, refused)


def _promote(
    actor: User, project: Project, one: control.Candidate, expires_at: datetime | None
) -> None:
    item = Item.objects.get(pk=one.item_id)
    frozen = item.item_completions.order_by("position").values_list("completion_id", flat=True)
    index = {key: number for number, key in enumerate(frozen)}
    expected = [[index[key] for key in tier] for tier in one.tiers]
    missing = [number for key, number in index.items() if key not in set(sum(one.tiers, []))]
    if missing:
        raise Conflict("not_told_apart", "Nobody placed all of its answers.")
    create_gold(
        actor=actor,
        project=project,
        content=item,
        expected=expected,
        expires_at=expires_at,
        given=ControlItem.Given.CONSENSUS,
        evidence={
            "judgments": one.judgments,
            "pairs": one.pairs,
            "agreement": round(one.agreement, 4),
        },
    )


@transaction.atomic
def tell_gold(*, labeler: User, client_uuid: UUID) -> dict[str, Any] | None:
    """What was expected of the gold item that this judgment is about; None for all other work, and
    where the project doesn't tell. From then on this judgment is the one that is scored.
    """
    ranking = Ranking.objects.filter(client_uuid=client_uuid, labeler=labeler).first()
    if ranking is None:
        raise Missing
    if ranking.item.control != ControlKind.GOLD or ranking.state != Ranking.State.COUNTED:
        return None
    told = GoldTold.objects.filter(item_id=ranking.item_id).select_related("order").first()
    if told is None:
        if not control.settings_of(ranking.project).tell_gold:
            return None
        locks.hold("told", ranking.item_id)
        of = GoldOrder.objects.filter(control_item__item__control_copies=ranking.item)
        order = of.order_by("-number")[0]
        told, _ = GoldTold.objects.get_or_create(
            item_id=ranking.item_id, defaults={"ranking": ranking, "order": order}
        )
    given = tiers_of(list(ranking.placements.all()))
    pairs = compare(told.order.tiers, given)
    return {
        "item_id": ranking.item_id,
        **shown_with(ranking),
        "given": given,
        "expected": told.order.tiers,
        "pairs": [{"better": one.better, "worse": one.worse, "said": one.said} for one in pairs],
        "agreement": points_of(pairs) / len(pairs),
        "explanation": told.order.explanation,
    }
