"""What control items tell: how near each labeler comes to gold, to themselves, and past the traps.

One rule for an answer to gold: the share of the strict pairs of the expected order that were ordered
alike, a tie counting half (`practice.compare`). A labeler who was told what was expected is scored by
the judgment they had handed in before.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet

from annotation.accounts.models import User
from annotation.labeling.models import (
    ControlItem,
    ControlKind,
    ControlSettings,
    GoldOrder,
    GoldTold,
    Item,
    ItemCompletion,
    Placement,
    Ranking,
)
from annotation.labeling.selectors import tiers_of
from annotation.projects.models import Project
from annotation.quality.practice import compare, points_of
from annotation.quality.selectors import interval

REPEATS_FOR_INTERVAL = 30
CANDIDATES_AT_MOST = 200
FAILED_AT_MOST = 100
GOLD_LOOKED_AT = 2000

# How often each side of a pair was preferred, for items that enough people judged.
VOTES = """
WITH enough AS (
  SELECT i.id FROM (
    -- By the index of what several people judged; the newest, however many there are.
    SELECT id, kind, counted FROM labeling_item
     WHERE project_id = %(project)s AND control = '' AND state = 'done' AND counted >= 2
     ORDER BY project_id, id DESC LIMIT 20000) i
   WHERE i.kind <> 'demonstration' AND i.counted >= %(judgments)s
     AND NOT EXISTS (SELECT 1 FROM labeling_controlitem c
                      WHERE c.item_id = i.id OR (c.source_id = i.id AND c.kind = 'gold'))
     AND NOT EXISTS (SELECT 1 FROM labeling_slot s WHERE s.item_id = i.id AND s.is_private)
   ORDER BY i.id DESC LIMIT 2000
)
SELECT c.item_id, c.chosen_id, c.rejected_id, count(*) FILTER (WHERE NOT c.is_tie),
       count(DISTINCT c.labeler_id)
  FROM comparison c JOIN enough ON enough.id = c.item_id
 GROUP BY c.item_id, c.chosen_id, c.rejected_id
"""


@dataclass
class Share:
    """Points out of pairs, by item: pairs of one item are not independent."""

    by_item: list[tuple[float, int]] = field(default_factory=list)

    def add(self, points: float, pairs: int) -> None:
        if pairs:
            self.by_item.append((points, pairs))

    @property
    def pairs(self) -> int:
        return sum(pairs for _, pairs in self.by_item)

    @property
    def points(self) -> float:
        return sum(points for points, _ in self.by_item)

    @property
    def share(self) -> float | None:
        return self.points / self.pairs if self.pairs else None

    def told(self, at_least: int = 1) -> dict[str, Any]:
        """For an answer; the interval (95 %, items as clusters) from so many items on."""
        within = None
        if len(self.by_item) >= at_least:
            within = interval([(float(pairs), points) for points, pairs in self.by_item])
        return {
            "items": len(self.by_item),
            "pairs": self.pairs,
            "share": self.share,
            "interval": within,
        }


@dataclass
class Results:
    """What one labeler, or all of them, did with control items."""

    gold: Share = field(default_factory=Share)
    repeats: Share = field(default_factory=Share)
    repeat_ties: int = 0
    traps: Share = field(default_factory=Share)

    def told(self) -> dict[str, Any]:
        return {
            "gold": self.gold.told(),
            "repeats": self.repeats.told(at_least=REPEATS_FOR_INTERVAL),
            "repeat_ties": self.repeat_ties,
            "traps": self.traps.told(),
        }


def results(project: Project, labeler: User | None = None) -> dict[str, Any]:
    """Results of the project, and of each of its labelers that met a control item."""
    copies = Item.objects.filter(project=project, control_of__isnull=False)
    if labeler is not None:
        copies = copies.filter(control_for=labeler)
    everybody, people = Results(), defaultdict[UUID, Results](Results)
    _add_gold(copies, everybody, people)
    _add_traps(copies, everybody, people)
    _add_repeats(copies, everybody, people)
    names = User.objects.in_bulk(list(people))
    rows = [
        {"user_id": key, "name": names[key].display_name or names[key].username, **one.told()}
        for key, one in people.items()
    ]
    return {**everybody.told(), "labelers": sorted(rows, key=lambda row: row["name"].lower())}


def gold_by_labeler(project: Project) -> dict[UUID, Share]:
    """How near each labeler came to the project's gold; who met none is left out."""
    people = defaultdict[UUID, Results](Results)
    _add_gold(Item.objects.filter(project=project, control_of__isnull=False), Results(), people)
    return {key: one.gold for key, one in people.items() if one.gold.pairs}


