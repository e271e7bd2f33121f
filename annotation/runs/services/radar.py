"""The radar: turned on by people, moved by workers. Any number of them may look at any moment.

A look at a run is one transaction under the lock of its notebook (`RadarWatch`). What was caught once, by
run, prompt and text, is never caught again: that is a constraint, not the notebook's business.
"""

from __future__ import annotations

import logging
import math
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion, Prompt
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.models import Item
from annotation.labeling.services import create_ranking_items
from annotation.labeling.services.items import choose, ranking_key, shown_hash
from annotation.lib.ids import id_like
from annotation.projects.models import Mode, Project
from annotation.runs import radar
from annotation.runs.models import RadarCatch, RadarSettings, RadarWatch, Run, RunEvent
from annotation.runs.radar import Sample, Suspect

logger = logging.getLogger(__name__)
KINDS = (Run.Kind.PPO, Run.Kind.RLOO, Run.Kind.GRPO)
ENDED = (Run.Status.SUCCEEDED, Run.Status.FAILED, Run.Status.CANCELLED)
FIELDS = ("per_run", "reward_quantile", "kl_quantile", "disagreement_quantile", "judgments")


# --- settings -----------------------------------------------------------------------------------


@transaction.atomic
def save_settings(
    *, project: Project, actor: User | None, is_on: bool, **wish: Any
) -> RadarSettings:
    """Turn the radar on or off and say how it looks. Runs that have ended stay as they are."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = RadarSettings.objects.filter(project=project).first()
    before = None if found is None else _told(found)
    kept = found or RadarSettings(project=project)
    for name, value in wish.items():
        setattr(kept, name, value)
    after = {**_told(kept), "is_on": is_on}
    if before == after:
        return kept
    if is_on != (kept.on_since is not None):
        kept.on_since = Now() if is_on else None
    kept.changed_by, kept.changed_at = actor, Now()
    kept.save()
    kept.refresh_from_db()
    record(actor=actor, action="radar.changed", thing=kept, before=before, after=after)
    return kept


def _told(settings: RadarSettings) -> dict[str, Any]:
    told = {name: getattr(settings, name) for name in FIELDS}
    return {"is_on": settings.on_since is not None, **told}


# --- looking ------------------------------------------------------------------------------------


def sweep() -> int:
    """Look at every run that the radar is on for; how many outputs were caught."""
    due = Run.objects.filter(
        Q(finished_at=None) | Q(finished_at__gt=F("project__radar__on_since")),
        Q(radar_watch=None) | Q(radar_watch__is_over=False) | ~Q(status__in=ENDED),
        kind__in=KINDS,
        started_at__isnull=False,
        project__state=Project.State.ACTIVE,
        project__radar__on_since__isnull=False,
    )
    return sum(_safely(run_id) for run_id in due.values_list("pk", flat=True))


def _safely(run_id: UUID) -> int:
    """One run's trouble is not another's."""
    try:
        return look(run_id)
    except Exception:
        logger.exception("radar on run %s", run_id)
        return 0


@transaction.atomic
def look(run_id: UUID) -> int:
    """Judge what is new in a run; how many outputs were caught. Again catches nothing."""
    run = Run.objects.select_related("project__radar", "prompt_set").get(pk=run_id)
    settings = run.project.radar
    RadarWatch.objects.get_or_create(run=run)
    watch = RadarWatch.objects.select_for_update(skip_locked=True).filter(run=run).first()
    if watch is None or settings.on_since is None:
        return 0
    is_over = run.status in ENDED  # read before the samples: none comes after
    samples = _samples(run)
    newest = max((one.event for one in samples), default=0)
    if newest == watch.event and not is_over:
        return 0
    looks = radar.looks_of(samples)
    whole = looks if is_over or _is_whole(looks) else looks[:-1]
    made, so_far = 0, []
    for one in whole:
        so_far += one
        if watch.step is not None and one[0].step <= watch.step:
            continue
        made += _judge(run, settings, so_far, one)
        watch.step = one[0].step
    watch.samples, watch.event, watch.is_over = len(so_far), newest, is_over
    watch.save()
    return made


def _is_whole(looks: list[list[Sample]]) -> bool:
    """Whether the last look has every prompt that the first has."""
    return len(looks) > 1 and len(looks[-1]) >= len(looks[0])


def _samples(run: Run) -> list[Sample]:
    names = ("step", "prompt_id", "score", "reference_score", "kl", "disagreement")
    rows = RunEvent.objects.filter(run=run, type="sample", payload__has_key="prompt_id")
    found = []
    for event, *values in rows.order_by("id").values_list(
        "id", *(f"payload__{name}" for name in names)
    ):
        step, prompt, score, reference, kl, dispute = values
        score, reference = _number(score), _number(reference)
        if isinstance(step, int) and score is not None and reference is not None:
            rest = _number(kl), _number(dispute)
            found.append(Sample(event, step, str(prompt), score, reference, *rest))
    return found


def _number(value: Any) -> float | None:
    """A figure of a trainer; None for anything else."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_one and math.isfinite(value) else None


