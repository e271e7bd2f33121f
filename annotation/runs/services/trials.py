"""The playground seen from people: ask policies, cancel, send what was seen to the labelers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.services import (
    add_prompt,
    check_plan,
    create_sampling_plan,
    prompt_set_for_import,
)
from annotation.corpus.texts import Message, hash_of, prompt_hash, text_hash
from annotation.labeling.models import Item
from annotation.labeling.services import create_ranking_items
from annotation.labeling.services.items import choose, ranking_key
from annotation.lib import locks
from annotation.lib.errors import Conflict, Invalid, Refused
from annotation.lib.ids import id_like
from annotation.projects.models import Project
from annotation.registry import serving
from annotation.registry.models import ModelVersion
from annotation.runs.models import Trial
from annotation.runs.services import trying

MOST_POLICIES = 4
MOST_REWARDS = 4
MOST_SAMPLES = 8
MOST_TOKENS = 4096
"""Over all completions of a trial: each brings its alternatives along."""
OPEN_OF_ONE = 5
KEPT_DAYS = 14
DEFAULTS: dict[str, Any] = {
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "num_beams": 1,
    "no_repeat_ngram": 0,
    "repetition_penalty": 1.0,
    "seed": 0,
}
SET_NAME = "Playground"
_KINDS = {"policies": ModelVersion.Kind.POLICY, "rewards": ModelVersion.Kind.REWARD}


@transaction.atomic
def ask(
    *,
    project: Project,
    user: User,
    client_uuid: UUID,
    messages: list[Message],
    policies: Sequence[UUID],
    rewards: Sequence[UUID],
    decoding: dict[str, Any],
) -> Trial:
    """Queue a trial. The same client_uuid and content gives the stored one. Raises Refused."""
    settled = {**DEFAULTS, **decoding}
    content = hash_of([messages, list(map(str, policies)), list(map(str, rewards)), settled])
    locks.hold("trials", user.pk)
    earlier = Trial.objects.filter(client_uuid=client_uuid).first()
    if earlier is not None:
        if (earlier.user_id, earlier.project_id, earlier.content_hash) != (
            user.pk,
            project.pk,
            content,
        ):
            raise Refused("different_content", "This id was used for another trial.")
        return earlier
    check_plan(settled)
    _check_size(settled, len(policies))
    _check_versions(project, policies=policies, rewards=rewards)
    _check_servers(policies, settled)
    if Trial.objects.filter(user=user, state__in=Trial.OPEN).count() >= OPEN_OF_ONE:
        raise Conflict("too_many", "Five trials of yours are under way; wait, or cancel one.")
    trial = Trial.objects.create(
        project=project,
        user=user,
        client_uuid=client_uuid,
        content_hash=content,
        messages=messages,
        policies=list(policies),
        rewards=list(rewards),
        decoding=settled,
    )
    trying.hint(trial.pk)
    return trial


def _check_size(decoding: dict[str, Any], policies: int) -> None:
    tokens = decoding["n"] * decoding["max_new_tokens"] * policies
    if tokens > MOST_TOKENS:
        raise Invalid(
            (
                "max_new_tokens",
                "too_large",
                f"{tokens} tokens at most are too many for one trial; {MOST_TOKENS} are allowed.",
            )
        )


def _check_versions(project: Project, **asked: Sequence[UUID]) -> None:
    errors = []
    for field, ids in asked.items():
        if len(set(ids)) != len(ids):
            errors.append((field, "twice", "A version stands here twice."))
        usable = ModelVersion.objects.filter(project=project, kind=_KINDS[field], pk__in=ids)
        known = set(usable.exclude(status=ModelVersion.Status.RETIRED).values_list("pk", flat=True))
        if set(ids) - known:
            errors.append((field, "missing", "There is no such version in use here."))
    if errors:
        raise Invalid(*errors)


def _check_servers(policies: Sequence[UUID], decoding: dict[str, Any]) -> None:
    found = ModelVersion.objects.filter(pk__in=policies)
    fields = {"field": "policies", "plan_field": "decoding"}
    errors = [each for one in found for each in serving.problems(one, decoding, **fields)]
    if errors:
        raise Invalid(*errors)


@transaction.atomic
def cancel_trial(*, trial: Trial) -> Trial:
    """Stop it; what is there already stays. One that has ended is left alone."""
    Trial.objects.filter(pk=trial.pk, state__in=Trial.OPEN).update(
        state=Trial.State.CANCELLED, lease_until=None, finished_at=Now()
    )
    trial.refresh_from_db()
    return trial


@transaction.atomic
def send_to_labelers(
    *,
    trial: Trial,
    actor: User,
    chosen: Sequence[tuple[int, int]],
    prompt_set: PromptSet | None = None,
    needed: int | None = None,
    priority: float = 0.0,
) -> Item:
    """Make an item of completions that were seen, each given as (number of policy, number of sample).

    Labelers learn nothing of where it comes from; the trial, the plan and the audit trail keep it. The same
    choice again gives the same item. Raises Refused.
    """
    trial = Trial.objects.select_for_update(of=("self",)).select_related("project").get(pk=trial.pk)
    picked = _picked(trial, chosen)
    prompt = _prompt_of(trial, actor, prompt_set)
    plan = _plan_of(trial, actor)
    rows = [_stored(trial, prompt, plan, *place, one) for place, one in picked]
    different = choose(rows, len(rows))
    if len(different) < 2:
        words = "To a labeler these completions look the same; choose two that differ."
        raise Refused("too_few", words)
    key = ranking_key(prompt.pk, different)
    if trial.item_id is not None:
        if trial.item is not None and trial.item.key == key:
            return trial.item
        raise Conflict("sent_already", "This trial was sent already, with other completions.")
    create_ranking_items(
        project=trial.project,
        groups={prompt.pk: rows},
        needed=needed,
        k=len(different),
        priority=priority,
    )
    item = Item.objects.get(project=trial.project, key=key)
    Trial.objects.filter(pk=trial.pk).update(prompt=prompt, item=item)
    after = {
        "item": str(item.pk),
        "prompt": str(prompt.pk),
        "completions": [str(one.pk) for one in different],
    }
    record(actor=actor, action="trial.sent", thing=trial, after=after)
    return item


def _picked(
    trial: Trial, chosen: Sequence[tuple[int, int]]
) -> list[tuple[tuple[int, int], dict[str, Any]]]:
    if trial.state in Trial.OPEN:
        raise Conflict("not_done", "The trial is still under way.")
    found = []
    for policy, sample in dict.fromkeys(chosen):
        try:
            one = trial.parts[policy]["completions"][sample]
        except (IndexError, KeyError):
            one = None
        if one is None or one["finish_reason"] is None:  # a server had not ended it
            words = f"There is no completion {sample + 1} of policy {policy + 1} here."
            raise Invalid(("chosen", "missing", words))
        found.append(((policy, sample), one))
    return found


def _prompt_of(trial: Trial, actor: User, prompt_set: PromptSet | None) -> Prompt:
    """The prompt in the set, made where the set does not hold it."""
    if prompt_set is None:
        prompt_set = prompt_set_for_import(
            actor=actor,
            project=trial.project,
            name=SET_NAME,
            purpose=PromptSet.Purpose.REWARD,
        )
    if prompt_set.purpose != PromptSet.Purpose.REWARD:
        raise Invalid(
            ("prompt_set", "purpose", "Choose a prompt set whose completions are ranked.")
        )
    found = Prompt.objects.filter(
        prompt_set=prompt_set, text_hash=prompt_hash(trial.messages)
    ).first()
    if found is None:
        return add_prompt(
            actor=actor, prompt_set=prompt_set, messages=trial.messages, is_plain=False
        )
    if found.retired_at is not None or prompt_set.retired_at is not None:
        raise Conflict("prompt_retired", "The set holds this prompt already; it is retired there.")
    return found


def _plan_of(trial: Trial, actor: User) -> SamplingPlan:
    """A plan of these very settings: the oldest that there is, else a new one."""
    there = SamplingPlan.objects.filter(project=trial.project, **trial.decoding)
    found = there.order_by("id").first()
    if found is not None:
        return found
    name = f"{SET_NAME} {hash_of(trial.decoding)[:8]}"
    return create_sampling_plan(
        actor=actor, project=trial.project, name=name, made_for_trial=True, **trial.decoding
    )


def _stored(
    trial: Trial,
    prompt: Prompt,
    plan: SamplingPlan,
    policy: int,
    sample: int,
    one: dict[str, Any],
) -> Completion:
    """The completion as a row; one that stands there with this very text is taken as it is."""
    locks.hold("chat replies", prompt.pk)  # whoever numbers samples of a prompt takes turns
    drawn = Completion.objects.filter(
        prompt=prompt, policy_version_id=trial.policies[policy], plan=plan
    )
    key = text_hash(one["text"])
    same = drawn.filter(text_hash=key).order_by("sample_index").first()
    if same is not None:
        return same
    last = drawn.order_by("-sample_index").values_list("sample_index", flat=True).first()
    return Completion.objects.create(
        pk=id_like(prompt.pk),
        prompt=prompt,
        origin=Completion.Origin.POLICY,
        policy_version_id=trial.policies[policy],
        plan=plan,
        sample_index=0 if last is None else last + 1,
        text=one["text"],
        shown_text=shown_or_none(one["text"]),
        text_hash=key,
        token_count=one["tokens"],
        finish_reason=one["finish_reason"],
    )


def sweep_trials() -> int:
    """Forget trials of two weeks ago; of those that were sent the answer stays, without its tokens."""
    old = timezone.now() - timedelta(days=KEPT_DAYS)
    ended = Trial.objects.filter(finished_at__lt=old)
    deleted, _ = ended.filter(item=None).delete()
    for trial in ended.filter(item__isnull=False).exclude(parts=[])[:1000]:
        trial.parts = []
        trial.save(update_fields=["parts"])
    return deleted
