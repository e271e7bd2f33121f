"""Live chat, seen from the labeler: start, say something, ask again, end; and the project's settings.

Every act of a labeler is repeatable by its client_uuid. What is written becomes a prompt of the
project's chat prompt set; the replies come from a worker (see `replying`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.services import create_prompt_set, lock_corpus, refuse_the_other_side
from annotation.corpus.texts import Message, hash_of, prompt_hash
from annotation.labeling import chat_selectors as looking
from annotation.labeling.models import ChatSettings, ChatTurn, Conversation, Item, Slot
from annotation.labeling.services import replying
from annotation.labeling.services.handing_out import lock_labeler
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid, Refused
from annotation.lib.statements import retrying
from annotation.projects.models import Project
from annotation.registry import serving

PROMPT_SET_NAME = "Live chat"
SETTINGS = ("enabled", "replies", "most_turns", "most_conversations")


@transaction.atomic
def change_chat_settings(
    *,
    actor: User,
    project: Project,
    enabled: bool,
    policy_version: UUID | None,
    plan: UUID | None,
    replies: int,
    most_turns: int,
    most_conversations: int,
) -> ChatSettings:
    """Store how the project's labelers chat. Raises Invalid naming the field that does not fit."""
    locks.hold("chat settings", project.pk)
    stored = looking.settings_of(project)
    before = _told(stored) if ChatSettings.objects.filter(project=project).exists() else None
    stored.policy_version = looking.policy_of(project, policy_version) if policy_version else None
    stored.plan = looking.plan_of(project, plan) if plan else None
    if stored.policy_version is None and (policy_version or enabled):
        raise Invalid(("policy_version", "unknown", "Choose a policy of this project in use."))
    if stored.plan is None and (plan or enabled):
        raise Invalid(("plan", "unknown", "Choose a sampling plan of this project."))
    stored.enabled, stored.replies = enabled, replies
    stored.most_turns, stored.most_conversations = most_turns, most_conversations
    if stored.plan is not None:
        _check_plan(stored.plan, replies)
    if enabled and stored.plan is not None and stored.policy_version is not None:
        fields = {"field": "policy_version", "plan_field": "plan"}
        if faults := serving.problems(stored.policy_version, vars(stored.plan), **fields):
            raise Invalid(*faults)
    if enabled and stored.prompt_set is None:
        stored.prompt_set = create_prompt_set(
            actor=actor, project=project, name=PROMPT_SET_NAME, purpose=PromptSet.Purpose.REWARD
        )
    stored.save()
    after = _told(stored)
    if after != before:
        record(
            actor=actor,
            action="chat_settings.changed",
            thing=stored,
            project_id=project.pk,
            before=before,
            after=after,
        )
    return stored


def start_conversation(
    *, labeler: User, project: Project, client_uuid: UUID
) -> tuple[Conversation, bool]:
    """A conversation, and whether it is new.

    Raises Conflict (`chat_closed`, `not_qualified`, `no_conversations_left`).
    """
    return retrying(lambda: _start(labeler, project, client_uuid))


@transaction.atomic
def _start(labeler: User, project: Project, client_uuid: UUID) -> tuple[Conversation, bool]:
    lock_labeler(labeler)
    known = Conversation.objects.filter(client_uuid=client_uuid).first()
    if known is not None:
        if known.labeler_id != labeler.pk or known.project_id != project.pk:
            raise _different()
        return known, False
    settings = _open(project, labeler)
    if looking.conversation_left(settings, labeler) < 1:
        raise Conflict(
            "no_conversations_left", "You have had as many conversations as this project wants."
        )
    made = Conversation.objects.create(project=project, labeler=labeler, client_uuid=client_uuid)
    made.refresh_from_db(fields=["created_at"])
    assert settings.policy_version_id is not None
    replying.hint_prepare(settings.policy_version_id)
    return made, True


def say(
    *,
    labeler: User,
    conversation: Conversation,
    client_uuid: UUID,
    text: str,
    continue_with: UUID | None,
) -> tuple[ChatTurn, bool]:
    """The next turn, and whether it is new; its replies are on their way.

    `continue_with` is the chosen reply of the turn before. Raises Invalid, Refused (other content
    under this id) or Conflict (`still_waiting`, `not_ranked`, `conversation_ended`,
    `conversation_full`, `chat_closed`, `prompt_on_one_side_only`).
    """
    return retrying(lambda: _say(labeler, conversation, client_uuid, text, continue_with))


@transaction.atomic
def _say(
    labeler: User,
    conversation: Conversation,
    client_uuid: UUID,
    text: str,
    continue_with: UUID | None,
) -> tuple[ChatTurn, bool]:
    lock_labeler(labeler)
    digest = hash_of([str(conversation.pk), text, str(continue_with or "")])
    known = ChatTurn.objects.filter(client_uuid=client_uuid).first()
    if known is not None:
        if known.content_hash != digest:
            raise _different()
        return known, False
    conversation.refresh_from_db()
    if conversation.ended_at is not None:
        raise Conflict("conversation_ended", "This conversation has ended; start another one.")
    settings = _open(conversation.project, labeler)
    last = looking.turns_of(conversation)[-1:]
    number = last[0].number + 1 if last else 1
    if number > settings.most_turns:
        raise Conflict("conversation_full", f"A conversation has {settings.most_turns} turns.")
    chosen = _chosen(last[0] if last else None, continue_with)
    assert settings.policy_version is not None
    assert settings.plan is not None
    turn = ChatTurn.objects.create(
        conversation=conversation,
        number=number,
        client_uuid=client_uuid,
        content_hash=digest,
        text=text,
        continues=chosen,
        prompt=_prompt(settings, _dialogue(last[0] if last else None, chosen, text)),
        policy_version=settings.policy_version,
        plan=settings.plan,
        replies=settings.replies,
    )
    turn.refresh_from_db(fields=["created_at"])
    replying.hint(turn.pk)
    return turn, True


