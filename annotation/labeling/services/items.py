"""Making items out of prompts and completions, and taking them out of circulation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling import chat_selectors, selectors
from annotation.labeling.models import Demonstration, Item, ItemCompletion, Ranking, Slot
from annotation.labeling.services.taking_back import take_back
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.ids import blind_id, new_id
from annotation.lib.statements import fetch_one
from annotation.projects.models import Mode, Project

T = TypeVar("T")
CHUNK = 500
K_RANGE = (2, 9)
LEND = (
    "SELECT labeling_lend(%s::uuid, %s::uuid, %s::uuid, %s::uuid, %s::uuid, %s::uuid, "
    "%s::bigint, %s::text, '')::text"
)
AUDIENCE = "UPDATE labeling_slot SET audience_id = labeling_audience_of(item_id) WHERE id = %s"
NEEDED_RANGE = (1, 50)
Groups = Mapping[UUID, Sequence[Completion]] | Iterable[tuple[UUID, Sequence[Completion]]]


@dataclass(frozen=True)
class Made:
    """Items made now, items that were there already, prompts with too few different texts."""

    created: int = 0
    existing: int = 0
    too_few: int = 0

    def __add__(self, other: "Made") -> "Made":
        return Made(
            self.created + other.created,
            self.existing + other.existing,
            self.too_few + other.too_few,
        )


def create_ranking_items(
    *,
    project: Project,
    groups: Groups,
    needed: int | None = None,
    k: int | None = None,
    priority: float = 0.0,
    of: Sequence[str] = (),
    **more: Any,
) -> Made:
    """One item per prompt that has at least two different completions.

    `groups`: prompt id → its completions. Texts that differ only in surrounding white space are one
    completion (the oldest stands for them). Of more than `k` (the project's choice, 2..9) different
    ones `k` are taken by the order of a hash of the texts, so that the same texts make the same item
    on every installation; making it again adds nothing. Higher `priority` is handed out earlier; whole numbers, because the order
    within one is shuffled. `of` says what the items are for, which makes them others than those made
    before of the same texts; `more` are further fields of them. Commits every few hundred items unless
    called inside a transaction.
    """
    k = _in_range("k", k, project.completions_per_item, K_RANGE)
    if project.mode == Mode.DUEL and k != 2:
        raise Invalid(("k", "duel", "A duel is between exactly two completions."))
    pairs = groups.items() if isinstance(groups, Mapping) else groups
    made = Made()
    for chunk in _chunks(pairs):
        wanted: dict[str, tuple[UUID, list[Completion]]] = {}
        too_few = 0
        for prompt_id, completions in chunk:
            chosen = choose(completions, k)
            if len(chosen) < 2:
                too_few += 1
                continue
            wanted[ranking_key(prompt_id, chosen, of)] = (prompt_id, chosen)
        made += Made(too_few=too_few)
        made += _store(project, Item.Kind.RANKING, wanted, needed, priority, more)
    return made


def ranking_key(prompt_id: UUID, chosen: Sequence[Completion], of: Sequence[str] = ()) -> str:
    """By which the item of these completions is known; the same texts are the same item."""
    return hash_of(["ranking", str(prompt_id), sorted(shown_hash(one) for one in chosen), *of])


def create_demonstration_items(
    *,
    project: Project,
    prompts: Iterable[UUID],
    needed: int | None = None,
    priority: float = 0.0,
) -> Made:
    """One item per prompt id for which the ideal answer is to be written; repeating adds nothing."""
    made = Made()
    for chunk in _chunks(prompts):
        wanted: dict[str, tuple[UUID, list[Completion]]] = {
            hash_of(["demonstration", str(prompt_id)]): (prompt_id, []) for prompt_id in chunk
        }
        made += _store(project, Item.Kind.DEMONSTRATION, wanted, needed, priority)
    return made


def make_items(
    *,
    actor: User,
    project: Project,
    prompt_set: PromptSet,
    kind: str,
    needed: int | None = None,
    k: int | None = None,
) -> Made:
    """Items for the prompts of a set, from the sampled and imported completions at hand.

    Raises Invalid for the set of a live chat: what somebody said there is no work for others.
    """
    if prompt_set.purpose == PromptSet.Purpose.CONTROL:
        raise Invalid(("prompt_set", "control", "These texts are for control items only."))
    if chat_selectors.is_of_chat(prompt_set):
        raise Invalid(("prompt_set", "live_chat", "What was said in the live chat stays there."))
    if kind == Item.Kind.DEMONSTRATION:
        ids = selectors.prompt_ids(prompt_set)
        made = create_demonstration_items(project=project, prompts=ids, needed=needed)
    else:
        groups = selectors.completions_by_prompt(prompt_set)
        made = create_ranking_items(project=project, groups=groups, needed=needed, k=k)
    if made.created:
        record(
            actor=actor,
            action="items.created",
            thing=prompt_set,
            after={"kind": kind, "created": made.created, "existing": made.existing},
        )
    return made


def create_private_item(
    *,
    labeler: User,
    project: Project,
    prompt: Prompt,
    completions: Sequence[Completion],
    origin: Sequence[str],
    seed: int,
) -> Item:
    """An item for this labeler alone, already in their hands; nobody else is ever given it.

    `origin` names what the item is for. Call it in a transaction.
    """
    item = Item.objects.create(
        project=project, prompt=prompt, kind=Item.Kind.RANKING, needed=1, key=hash_of([*origin])
    )
    ItemCompletion.objects.bulk_create(
        ItemCompletion(item=item, completion=completion, position=position)
        for position, completion in enumerate(completions, 1)
    )
    token = uuid4()
    slot = Slot.objects.create(
        item=item,
        project=project,
        number=1,
        state=Slot.State.LEASED,
        labeler=labeler,
        lease_token=token,
        lease_until=Now(),
        is_private=True,
    )
    fetch_one(
        LEND, [slot.pk, item.pk, project.pk, labeler.pk, token, new_id(), seed, labeler.locale]
    )
    return item


def choose(completions: Iterable[Completion], k: int) -> list[Completion]:
    """Up to `k` completions with different texts, the same ones whatever order they come in."""
    by_text: dict[str, Completion] = {}
    for one in sorted(completions, key=lambda each: each.id):
        if one.withdrawn_at is None:
            by_text.setdefault(shown_hash(one), one)
    salt = sorted(by_text)
    order = sorted(by_text, key=lambda digest: hash_of([*salt, digest]))
    return [by_text[digest] for digest in order[:k]]


@transaction.atomic
def void_item(*, actor: User | None, item: Item, withdraw_judgments: bool = False) -> None:
    """Hand the item out no more. Judgments stay as they are unless they are withdrawn with it."""
    slots = _lock_slots(item)
    item = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if withdraw_judgments:
        for kind in (Ranking, Demonstration):  # in this order: better answers go with rankings
            for judgment in kind.objects.filter(item=item, state=Ranking.State.COUNTED):
                take_back(judgment, next_state=Slot.State.VOID)
    for slot in slots.filter(state__in=[Slot.State.OPEN, Slot.State.LEASED]):
        _free(slot, Slot.State.VOID)
    if item.state != Item.State.VOID:
        Item.objects.filter(pk=item.pk).update(state=Item.State.VOID)
        record(
            actor=actor,
            action="item.voided",
            thing=item,
            before={"state": item.state},
            after={"state": Item.State.VOID, "withdraw_judgments": withdraw_judgments},
        )


@transaction.atomic
def reopen_item(*, actor: User, item: Item) -> None:
    """Put an item from triage or from the void back into circulation; old skips count no more."""
    slots = _lock_slots(item)
    item = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if slots.filter(is_private=True).exists():
        raise Conflict("not_reopenable", "This item was made for one labeler alone.")
    if item.state not in (Item.State.TRIAGE, Item.State.VOID):
        raise Conflict("not_reopenable", f"This item is {item.state}; there is nothing to reopen.")
    if selectors.is_kept_out(item):
        raise Conflict(
            "not_reopenable", "Something of this item was reported or withdrawn; decide that first."
        )
    if selectors.is_retired(item):
        raise Conflict("prompt_retired", "The prompt of this item is retired; restore it first.")
    state = Item.State.DONE if item.counted >= item.needed else Item.State.OPEN
    meta = {**item.meta, "reopened_at": timezone.now().isoformat()}
    Item.objects.filter(pk=item.pk).update(state=state, meta=meta)
    slots.filter(state=Slot.State.VOID).update(state=Slot.State.OPEN)
    record(
        actor=actor,
        action="item.reopened",
        thing=item,
        before={"state": item.state},
        after={"state": state},
    )


@transaction.atomic
def want_another(
    *, item: Item, after: int | None = None, reserved_for: Sequence[UUID] | None = None
) -> None:
    """One more judgment of the item is wanted, by somebody who has not judged it.

    `after`: only where all that were wanted are in, and they are that many (else `moved_on`).
    `reserved_for`: from now on only members of these groups get the item. Raises Conflict for an item
    that nobody may be given: `out_of_circulation`, `too_many`.
    """
    slots = list(_lock_slots(item))
    item = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if after is not None and (item.state != Item.State.DONE or item.counted != after):
        raise Conflict("moved_on", "Something happened to this item meanwhile.")
    if item.state not in (Item.State.OPEN, Item.State.DONE) or selectors.is_kept_out(item):
        raise Conflict("out_of_circulation", "This item is out of circulation.")
    if selectors.is_retired(item):
        raise Conflict("prompt_retired", "The prompt of this item is retired; restore it first.")
    if any(slot.is_private for slot in slots):
        raise Conflict("out_of_circulation", "This item belongs to one labeler's conversation.")
    if item.needed >= NEEDED_RANGE[1] or item.item_completions.count() > K_RANGE[1]:
        raise Conflict("too_many", "This item cannot be handed out again.")
    number = item.needed + 1
    Item.objects.filter(pk=item.pk).update(
        needed=number,
        state=Item.State.OPEN,
        reserved_for=item.reserved_for if reserved_for is None else list(reserved_for),
    )
    beyond = [slot for slot in slots if slot.number == number]  # void, as all beyond `needed`
    if beyond:
        _free(beyond[0], Slot.State.OPEN)
        with connection.cursor() as cursor:
            cursor.execute(AUDIENCE, [beyond[0].pk])
    else:
        Slot.objects.create(
            item=item, project_id=item.project_id, number=number, priority=item.priority
        )


@transaction.atomic
def copy_items(*, items: Sequence[UUID], needed: int, of: Sequence[str]) -> dict[UUID, Item]:
    """New items over the completions of these, to be judged anew; by the id of the old one.

    `of` says what they are for and makes them once. They are told apart by `meta`, not by `repeat_of`:
    that is for repeats that measure how steady a labeler is.
    """
    made: dict[UUID, Item] = {}
    for chunk in _chunks(items):
        frozen: dict[UUID, list[ItemCompletion]] = {key: [] for key in chunk}
        for row in ItemCompletion.objects.filter(item__in=chunk).order_by("position"):
            frozen[row.item_id].append(row)
        olds = Item.objects.in_bulk(chunk)
        for key in chunk:
            old = olds[key]
            made[key] = Item(
                id=blind_id(),
                project_id=old.project_id,
                prompt_id=old.prompt_id,
                kind=old.kind,
                needed=_in_range("needed", needed, needed, NEEDED_RANGE),
                priority=old.priority,
                is_held_out=old.is_held_out,
                key=hash_of([*of, str(key)]),
                meta={of[0]: of[1]},
            )
        Item.objects.bulk_create(made[key] for key in chunk)
        Slot.objects.bulk_create(slot for key in chunk for slot in _open_slots(made[key]))
        ItemCompletion.objects.bulk_create(
            ItemCompletion(item=made[key], completion_id=row.completion_id, position=row.position)
            for key in chunk
            for row in frozen[key]
        )
    return made


@transaction.atomic
def end_lease(*, actor: User, slot: Slot) -> None:
    """Take a slot out of somebody's hands, as if the lease had run out; their draft stays."""
    slot = Slot.objects.select_for_update(no_key=True).get(pk=slot.pk)
    if slot.state != Slot.State.LEASED or slot.is_private:
        raise Conflict("not_leased", "Nobody holds a lease on this slot that could be ended.")
    before = {"labeler": str(slot.labeler_id), "lease_until": str(slot.lease_until)}
    _free(slot, Slot.State.OPEN)
    record(actor=actor, action="lease.ended", thing=slot, before=before)


def _store(
    project: Project,
    kind: str,
    wanted: Mapping[str, tuple[UUID, list[Completion]]],
    needed: int | None,
    priority: float,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Made:
    """Write the items that are not there yet, with their slots and completions."""
    needed = _in_range("needed", needed, project.judgments_per_item, NEEDED_RANGE)
    items: list[Item] = []
    with transaction.atomic():
        locks.hold("items", project.pk)
        known = Item.objects.filter(project=project, key__in=wanted).values_list("key", flat=True)
        present = set(known)
        prompts = Prompt.objects.filter(id__in={prompt_id for prompt_id, _ in wanted.values()})
        asked = dict(prompts.values_list("id", "text_hash"))
        for key, (prompt_id, _) in wanted.items():
            if key not in present:
                # the jitter: no order of import or sampling shines through in the hand-out
                place = priority + int(asked[prompt_id][:8], 16) / 2**32
                items.append(
                    Item(
                        id=blind_id(),
                        project=project,
                        prompt_id=prompt_id,
                        kind=kind,
                        needed=needed,
                        priority=place,
                        key=key,
                        **more,
                    )
                )
        Item.objects.bulk_create(items)
        Slot.objects.bulk_create(slot for item in items for slot in _open_slots(item))
        ItemCompletion.objects.bulk_create(
            ItemCompletion(item=item, completion=completion, position=position)
            for item in items
            for position, completion in enumerate(wanted[item.key][1], 1)
        )
    return Made(created=len(items), existing=len(present))


def _open_slots(item: Item) -> Iterator[Slot]:
    """A slot for each judgment that is wanted. Keys of items and slots that counted on would show which
    others were not made with them: the copies of control items."""
    for number in range(1, item.needed + 1):
        yield Slot(
            id=blind_id(),
            item=item,
            project_id=item.project_id,
            number=number,
            priority=item.priority,
        )


def shown_hash(completion: Completion) -> str:
    """By which two completions look the same to a labeler."""
    stripped = completion.shown.strip()
    return completion.text_hash if stripped == completion.text else text_hash(stripped)


def _free(slot: Slot, state: str) -> None:
    Slot.objects.filter(pk=slot.pk).update(
        state=state, labeler=None, lease_token=None, lease_until=None
    )


def _lock_slots(item: Item) -> QuerySet[Slot]:
    slots = Slot.objects.filter(item=item).order_by("number")
    list(slots.select_for_update(no_key=True))
    return slots


def _in_range(field: str, value: int | None, default: int, bounds: tuple[int, int]) -> int:
    chosen = default if value is None else value
    if not bounds[0] <= chosen <= bounds[1]:
        raise Invalid((field, "out_of_range", f"Choose {bounds[0]} to {bounds[1]}."))
    return chosen


def _chunks(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