@dataclass(frozen=True)
class GoldAnswer:
    """What a labeler said of a gold item, beside what was expected."""

    answer: Ranking
    gold_item: Item
    order: GoldOrder
    points: float
    pairs: int


def failed_gold(
    project: Project, below: float, labeler: UUID | None = None, most: int = FAILED_AT_MOST
) -> list[GoldAnswer]:
    """The newest answers to gold of which less than this share is as expected; looks at 2,000."""
    copies = Item.objects.filter(
        project=project, control=ControlKind.GOLD, control_of__isnull=False
    )
    if labeler is not None:
        copies = copies.filter(control_for=labeler)
    newest = dict(copies.order_by("-id").values_list("id", "control_of_id")[:GOLD_LOOKED_AT])
    orders = current_orders(ControlItem.objects.filter(item_id__in=set(newest.values())))
    failed = []
    for key, answer in _answers(newest).items():
        points, pairs = score(answer, orders[newest[key]])
        if points < below * pairs:
            failed.append((answer, newest[key], points, pairs))
    failed.sort(key=lambda one: one[0].pk, reverse=True)
    frozen = Prefetch("item_completions", ItemCompletion.objects.order_by("position"))
    shown = Item.objects.filter(pk__in={one[1] for one in failed[:most]})
    gold = {one.pk: one for one in shown.select_related("prompt").prefetch_related(frozen)}
    return [
        GoldAnswer(answer, gold[key], orders[key], points, pairs)
        for answer, key, points, pairs in failed[:most]
        if key is not None
    ]


def _answers(items: Iterable[UUID]) -> dict[UUID, Ranking]:
    """The judgment of each copy that is looked at: what was said before being told, else what stands."""
    found = (
        Ranking.objects.filter(item_id__in=list(items))
        .select_related("labeler")
        .prefetch_related("placements", "direct_comparisons")
    )
    told = set(GoldTold.objects.filter(ranking__in=found).values_list("ranking_id", flat=True))
    answers: dict[UUID, Ranking] = {}
    for one in found:
        if one.pk in told or (one.state == "counted" and one.item_id not in answers):
            answers[one.item_id] = one
    return answers


def _add_gold(copies: QuerySet[Item], everybody: Results, people: dict[UUID, Results]) -> None:
    gold = dict(copies.filter(control=ControlKind.GOLD).values_list("id", "control_of_id"))
    orders = current_orders(ControlItem.objects.filter(item_id__in=set(gold.values())))
    for key, answer in _answers(gold).items():
        points, pairs = score(answer, orders[gold[key]])
        for one in (everybody, people[answer.labeler_id]):
            one.gold.add(points, pairs)


def score(answer: Ranking, order: GoldOrder) -> tuple[float, int]:
    """Points and strict pairs of an answer to a gold item."""
    pairs = compare(order.tiers, tiers_of(list(answer.placements.all())))
    return points_of(pairs), len(pairs)


def current_orders(items: QuerySet[ControlItem]) -> dict[UUID | None, GoldOrder]:
    """The newest expected order of each gold item, by the key of its item."""
    found = GoldOrder.objects.filter(control_item__in=items).order_by("number")
    return {one.control_item.item_id: one for one in found.select_related("control_item")}


def _add_traps(copies: QuerySet[Item], everybody: Results, people: dict[UUID, Results]) -> None:
    traps = dict(
        copies.filter(control=ControlKind.TRAP).values_list(
            "id", "control_of__control_item__trap_id"
        )
    )
    for key, answer in _answers(traps).items():
        passed = not is_best(traps[key], list(answer.placements.all()))
        for one in (everybody, people[answer.labeler_id]):
            one.traps.add(float(passed), 1)


def is_best(completion: UUID, placements: list[Placement]) -> bool:
    """Whether it stands in the first tier, alone or not."""
    best = min((one.tier for one in placements if one.tier is not None), default=None)
    return any(
        one.completion_id == completion and one.tier is not None and one.tier == best
        for one in placements
    )