def _judge(run: Run, settings: RadarSettings, so_far: list[Sample], one: list[Sample]) -> int:
    bounds = {axis: getattr(settings, f"{axis}_quantile") for axis in radar.AXES}
    left = settings.per_run - RadarCatch.objects.filter(run=run).count()
    most = min(left, math.ceil(settings.per_run / radar.LOOKS_OF_A_BUDGET))
    made = [
        caught
        for suspect in radar.suspects(so_far, one, bounds, most)
        if (caught := _catch(run, settings, suspect, bounds)) is not None
    ]
    if made:
        after = {"step": one[0].step, "items": [str(caught.item_id) for caught in made]}
        record(actor=None, action="radar.caught", thing=run, after=after)
    return len(made)


# --- asking people ------------------------------------------------------------------------------


def _catch(
    run: Run, settings: RadarSettings, suspect: Suspect, bounds: dict[str, float]
) -> RadarCatch | None:
    """The item for a suspicious output; None where there is nothing to ask, or it was asked."""
    sample = suspect.sample
    payload = RunEvent.objects.get(pk=sample.event).payload
    after, before = payload.get("completion"), payload.get("before")
    prompt = _prompt(run, sample.prompt)
    if prompt is None or not isinstance(after, str) or not isinstance(before, str):
        return None
    others = list(_others(run, prompt))
    like = others[0].pk if others else prompt.pk
    ours, theirs = _written(prompt, after, like), _written(prompt, before, like)
    known = shown_hash(ours)
    if known == shown_hash(theirs) or ours.withdrawn_at or theirs.withdrawn_at:
        return None
    if RadarCatch.objects.filter(run=run, prompt=prompt, text_hash=known).exists():
        return None
    quantiles = suspect.quantiles
    return RadarCatch.objects.create(
        run=run,
        prompt=prompt,
        text_hash=known,
        item=_item(run, settings, [ours, theirs], others),
        suspect=ours,
        reference=theirs,
        step=sample.step,
        samples=suspect.samples,
        score=sample.reward,
        reference_score=sample.reference_reward,
        kl=sample.kl,
        disagreement=sample.disagreement,
        reward_quantile=quantiles["reward"],
        kl_quantile=quantiles.get("kl"),
        disagreement_quantile=quantiles.get("disagreement"),
        bounds=bounds,
    )


def _prompt(run: Run, key: str) -> Prompt | None:
    try:
        wanted = UUID(key)
    except ValueError:
        return None
    return Prompt.objects.filter(pk=wanted, prompt_set=run.prompt_set, retired_at=None).first()


def _others(run: Run, prompt: Prompt) -> QuerySet[Completion]:
    """What the policy that the run began with has been sampled to say to the prompt."""
    return Completion.objects.filter(
        prompt=prompt,
        origin=Completion.Origin.POLICY,
        policy_version=run.policy_version_id,
        withdrawn_at=None,
    ).order_by("id")


def _written(prompt: Prompt, text: str, like: UUID) -> Completion:
    """The text as a completion. It belongs to no version: the policy that wrote it is not published."""
    made, _ = Completion.objects.get_or_create(
        prompt=prompt,
        origin=Completion.Origin.IMPORT,
        import_key=hash_of(["radar", text]),
        defaults={
            "pk": id_like(like),
            "system": Completion.OF_RADAR,
            "text": text,
            "shown_text": shown_or_none(text),
            "text_hash": text_hash(text),
        },
    )
    return made


def _item(
    run: Run, settings: RadarSettings, pair: list[Completion], others: list[Completion]
) -> Item:
    """An ordinary item, held out: RL prompts are kept apart from what reward models learn from."""
    k = 2 if run.project.mode == Mode.DUEL else max(2, run.project.completions_per_item)
    shown = {shown_hash(one) for one in pair}
    different = {shown_hash(one): one for one in reversed(others)}
    more = [one for one in others if different.get(shown_hash(one)) is one]
    chosen = [*pair, *(one for one in more if shown_hash(one) not in shown)][:k]
    of = ("radar", str(run.pk))
    prompt_id = pair[0].prompt_id
    create_ranking_items(
        project=run.project,
        groups={prompt_id: chosen},
        k=len(chosen),
        needed=settings.judgments,
        of=of,
        is_held_out=True,
        meta={"radar": {"run": str(run.pk)}},
    )
    return Item.objects.get(
        project=run.project, key=ranking_key(prompt_id, choose(chosen, len(chosen)), of)
    )
