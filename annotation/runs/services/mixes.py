"""Sampling mixes: made once, never changed; and the one act that samples by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.corpus.texts import hash_of
from annotation.labeling.chat_selectors import is_of_chat
from annotation.lib import locks
from annotation.lib.errors import Conflict, FieldProblem, Invalid, Refused
from annotation.lib.ids import new_id
from annotation.projects.models import Mode, Project
from annotation.registry import selectors as registry
from annotation.registry import serving
from annotation.registry.models import ModelVersion
from annotation.runs import dispatch, mix_selectors, mixing
from annotation.runs.models import (
    MixDraw,
    MixPart,
    MixPrompt,
    MixRow,
    Run,
    SamplingMix,
)
from annotation.runs.services import lifecycle
from annotation.runs.services.creation import create_run

PLACES = (2, 9)
ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class Source:
    """What a row of a mix stands for at the moment of a draw."""

    version: ModelVersion
    plan: SamplingPlan
    count: int


@transaction.atomic
def create_mix(
    *,
    actor: User | None,
    project: Project,
    name: str,
    rows: list[dict[str, Any]],
    older_percent: int = 15,
    seed: int = 0,
    references: int = 0,
) -> SamplingMix:
    """A new mix; a name that is in use gets the next version. Raises Invalid naming field and rule.

    `references`: places that a person's text is to fill beside those of the rows.
    """
    k = sum(row["count"] for row in rows) + references
    errors = _row_problems(rows) + _place_problems(project, k)
    if errors:
        raise Invalid(*errors)
    locks.hold("mixes", project.pk)
    named = SamplingMix.objects.filter(project=project, name=name)
    mix = SamplingMix.objects.create(
        project=project,
        name=name,
        version=(named.aggregate(n=Max("version"))["n"] or 0) + 1,
        older_percent=older_percent,
        seed=seed,
        created_by=actor,
    )
    MixRow.objects.bulk_create(
        MixRow(mix=mix, position=position, **row) for position, row in enumerate(rows)
    )
    told = [{**row, "plan": str(row["plan"].pk), "policy_version": _key(row)} for row in rows]
    record(
        actor=actor,
        action="sampling_mix.created",
        thing=mix,
        after={
            "name": name,
            "version": mix.version,
            "rows": told,
            "older_percent": older_percent,
            "seed": seed,
        },
    )
    return mix


def _key(row: dict[str, Any]) -> str | None:
    version = row["policy_version"]
    return None if version is None else str(version.pk)


def _row_problems(rows: list[dict[str, Any]]) -> list[FieldProblem]:
    errors: list[FieldProblem] = []
    seen = set()
    for at, row in enumerate(rows):
        version, plan = row["policy_version"], row["plan"]
        if (row["policy"] == "version") != (version is not None):
            words = "Name a version exactly where the policy is a given version."
            errors.append((f"rows.{at}.policy_version", "required", words))
        elif version is not None and version.kind != ModelVersion.Kind.POLICY:
            errors.append((f"rows.{at}.policy_version", "kind", "This is no policy."))
        elif version is not None and version.status == ModelVersion.Status.RETIRED:
            errors.append((f"rows.{at}.policy_version", "retired", "This version is retired."))
        elif version is not None:
            fields = {"field": f"rows.{at}.policy_version", "plan_field": f"rows.{at}.plan"}
            errors += serving.problems(version, vars(plan), **fields)
        if row["count"] > plan.n:
            words = f"The plan {plan.name!r} draws {plan.n} per prompt; ask for at most that many."
            errors.append((f"rows.{at}.count", "at_most", words))
        key = (row["policy"], _key(row), plan.pk)
        if key in seen:
            words = "This policy with this plan stands in another row already."
            errors.append((f"rows.{at}", "twice", words))
        seen.add(key)
    return errors


def _place_problems(project: Project, k: int) -> list[FieldProblem]:
    """Whether so many places fit into an item of the project."""
    if not PLACES[0] <= k <= PLACES[1]:
        words = f"The rows fill {k} places together; an item has {PLACES[0]} to {PLACES[1]}."
        return [("rows", "places", words)]
    if project.mode == Mode.DUEL and k != 2:
        return [("rows", "duel", f"The rows fill {k} places together; a duel has exactly two.")]
    if k > project.completions_per_item:
        most = project.completions_per_item
        words = f"The rows fill {k} places together; items of this project have at most {most}."
        return [("rows", "completions_per_item", words)]
    return []


@transaction.atomic
def draw(
    *,
    actor: User | None,
    mix: SamplingMix,
    prompt_set: PromptSet,
    only_new: bool = False,
    limit: int | None = None,
    missing: str = MixDraw.Missing.WAIT,
    needed: int | None = None,
    idempotency_key: UUID | None = None,
    prompts: list[tuple[UUID, str]] | None = None,
    references: int = 0,
    makes_items: bool = True,
) -> MixDraw:
    """Queue the sampling runs of a mix on the prompts of a set; their items follow by themselves, unless
    a run of kind pick is to choose what becomes one.

    `only_new`: leave out prompts that were drawn by this mix with the very same policies, but not those
    left behind (`_taken`). `limit`: at most so many, those first that this mix has drawn least often.
    `prompts`: these, by key and text hash. The same key and wish gives the same draw. Raises Invalid,
    Refused.
    """
    project = mix.project
    locks.hold("mixes", project.pk)
    if idempotency_key is not None:
        earlier = MixDraw.objects.filter(idempotency_key=idempotency_key).first()
        if earlier is not None:
            if (earlier.mix_id, earlier.prompt_set_id) != (mix.pk, prompt_set.pk):
                raise Refused("different_content", "This key was used for another draw.")
            return earlier
    if is_of_chat(prompt_set):
        raise Invalid(("prompt_set", "live_chat", "What was said in the live chat stays there."))
    sources = _sources(mix)
    k = sum(source.count for source in sources) + references
    if problems := _place_problems(project, k):
        raise Invalid(*problems)
    policies = hash_of(sorted([str(s.version.pk), str(s.plan.pk), s.count] for s in sources))
    if prompts is None:
        prompts = _prompts(mix, prompt_set, policies, only_new=only_new, limit=limit)
    made = MixDraw.objects.create(
        project=project,
        mix=mix,
        prompt_set=prompt_set,
        policies=policies,
        k=k,
        needed=project.judgments_per_item if needed is None else needed,
        missing=missing,
        makes_items=makes_items,
        requested_by=actor,
        idempotency_key=idempotency_key or new_id(),
    )
    parts = [_part(made, source, actor) for source in sources]
    _store_prompts(made, parts, prompts, actor)
    record(
        actor=actor,
        action="sampling_mix.drawn",
        thing=made,
        after={
            "mix": str(mix.pk),
            "prompt_set": str(prompt_set.pk),
            "prompts": len(prompts),
            "missing": missing,
        },
    )
    return made


def _sources(mix: SamplingMix) -> list[Source]:
    """The rows with their versions of today; rows that came to mean the same are put together."""
    errors: list[FieldProblem] = []
    found: dict[tuple[UUID, UUID], Source] = {}
    for at, row in enumerate(
        mix.rows.select_related("plan", "policy_version").order_by("position")
    ):
        version = _resolved(mix.project_id, row)
        if version is None or version.status == ModelVersion.Status.RETIRED:
            words = f"There is no usable policy for “{row.get_policy_display()}” in this project."
            errors.append((f"rows.{at}.policy", "missing", words))
            continue
        key = (version.pk, row.plan_id)
        count = row.count + (found[key].count if key in found else 0)
        if count > row.plan.n:
            words = f"It is the same version as another row; together they need {count} completions of a plan that draws {row.plan.n}."
            errors.append((f"rows.{at}.policy", "same_version", words))
        found[key] = Source(version, row.plan, count)
    if errors:
        raise Invalid(*errors)
    return list(found.values())


def _resolved(project_id: UUID, row: MixRow) -> ModelVersion | None:
    if row.policy == MixRow.Policy.VERSION:
        return row.policy_version
    if row.policy == MixRow.Policy.PROMOTED:
        return registry.promoted(project_id=project_id, kind="policy")
    if row.policy == MixRow.Policy.BASE:
        return registry.first_base(project_id=project_id)
    return next(iter(registry.formerly_promoted(project_id=project_id, kind="policy")), None)


def _prompts(
    mix: SamplingMix, prompt_set: PromptSet, policies: str, *, only_new: bool, limit: int | None
) -> list[tuple[UUID, str]]:
    """Key and text hash of what is to be drawn, in the order of the set. Raises Invalid."""
    found: QuerySet[Prompt] = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None)
    drawn = MixPrompt.objects.filter(draw__mix=mix)
    if only_new:
        found = found.exclude(id__in=_taken(drawn, policies).values("prompt_id"))
    order = ["id"]
    if limit is not None:
        times = drawn.filter(prompt=OuterRef("pk")).order_by().values("prompt")
        found = found.alias(times=Coalesce(Subquery(times.values(n=Count("pk"))), 0))
        order = ["times", "id"]
    rows = list(found.order_by(*order).values_list("id", "text_hash")[:limit])
    if not rows:
        words = "No prompt of this set is left to draw." if only_new else "This set has no prompts."
        raise Invalid(("prompt_set", "empty", words))
    return rows


def _taken(drawn: QuerySet[MixPrompt], policies: str) -> QuerySet[MixPrompt]:
    """The rows whose prompts are not to be drawn again with these policies.

    Left behind, and so free again: what has no item and is of a draw that failed or was stopped, or of one
    for a choice whose round is closed.
    """
    failed = MixPart.objects.filter(
        draw=OuterRef("draw"), run__status__in=mix_selectors.ENDED_BADLY
    )
    unchosen = Q(draw__makes_items=False, draw__round__closed_at__isnull=False)
    left = Q(Exists(failed) | unchosen, state=MixPrompt.State.WAITING)
    return drawn.filter(draw__policies=policies).exclude(left)


def _part(draw: MixDraw, source: Source, actor: User | None, *, is_older: bool = False) -> MixPart:
    run = create_run(
        project=draw.project,
        kind="sample",
        policy_version=source.version,
        prompt_set=draw.prompt_set,
        plan=source.plan,
        requested_by=actor,
    )
    return MixPart.objects.create(
        draw=draw,
        run=run,
        policy_version=source.version,
        plan=source.plan,
        count=source.count,
        is_older=is_older,
    )


def _store_prompts(
    draw: MixDraw, parts: list[MixPart], prompts: list[tuple[UUID, str]], actor: User | None
) -> None:
    """Decide for each prompt whether an older completion takes a place, and which."""
    mix = draw.mix
    hashes = (text_hash for _, text_hash in prompts)
    chosen = set(mixing.chosen_for_older(mix.seed, mix.older_percent, hashes))
    asked = {key for key, text_hash in prompts if text_hash in chosen}
    known = _older_completions(asked, parts)
    if len(known) < len(asked):
        older = _older_version(draw, parts)
        if older is None:
            MixDraw.objects.filter(pk=draw.pk).update(older_lacking=len(asked) - len(known))
            asked &= set(known)
        else:
            _part(draw, Source(older, parts[0].plan, 1), actor, is_older=True)
    counts = [part.count for part in parts]
    rows = (
        MixPrompt(
            draw=draw,
            prompt_id=key,
            gives=parts[mixing.giver(mix.seed, text_hash, counts)] if key in asked else None,
            older_id=known.get(key),
        )
        for key, text_hash in prompts
    )
    MixPrompt.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)


def _older_completions(prompts: set[UUID], parts: list[MixPart]) -> dict[UUID, UUID]:
    """By prompt: the first completion of the newest version older than the draw's newest."""
    newest = max(part.policy_version.number for part in parts)
    found = (
        Completion.objects.filter(
            prompt_id__in=prompts,
            origin=Completion.Origin.POLICY,
            withdrawn_at=None,
            policy_version__number__lt=newest,
        )
        .exclude(policy_version__in=[part.policy_version_id for part in parts])
        .order_by("prompt_id", "-policy_version__number", "sample_index", "id")
        .distinct("prompt_id")
    )
    return dict(found.values_list("prompt_id", "id"))


