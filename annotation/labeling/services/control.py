"""Writes around control items: how much of them, which gold and which traps there are.

What labelers get of them is made in the claim (sql/control_items.sql); what came of it is read in `quality`.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import AuditEvent, User
from annotation.accounts.services import record
from annotation.corpus.masking import shown
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import hash_of, messages_of, prompt_hash, text_hash
from annotation.labeling import selectors
from annotation.labeling.models import (
    ControlItem,
    ControlKind,
    ControlSettings,
    GoldOrder,
    Item,
    ItemCompletion,
)
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.ids import id_like
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion

RATES = ("gold_percent", "repeat_percent", "trap_percent")
SETTINGS = (*RATES, "repeat_after_items", "repeat_after_hours", "tell_gold", "gold_policies")
SET_NAME = "Control items"
TRAP_CHARACTERS_MIN = 40
OTHERS_LOOKED_AT = 60
Tiers = Sequence[Sequence[int]]


@dataclass(frozen=True)
class TypedTexts:
    """A gold item that is written down rather than taken from an item."""

    messages: Sequence[dict[str, str]]
    completions: Sequence[str]


@transaction.atomic
def change_control_settings(
    *, actor: User, project: Project, changes: dict[str, Any]
) -> ControlSettings:
    """Change rates and rules. A changed rate begins a new schedule for everybody."""
    locks.hold("control", project.pk)
    stored, _ = ControlSettings.objects.get_or_create(project=project)
    before = {name: getattr(stored, name) for name in SETTINGS}
    changed = {
        name: value for name, value in changes.items() if name in before and before[name] != value
    }
    if not changed:
        return stored
    for name, value in changed.items():
        setattr(stored, name, value)
    if any(name in RATES for name in changed):
        stored.epoch += 1
    stored.save(update_fields=[*changed, "epoch"])
    record(
        actor=actor,
        action="control.changed",
        thing=stored,
        project_id=project.pk,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return stored


@transaction.atomic
def create_gold(
    *,
    actor: User,
    project: Project,
    content: Item | TypedTexts,
    expected: Tiers,
    explanation: str = "",
    expires_at: datetime | None = None,
    given: str = ControlItem.Given.PERSON,
    evidence: dict[str, Any] | None = None,
) -> ControlItem:
    """A gold item: `expected` holds tiers of indices into the completions, best first.

    Making one of the same item again gives the one there is. An item that is still being judged cannot
    become gold: whoever judged it would know it, and whoever had it as gold could not judge it.
    """
    locks.hold("control", project.pk)
    if isinstance(content, Item):
        known = ControlItem.objects.filter(item=content, kind=ControlKind.GOLD).first()
        if known is not None:
            return known
        _check_source(content)
        item, source = content, content
    else:
        item, source = _typed_item(actor, project, content), None
    frozen = ItemCompletion.objects.filter(item=item).order_by("position")
    ids = [str(key) for key in frozen.values_list("completion_id", flat=True)]
    _check_expected(expected, len(ids))
    made = ControlItem.objects.create(
        project=project,
        kind=ControlKind.GOLD,
        item=item,
        source=source,
        given=given,
        evidence=evidence or {},
        expires_at=expires_at,
        created_by=actor,
    )
    GoldOrder.objects.create(
        control_item=made,
        number=1,
        tiers=[[ids[index] for index in tier] for tier in expected],
        explanation=explanation,
        created_by=actor,
    )
    record(actor=actor, action="gold.created", thing=made, after={"given": given})
    return made


@transaction.atomic
def expect_order(
    *, actor: User, control_item: ControlItem, expected: Tiers, explanation: str = ""
) -> GoldOrder:
    """Another expected order for a gold item; the answers that are there are scored by it as well."""
    locks.hold("control", control_item.project_id)
    if control_item.kind != ControlKind.GOLD:
        raise Conflict("not_gold", "A trap has no expected order.")
    frozen = ItemCompletion.objects.filter(item_id=control_item.item_id).order_by("position")
    ids = [str(key) for key in frozen.values_list("completion_id", flat=True)]
    _check_expected(expected, len(ids))
    tiers = [[ids[index] for index in tier] for tier in expected]
    last = control_item.orders.order_by("-number")[0]
    if last.tiers == tiers and last.explanation == explanation:
        return last
    made = GoldOrder.objects.create(
        control_item=control_item,
        number=last.number + 1,
        tiers=tiers,
        explanation=explanation,
        created_by=actor,
    )
    record(actor=actor, action="gold.order", thing=control_item, after={"number": made.number})
    return made


@transaction.atomic
def change_control_item(
    *, actor: User, control_item: ControlItem, changes: dict[str, Any]
) -> ControlItem:
    """Retire a gold item or a trap, take it back into use, or let it expire at a date."""
    wish = dict(changes)
    if "retired" in wish:
        retired = wish.pop("retired")
        if retired != (control_item.retired_at is not None):
            wish["retired_at"] = timezone.now() if retired else None
    changed = {name: value for name, value in wish.items() if getattr(control_item, name) != value}
    if changed:
        ControlItem.objects.filter(pk=control_item.pk).update(**changed)
        control_item.refresh_from_db()
        after = {name: None if value is None else str(value) for name, value in changed.items()}
        record(actor=actor, action="control_item.changed", thing=control_item, after=after)
    return control_item


@transaction.atomic
def make_traps(*, actor: User, project: Project, count: int) -> int:
    """Up to `count` new traps out of items that are done: one answer gives way to one of another
    prompt. Returns how many there was material for.
    """
    locks.hold("control", project.pk)
    done = Item.objects.filter(
        project=project, control="", state=Item.State.DONE, kind=Item.Kind.RANKING
    )
    taken = ControlItem.objects.filter(project=project).values("source_id")
    free = done.exclude(pk__in=taken.exclude(source=None)).exclude(slots__is_private=True)
    made = 0
    for item in free.select_related("prompt").order_by("?")[: count * 3]:
        if made == count:
            break
        made += _make_trap(actor, project, item)
    if made:
        record(actor=actor, action="traps.made", thing=project, after={"made": made})
    return made


def _make_trap(actor: User, project: Project, item: Item) -> bool:
    frozen = list(
        ItemCompletion.objects.filter(item=item).select_related("completion").order_by("position")
    )
    own = [one.completion for one in frozen]
    if len(own) < 2 or any(one.withdrawn_at is not None for one in own):
        return False
    text = _foreign_text(project, item.prompt, own)
    if text is None:
        return False
    out = secrets.choice(range(len(own)))
    prompt = _control_prompt(actor, project, item.prompt.messages, item.prompt.language)
    trap = _completion(prompt, text, like=own[out].pk)
    trapped = _control_item(project, item.prompt_id, ControlKind.TRAP, [str(trap.pk)])
    _freeze(trapped, [*own[:out], trap, *own[out + 1 :]])
    ControlItem.objects.create(
        project=project,
        kind=ControlKind.TRAP,
        item=trapped,
        source=item,
        trap=trap,
        given=ControlItem.Given.MADE,
        created_by=actor,
    )
    return True


def _foreign_text(project: Project, prompt: Prompt, own: Sequence[Completion]) -> str | None:
    """An answer to another prompt that has as little as possible to do with this one, and about the
    length of its own answers, so that neither words nor length make it look right.
    """
    others = Completion.objects.filter(
        prompt__prompt_set__project=project, withdrawn_at=None
    ).exclude(prompt__text_hash=prompt.text_hash)
    asked = _words(" ".join(one["content"] for one in prompt.messages))
    usual = median(len(one.text) for one in own)
    texts = [
        text
        for text in others.order_by("?").values_list("text", flat=True)[:OTHERS_LOOKED_AT]
        if len(text.strip()) >= min(TRAP_CHARACTERS_MIN, usual)
        and text_hash(text) not in {one.text_hash for one in own}
    ]
    if not texts:
        return None
    return min(texts, key=lambda text: (len(_words(text) & asked), abs(len(text) - usual)))


def _words(text: str) -> set[str]:
    """Words of four letters and more, and pairs of Chinese characters."""
    found = {word.lower() for word in re.findall(r"[^\W\d_]{4,}", text) if word.isascii()}
    characters = re.findall(r"[\u4e00-\u9fff]", text)
    return found | {one + other for one, other in zip(characters, characters[1:], strict=False)}


def mark_stale() -> int:
    """Gold whose answers come from policies of the past goes out of use, and comes back when one of
    its policies is promoted again. Any number of processes may do it; returns how many changed.
    """
    changed = 0
    for settings in ControlSettings.objects.exclude(gold_policies=None):
        assert settings.gold_policies is not None
        recent = _promoted_last(settings.project_id, settings.gold_policies)
        gold = ControlItem.objects.filter(project_id=settings.project_id, kind=ControlKind.GOLD)
        drawn = gold.filter(item__item_completions__completion__policy_version__isnull=False)
        fresh = gold.filter(item__item_completions__completion__policy_version__in=recent)
        keep = set(fresh.values_list("pk", flat=True))
        stale = set(drawn.values_list("pk", flat=True)) - keep
        changed += gold.filter(pk__in=stale, stale_at=None).update(stale_at=Now())
        changed += gold.exclude(pk__in=stale).exclude(stale_at=None).update(stale_at=None)
    return changed


def _promoted_last(project_id: UUID, count: int) -> list[UUID]:
    """The last so many policies that were promoted, the present one first."""
    policies = ModelVersion.objects.filter(project_id=project_id, kind=ModelVersion.Kind.POLICY)
    known = {str(one.pk): one for one in policies}
    present = [one.pk for one in known.values() if one.status == ModelVersion.Status.PROMOTED]
    events = AuditEvent.objects.filter(
        project_id=project_id, action="version.promoted", object_id__in=list(known)
    ).order_by("-id")
    past = [known[key].pk for key in events.values_list("object_id", flat=True)]
    return list(dict.fromkeys([*present, *past]))[:count]


def _check_source(item: Item) -> None:
    if item.control or item.kind == Item.Kind.DEMONSTRATION or item.slots.filter(is_private=True):
        raise Conflict("not_usable", "Gold is made of ordinary items with answers to rank.")
    if item.state in (Item.State.OPEN, Item.State.TRIAGE):
        raise Conflict(
            "in_circulation", "This item is still being judged; take one that is done or withdrawn."
        )
    if selectors.is_kept_out(item):
        raise Conflict("not_usable", "Something of this item was reported or withdrawn.")


def _check_expected(expected: Tiers, count: int) -> None:
    placed = [index for tier in expected for index in tier]
    if sorted(placed) != list(range(count)) or not all(expected):
        raise Invalid(("expected", "incomplete", "Every answer stands in exactly one tier."))
    if len(expected) < 2:
        raise Invalid(("expected", "no_order", "At least one answer must be better than another."))


def _typed_item(actor: User, project: Project, content: TypedTexts) -> Item:
    texts = list(content.completions)
    if len({text.strip() for text in texts}) < len(texts):
        raise Invalid(("completions", "twice", "Two of the answers are the same."))
    prompt = _control_prompt(actor, project, content.messages, project.language)
    sets = Completion.objects.filter(prompt__prompt_set__project=project)
    like = sets.exclude(prompt=prompt).order_by("?").values_list("pk", flat=True).first()
    made = [_completion(prompt, text, like=like) for text in texts]
    item = _control_item(project, prompt.pk, ControlKind.GOLD, [str(one.pk) for one in made])
    _freeze(item, made)
    return item


def _control_prompt(
    actor: User, project: Project, messages: Sequence[dict[str, str]], language: str
) -> Prompt:
    """The prompt in the project's hidden set: made for nothing else, and used for nothing else."""
    purpose = PromptSet.Purpose.CONTROL
    hidden = PromptSet.objects.filter(project=project, purpose=purpose).first()
    if hidden is None:
        version = PromptSet.objects.filter(project=project, name=SET_NAME).aggregate(
            n=Max("version")
        )
        hidden = PromptSet.objects.create(
            project=project,
            name=SET_NAME,
            version=(version["n"] or 0) + 1,
            purpose=purpose,
            language=project.language,
            created_by=actor,
        )
    chat = messages_of(list(messages))
    return Prompt.objects.get_or_create(
        prompt_set=hidden,
        text_hash=prompt_hash(chat),
        defaults={"messages": chat, "language": language},
    )[0]


def _completion(prompt: Prompt, text: str, *, like: UUID | None) -> Completion:
    masked = shown(text)
    return Completion.objects.create(
        pk=id_like(like or prompt.pk),
        prompt=prompt,
        origin=Completion.Origin.IMPORT,
        import_key=hash_of(["control", str(uuid4())]),
        text=text,
        shown_text=None if masked == text else masked,
        text_hash=text_hash(text),
    )


def _control_item(project: Project, prompt_id: UUID, kind: str, parts: list[str]) -> Item:
    """The item behind a control item: never handed out itself, so it has no slot."""
    return Item.objects.create(
        project=project,
        prompt_id=prompt_id,
        kind=Item.Kind.RANKING,
        state=Item.State.VOID,
        needed=1,
        control=kind,
        key=hash_of([kind, str(prompt_id), parts]),
    )


def _freeze(item: Item, completions: Sequence[Completion]) -> None:
    ItemCompletion.objects.bulk_create(
        ItemCompletion(item=item, completion=one, position=position)
        for position, one in enumerate(completions, 1)
    )
