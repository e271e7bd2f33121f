"""Reads around live chat. What a labeler gets names no policy, no plan, no seed and no moment of
arrival of a single reply.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from annotation.accounts.models import User
from annotation.corpus.models import Completion, PromptSet, SamplingPlan
from annotation.corpus.texts import preview
from annotation.labeling import selectors
from annotation.labeling.models import (
    ChatSettings,
    ChatTurn,
    Conversation,
    Presentation,
    Ranking,
    Slot,
)
from annotation.lib import json
from annotation.projects.models import Membership, Project, Role
from annotation.registry.models import ModelVersion

AROUND_DRAFTS = (
    json.MAX_DEPTH + 2
)  # a draft may be as deep as a request, an assignment is around it
RANKABLE, RANKED, SINGLE, PASSED = "ready", "ranked", "single", "passed"


@dataclass(frozen=True)
class Standing:
    """How far a turn has come for its labeler, with its replies in the order shown."""

    state: str
    replies: list[Completion]
    slot: Slot | None = None
    ranking: Ranking | None = None

    @property
    def may_continue(self) -> bool:
        return self.state in (RANKED, SINGLE, PASSED)


def settings_of(project: Project) -> ChatSettings:
    """The stored settings, or those that hold as long as nobody stored any."""
    return ChatSettings.objects.filter(project=project).first() or ChatSettings(project=project)


def is_open(settings: ChatSettings) -> bool:
    """Whether somebody could say something now."""
    version = settings.policy_version
    return bool(
        settings.enabled
        and settings.project.state == Project.State.ACTIVE
        and version is not None
        and version.status != ModelVersion.Status.RETIRED
    )


def must_qualify(labeler: User, project: Project) -> bool:
    """Whether the project asks this labeler to qualify before anything they say counts."""
    return (
        project.pass_mark is not None
        and not Membership.objects.filter(
            user=labeler, project=project, role=Role.LABELER, qualified_at__isnull=False
        ).exists()
    )


def open_chats(labeler: User) -> list[UUID]:
    """The projects in which this labeler may chat."""
    mine = Membership.objects.filter(
        Q(project__pass_mark=None) | Q(qualified_at__isnull=False),
        user=labeler,
        role=Role.LABELER,
    )
    found = ChatSettings.objects.filter(
        enabled=True, project__state=Project.State.ACTIVE, project__in=mine.values("project")
    ).exclude(policy_version__status=ModelVersion.Status.RETIRED)
    return list(found.order_by("project_id").values_list("project_id", flat=True))


def conversations_of(labeler: User, project: Project) -> QuerySet[Conversation]:
    """One's own conversations, each with how it opened and how many turns it has."""
    turns = ChatTurn.objects.filter(conversation=OuterRef("pk")).order_by("number")
    return Conversation.objects.filter(labeler=labeler, project=project).annotate(
        opening=Subquery(turns.values("text")[:1]),
        turn_count=Subquery(turns.order_by("-number").values("number")[:1]),
    )


def conversation_left(settings: ChatSettings, labeler: User) -> int:
    """How many conversations the labeler may still start."""
    started = Conversation.objects.filter(labeler=labeler, project=settings.project).count()
    return max(0, settings.most_conversations - started)


def title_of(text: str | None) -> str:
    """The beginning of the first message, on one line."""
    return preview([{"role": "user", "content": text}]) if text else ""


def turns_of(conversation: Conversation) -> list[ChatTurn]:
    """All turns, first first."""
    found = ChatTurn.objects.filter(conversation=conversation).select_related("prompt", "reply")
    return list(found.order_by("number"))


def standing_of(turn: ChatTurn) -> Standing:
    """Where a turn stands now."""
    return standings_of([turn])[0]


def standings_of(turns: Sequence[ChatTurn]) -> list[Standing]:
    """Where each turn stands now. Ranked or not is told by the slot, so undoing needs no second write.

    A conversation is read every few seconds while replies are on their way, so the number of queries
    does not grow with its turns.
    """
    items = [turn.item_id for turn in turns if turn.item_id is not None]
    slots = {slot.item_id: slot for slot in Slot.objects.filter(item__in=items)}
    keys = [slot.pk for slot in slots.values()]
    last = Presentation.objects.filter(slot__in=keys).order_by("created_at", "id")
    orders: dict[UUID, list[UUID]] = {one.slot_id: one.order for one in last}
    texts = Completion.objects.in_bulk([key for order in orders.values() for key in order])
    counted = Ranking.objects.filter(slot__in=keys, state=Ranking.State.COUNTED)
    rankings = {one.slot_id: one for one in counted.prefetch_related("placements")}

    def standing(turn: ChatTurn) -> Standing:
        if turn.state != ChatTurn.State.READY:
            return Standing(turn.state, [])
        if turn.item_id is None:
            assert turn.reply is not None
            return Standing(SINGLE, [turn.reply])
        slot = slots[turn.item_id]
        replies = [texts[key] for key in orders[slot.pk]]
        if slot.state == Slot.State.LEASED:
            return Standing(RANKABLE, replies, slot)
        if slot.state != Slot.State.DONE:
            return Standing(PASSED, replies, slot)
        return Standing(RANKED, replies, slot, rankings.get(slot.pk))

    return [standing(turn) for turn in turns]


def shown_turns(conversation: Conversation) -> list[dict[str, Any]]:
    """All turns as their labeler sees them."""
    turns = turns_of(conversation)
    continued = {turn.continues_id for turn in turns}
    standings = standings_of(turns)
    return [_shown(turn, one, continued) for turn, one in zip(turns, standings, strict=True)]


def _shown(
    turn: ChatTurn, standing: Standing, continued: Collection[UUID | None]
) -> dict[str, Any]:
    """One turn; what was reported is gone from it, unless the dialogue went on with it."""
    assignment, tiers = None, None
    if standing.state == RANKABLE and standing.slot is not None:
        text = selectors.assignment(standing.slot.pk)
        assignment = json.loads(text, max_depth=AROUND_DRAFTS) if text else None
    if standing.ranking is not None:
        tiers = selectors.tiers_of(list(standing.ranking.placements.all()))
    return {
        "number": turn.number,
        "client_uuid": turn.client_uuid,
        "text": turn.text,
        "state": standing.state,
        "asked_at": turn.created_at,
        "error_code": turn.error_code if turn.state == ChatTurn.State.FAILED else "",
        "continues": turn.continues_id,
        # before the ranking is in they are in the assignment, where ranking begins
        "replies": [
            {"id": one.id, "text": one.shown}
            for one in standing.replies
            if standing.may_continue and (one.withdrawn_at is None or one.id in continued)
        ],
        "tiers": tiers,
        "assignment": assignment,
    }


def is_of_chat(prompt_set: PromptSet) -> bool:
    """Whether a set holds what people said in a live chat, which is nobody else's to read."""
    return ChatSettings.objects.filter(prompt_set=prompt_set).exists()


def plan_of(project: Project, plan_id: UUID) -> SamplingPlan | None:
    return SamplingPlan.objects.filter(project=project, id=plan_id).first()


def policy_of(project: Project, version_id: UUID) -> ModelVersion | None:
    """A policy of the project that is in use."""
    return (
        ModelVersion.objects.filter(project=project, id=version_id, kind=ModelVersion.Kind.POLICY)
        .exclude(status=ModelVersion.Status.RETIRED)
        .first()
    )