def _older_version(draw: MixDraw, parts: list[MixPart]) -> ModelVersion | None:
    """The latest formerly promoted version older than the draw's newest and none of its own."""
    newest = max(part.policy_version.number for part in parts)
    own = {part.policy_version_id for part in parts}
    former = registry.formerly_promoted(project_id=draw.project_id, kind="policy")
    return next((v for v in former if v.number < newest and v.pk not in own), None)


@transaction.atomic
def retry(*, actor: User, draw: MixDraw) -> None:
    """Queue every failed or cancelled part again. Raises Conflict where there is none, or where the draw
    is of a campaign that was ended."""
    _hold_unless_ended(draw)
    ended = (Run.Status.FAILED, Run.Status.CANCELLED)
    parts = list(draw.parts.filter(run__status__in=ended).select_related("run"))
    if not parts:
        raise Conflict("nothing_to_retry", "No part of this draw has failed or was cancelled.")
    for part in parts:
        lifecycle.retry(run=part.run, actor=actor)
    record(actor=actor, action="sampling_mix.retried", thing=draw, after={"parts": len(parts)})


@transaction.atomic
def make_of_what_is_there(*, actor: User, draw: MixDraw) -> None:
    """Wait for failed parts no longer. Doing it twice changes nothing. Raises Conflict where the draw is
    of a campaign that was ended."""
    _hold_unless_ended(draw)
    wait = MixDraw.objects.filter(pk=draw.pk, missing=MixDraw.Missing.WAIT)
    if wait.update(missing=MixDraw.Missing.MAKE):
        record(
            actor=actor,
            action="sampling_mix.waits_no_longer",
            thing=draw,
            before={"missing": MixDraw.Missing.WAIT},
            after={"missing": MixDraw.Missing.MAKE},
        )
    dispatch.hint_mix(draw.pk)


def _hold_unless_ended(draw: MixDraw) -> None:
    """Lock a draw, as the end of its campaign does. Raises Conflict where that has come."""
    MixDraw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    lifecycle.refuse_of_ended_campaign(draw=draw.pk)