def _add_repeats(copies: QuerySet[Item], everybody: Results, people: dict[UUID, Results]) -> None:
    repeats = list(copies.filter(control=ControlKind.REPEAT))
    again = _answers([one.pk for one in repeats])
    before = Ranking.objects.filter(
        item__in=[one.control_of_id for one in repeats], state="counted"
    ).prefetch_related("placements")
    first = {(one.item_id, one.labeler_id): one for one in before}
    for copy in repeats:
        second = again.get(copy.pk)
        earlier = first.get((copy.control_of_id, copy.control_for_id))  # type: ignore[arg-type]
        if second is None or earlier is None:
            continue
        agreeing, pairs, ties = self_agreement(
            list(earlier.placements.all()), list(second.placements.all())
        )
        for one in (everybody, people[second.labeler_id]):
            one.repeats.add(agreeing, pairs)
            one.repeat_ties += ties


def self_agreement(first: list[Placement], second: list[Placement]) -> tuple[int, int, int]:
    """Pairs told apart both times and alike, pairs told apart both times, pairs tied at least once."""
    one = {each.completion_id: each.tier for each in first if each.tier is not None}
    other = {each.completion_id: each.tier for each in second if each.tier is not None}
    agreeing = pairs = ties = 0
    for a, b in combinations(sorted(set(one) & set(other)), 2):
        if one[a] == one[b] or other[a] == other[b]:
            ties += 1
            continue
        pairs += 1
        agreeing += (one[a] < one[b]) == (other[a] < other[b])
    return agreeing, pairs, ties


def control_items(project: Project, kind: str | None = None) -> QuerySet[ControlItem]:
    """Gold items and traps, newest first, with how many labelers got one."""
    found = ControlItem.objects.filter(project=project).annotate(
        handed=Count("item__control_copies"),
        judged=Count("item__control_copies", filter=Q(item__control_copies__counted__gt=0)),
    )
    if kind is not None:
        found = found.filter(kind=kind)
    frozen = Prefetch(
        "item__item_completions",
        ItemCompletion.objects.select_related("completion").order_by("position"),
    )
    orders = Prefetch("orders", GoldOrder.objects.order_by("-number"))
    return found.select_related("item__prompt", "created_by").prefetch_related(frozen, orders)


def settings_of(project: Project) -> ControlSettings:
    """The stored settings, or those that hold as long as nobody stored any."""
    return ControlSettings.objects.filter(project=project).first() or ControlSettings(
        project=project
    )


@dataclass(frozen=True)
class Candidate:
    """An item on which enough people agree enough to make gold of it."""

    item_id: UUID
    judgments: int
    pairs: int
    agreement: float
    tiers: list[list[UUID]]
    """The consensus: by wins less losses over all pairs (Copeland's count of single votes)."""


def candidates(project: Project, *, judgments: int, agreement: float) -> list[Candidate]:
    """Items with at least so many judgments on whose pairs labelers agree at least so much."""
    with connection.cursor() as cursor:
        cursor.execute(VOTES, {"project": project.pk, "judgments": judgments})
        rows = cursor.fetchall()
    wins: dict[UUID, dict[tuple[UUID, UUID], int]] = defaultdict(dict)
    for item, chosen, rejected, count, _ in rows:
        wins[item][(chosen, rejected)] = count
    counted = dict(Item.objects.filter(pk__in=list(wins)).values_list("id", "counted"))
    found = [
        one
        for item, votes in wins.items()
        if (one := candidate(item, counted[item], votes)) is not None and one.agreement >= agreement
    ]
    found.sort(key=lambda one: (-one.agreement, -one.judgments, str(one.item_id)))
    return found[:CANDIDATES_AT_MOST]


def candidate(item: UUID, judgments: int, votes: dict[tuple[UUID, UUID], int]) -> Candidate | None:
    """The consensus of an item from the votes for each ordered pair; None where it tells nothing apart."""
    balance: dict[UUID, int] = defaultdict(int)
    same = compared = 0
    for one, other in {tuple(sorted(pair)) for pair in votes}:
        first, second = votes.get((one, other), 0), votes.get((other, one), 0)
        balance[one] += first - second
        balance[other] += second - first
        total = first + second
        compared += total * (total - 1) // 2
        same += (first * (first - 1) + second * (second - 1)) // 2
    levels = sorted(set(balance.values()), reverse=True)
    if not compared or len(levels) < 2:
        return None
    tiers = [sorted(one for one in balance if balance[one] == level) for level in levels]
    return Candidate(item, judgments, compared, same / compared, tiers)