@transaction.atomic
def ask_again(*, labeler: User, turn: ChatTurn) -> ChatTurn:
    """Try a turn once more that found no replies. Asking twice changes nothing.

    Raises Conflict (`conversation_ended`, `chat_closed`, `not_qualified`).
    """
    lock_labeler(labeler)
    turn.refresh_from_db()
    if turn.state == ChatTurn.State.FAILED:
        _open(turn.conversation.project, labeler)
    again = ChatTurn.objects.filter(
        pk=turn.pk, state=ChatTurn.State.FAILED, conversation__ended_at=None
    ).update(state=ChatTurn.State.WAITING, tries=0, lease_until=None, error_code="")
    turn.refresh_from_db()
    if again:
        replying.hint(turn.pk)
    elif turn.state == ChatTurn.State.FAILED:
        raise Conflict("conversation_ended", "This conversation has ended; start another one.")
    return turn


@transaction.atomic
def end_conversation(*, labeler: User, conversation: Conversation) -> Conversation:
    """End it for good; what was not ranked is not asked for any more. Ending twice changes nothing."""
    lock_labeler(labeler)
    conversation.refresh_from_db()
    if conversation.ended_at is not None:
        return conversation
    ChatTurn.objects.filter(conversation=conversation, state=ChatTurn.State.WAITING).update(
        state=ChatTurn.State.FAILED, error_code="ended", lease_until=None
    )
    unranked = list(
        Slot.objects.select_for_update(no_key=True)
        .filter(item__chat_turn__conversation=conversation, state=Slot.State.LEASED)
        .order_by("id")
    )
    for slot in unranked:
        Slot.objects.filter(pk=slot.pk).update(
            state=Slot.State.VOID, labeler=None, lease_token=None, lease_until=None
        )
        Item.objects.filter(pk=slot.item_id).update(state=Item.State.VOID)
    Conversation.objects.filter(pk=conversation.pk).update(ended_at=Now())
    conversation.refresh_from_db()
    return conversation


def _open(project: Project, labeler: User) -> ChatSettings:
    settings = looking.settings_of(project)
    if not looking.is_open(settings):
        raise Conflict("chat_closed", "The chat of this project is closed at the moment.")
    if looking.must_qualify(labeler, project):
        raise Conflict("not_qualified", "This project asks for a short qualification round first.")
    return settings


def _chosen(last: ChatTurn | None, continue_with: UUID | None) -> Completion | None:
    """The reply to go on with. Raises Conflict or Invalid."""
    if last is None:
        if continue_with is not None:
            raise Invalid(("continue_with", "unknown", "The first turn continues nothing."))
        return None
    standing = looking.standing_of(last)
    if standing.state in (ChatTurn.State.WAITING, ChatTurn.State.FAILED):
        raise Conflict("still_waiting", "The turn before has no answers yet.")
    if not standing.may_continue:
        raise Conflict("not_ranked", "Rank the answers of the turn before first.")
    for one in standing.replies:
        if one.pk == continue_with and one.withdrawn_at is None:
            return one
    raise Invalid(("continue_with", "unknown", "Choose one of the answers of the turn before."))


def _dialogue(last: ChatTurn | None, chosen: Completion | None, text: str) -> list[Message]:
    before: list[Message] = []
    if last is not None and chosen is not None:
        before = [*last.prompt.messages, {"role": "assistant", "content": chosen.shown}]
    return [*before, {"role": "user", "content": text}]


def _prompt(settings: ChatSettings, messages: list[Message]) -> Prompt:
    """The dialogue as a prompt of the chat's set; who says the same shares it."""
    assert settings.prompt_set is not None
    lock_corpus(settings.project_id)
    key = prompt_hash(messages)
    known = Prompt.objects.filter(prompt_set=settings.prompt_set, text_hash=key).first()
    if known is not None:
        return known
    refuse_the_other_side(settings.prompt_set, key)
    return Prompt.objects.create(
        prompt_set=settings.prompt_set,
        messages=messages,
        text_hash=key,
        language=settings.prompt_set.language,
    )


def _check_plan(plan: SamplingPlan, replies: int) -> None:
    if plan.strategy == SamplingPlan.Strategy.GREEDY:
        raise Invalid(("plan", "greedy", "Greedy decoding gives one answer: nothing to rank."))
    if plan.strategy == SamplingPlan.Strategy.BEAM and plan.num_beams < replies:
        raise Invalid(("plan", "too_few_beams", f"This plan has {plan.num_beams} beams only."))


def _told(settings: ChatSettings) -> dict[str, Any]:
    return {
        **{name: getattr(settings, name) for name in SETTINGS},
        "policy_version": str(settings.policy_version_id or ""),
        "plan": str(settings.plan_id or ""),
    }


def _different() -> Refused:
    return Refused("different_content", "Something else was already stored under this client_uuid.")
