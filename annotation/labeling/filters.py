"""Which judgments are meant: one set of conditions for looking, for freezing and for exporting.

A filter is a flat object of simple values, so that it fits into an address, a saved view and the
settings of a run alike. `near` conditions are answered by an index; all others are looked up for one
judgment after the other, so readers bound how many they look through.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from annotation.labeling.models import Demonstration, Item, ItemCompletion, Placement, Ranking
from annotation.projects.models import Mode

_UUID = {"type": "string", "format": "uuid", "maxLength": 36}
_TIME = {"type": "string", "format": "date-time", "maxLength": 40}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "prompt_set": _UUID,
        "language": {"type": "string", "maxLength": 20},
        "tag": {"type": "string", "maxLength": 40},
        "labeler": _UUID,
        "since": _TIME,
        "until": _TIME,
        "guideline": {"type": "integer", "minimum": 1},
        "mode": {"enum": list(Mode.values)},
        "k": {"type": "integer", "minimum": 2, "maximum": 256},
        "ties": {"type": "boolean"},
        "cut": {"type": "boolean"},
        "flagged": {"type": "boolean"},
        "noted": {"type": "boolean"},
        "policy_version": _UUID,
        "q": {"type": "string", "maxLength": 200},
    },
}
"""The JSON schema of a filter, for settings of runs."""


@dataclass(frozen=True)
class Filter:
    """What is not given says nothing. `until` itself is no longer meant."""

    prompt_set: UUID | None = None
    language: str | None = None
    tag: str | None = None
    labeler: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    guideline: int | None = None
    mode: str | None = None
    k: int | None = None
    ties: bool | None = None
    cut: bool | None = None
    flagged: bool | None = None
    noted: bool | None = None
    policy_version: UUID | None = None
    q: str | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Filter:
        """From JSON values that fit SCHEMA."""
        given = {name: value for name, value in values.items() if value is not None}
        for name in ("prompt_set", "labeler", "policy_version"):
            if name in given and not isinstance(given[name], UUID):
                given[name] = UUID(given[name])
        for name in ("since", "until"):
            if isinstance(given.get(name), str):
                given[name] = datetime.fromisoformat(given[name])
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """The conditions that are given, as JSON values."""
        return {
            name: value if isinstance(value, bool | int) else _text(value)
            for name, value in asdict(self).items()
            if value is not None
        }

    @property
    def names(self) -> set[str]:
        """The conditions that are given."""
        return {one.name for one in fields(self) if getattr(self, one.name) is not None}

    @property
    def is_near(self) -> bool:
        """Whether an index answers all of it."""
        return self.names <= {"prompt_set", "labeler", "since", "until"}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def near(chosen: Filter, prompt: str = "item__prompt") -> Q:
    """The conditions that an index answers, on rankings or demonstrations."""
    found = Q()
    if chosen.prompt_set is not None:
        found &= Q(**{f"{prompt}__prompt_set_id": chosen.prompt_set})
    if chosen.labeler is not None:
        found &= Q(labeler_id=chosen.labeler)
    if chosen.since is not None:
        found &= Q(created_at__gte=chosen.since)
    if chosen.until is not None:
        found &= Q(created_at__lt=chosen.until)
    return found


def rankings(rows: QuerySet[Ranking], chosen: Filter) -> QuerySet[Ranking]:
    """The rankings that meet the conditions that no index answers."""
    if chosen.language is not None:
        rows = rows.filter(item__prompt__language=chosen.language)
    if chosen.tag is not None:
        rows = rows.filter(item__prompt__tags__contains=[chosen.tag])
    if chosen.guideline is not None:
        rows = rows.filter(guideline_version__number=chosen.guideline)
    if chosen.mode is not None:
        rows = rows.filter(mode=chosen.mode)
    if chosen.cut is not None:
        rows = rows.filter(unacceptable_below__isnull=not chosen.cut)
    placed = Placement.objects.filter(ranking=OuterRef("pk"))
    if chosen.k is not None:
        rows = rows.filter(
            Exists(placed.filter(shown_at=chosen.k)), ~Exists(placed.filter(shown_at=chosen.k + 1))
        )
    if chosen.ties is not None:
        tied = placed.filter(tier__isnull=False).order_by().values("tier")
        rows = _whether(rows, chosen.ties, Exists(tied.annotate(n=Count("pk")).filter(n__gt=1)))
    if chosen.flagged is not None:
        rows = _whether(rows, chosen.flagged, Exists(placed.filter(flags__len__gt=0)))
    if chosen.noted is not None:
        rows = _whether(rows, chosen.noted, ~Q(note="") | _asked_singly(placed.exclude(note="")))
    if chosen.policy_version is not None:
        rows = rows.filter(_of_policy(chosen.policy_version, OuterRef("item_id")))
    if chosen.q is not None:
        answers = ItemCompletion.objects.filter(
            item=OuterRef("item_id"), completion__text__icontains=chosen.q
        )
        rows = rows.alias(asked=Cast("item__prompt__messages", TextField())).filter(
            Q(asked__icontains=chosen.q) | Q(note__icontains=chosen.q) | _asked_singly(answers)
        )
    return rows


ONLY_OF_RANKINGS = frozenset({"mode", "k", "ties", "cut", "flagged", "policy_version"})


def demonstrations(rows: QuerySet[Demonstration], chosen: Filter) -> QuerySet[Demonstration]:
    """The demonstrations that meet the conditions; none where one speaks of an order."""
    if chosen.names & ONLY_OF_RANKINGS:
        return rows.none()
    if chosen.language is not None:
        rows = rows.filter(prompt__language=chosen.language)
    if chosen.tag is not None:
        rows = rows.filter(prompt__tags__contains=[chosen.tag])
    if chosen.guideline is not None:
        rows = rows.filter(guideline_version__number=chosen.guideline)
    if chosen.noted is not None:
        rows = rows.exclude(note="") if chosen.noted else rows.filter(note="")
    if chosen.q is not None:
        rows = rows.alias(asked=Cast("prompt__messages", TextField())).filter(
            Q(asked__icontains=chosen.q) | Q(text__icontains=chosen.q) | Q(note__icontains=chosen.q)
        )
    return rows


def items(rows: QuerySet[Item], chosen: Filter) -> QuerySet[Item]:
    """The items that meet the conditions; those on judgments mean: with such a counted ranking."""
    if chosen.language is not None:
        rows = rows.filter(prompt__language=chosen.language)
    if chosen.tag is not None:
        rows = rows.filter(prompt__tags__contains=[chosen.tag])
    frozen = ItemCompletion.objects.filter(item=OuterRef("pk"))
    if chosen.k is not None:
        rows = rows.filter(
            Exists(frozen.filter(position=chosen.k)), ~Exists(frozen.filter(position=chosen.k + 1))
        )
    if chosen.policy_version is not None:
        rows = rows.filter(_of_policy(chosen.policy_version, OuterRef("pk")))
    if chosen.q is not None:
        rows = rows.alias(asked=Cast("prompt__messages", TextField())).filter(
            Q(asked__icontains=chosen.q)
            | _asked_singly(frozen.filter(completion__text__icontains=chosen.q))
        )
    of_judgments = chosen.names - {"prompt_set", "language", "tag", "k", "policy_version", "q"}
    of_judgments -= {"since", "until"}
    if of_judgments:
        wanted = Filter(**{name: getattr(chosen, name) for name in of_judgments})
        judged = Ranking.objects.filter(near(wanted), item=OuterRef("pk"), state="counted")
        rows = rows.filter(Exists(rankings(judged, wanted)))
    return rows


def _whether(rows: QuerySet[Ranking], wanted: bool, condition: Any) -> QuerySet[Ranking]:
    return rows.filter(condition) if wanted else rows.exclude(condition)


def _asked_singly(rows: QuerySet[Any]) -> Coalesce:
    """Whether there are such rows. For conditions beside an OR, where PostgreSQL would answer EXISTS by one
    look through a whole table of answers."""
    found = Subquery(rows.values(found=Value(True))[:1], output_field=BooleanField())
    return Coalesce(found, Value(False))


def _of_policy(version: UUID, item: OuterRef) -> Exists:
    return Exists(ItemCompletion.objects.filter(item=item, completion__policy_version=version))
