"""Judgments of given orders, made by labelers at the HTTP API."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from annotation.accounts.models import User
from annotation.labeling.models import Item, Ranking
from annotation.projects.models import Membership, Project
from annotation.quality.review import figures
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.cast import Cast


def judge(user: User, project: Project, order: str, **more: Any) -> Ranking:
    """Claim the next item and rank it: "ab|c" puts the first two answers above the third."""
    at_work = Labeling(user, project)
    work = at_work.work()
    frozen = Item.objects.get(pk=work["item"]["id"]).item_completions.order_by("position")
    keys = [str(row.completion_id) for row in frozen]
    tiers = [[keys["abcdefghi".index(one)] for one in tier] for tier in order.split("|")]
    placed = {one for tier in tiers for one in tier}
    rest = [key for key in keys if key not in placed]
    client = uuid4()
    answer = at_work.submit(work, client, tiers=tiers, cannot_judge=rest, **more)
    assert answer.status_code == 201, answer.content
    return Ranking.objects.get(client_uuid=client)


def twice(cast: Cast, first: str, second: str, **more: Any) -> tuple[Item, Ranking, Ranking]:
    """An item of three answers that both labelers judged."""
    item = ranking_item(cast.project, k=3, needed=2, priority=9)
    one = judge(cast.labeler, cast.project, first, **more)
    two = judge(cast.second_labeler, cast.project, second, **more)
    figures.refresh_all()
    return item, one, two


def third_labeler(project: Project, name: str = "third") -> User:
    user = User.objects.create(username=name, display_name=name.title())
    Membership.objects.create(project=project, user=user, role="labeler")
    return user


def frozen_keys(item: Item) -> list[UUID]:
    rows = item.item_completions.order_by("position")
    return list(rows.values_list("completion_id", flat=True))


def picture(project: Project) -> list[tuple[Any, ...]]:
    """Everything that counting rests on, to be compared before and after."""
    items = Item.objects.filter(project=project).order_by("id")
    return [
        (
            *(item.pk, item.state, item.counted, item.needed),
            *(tuple(row) for row in item.slots.order_by("number").values_list(
                "number", "state", "labeler_id")),
            *(tuple(row) for row in item.rankings.order_by("id").values_list("id", "state")),
        )
        for item in items
    ]  # fmt: skip
