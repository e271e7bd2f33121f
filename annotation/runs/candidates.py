"""What a run of kind pick may choose from: prompts in use, and their samples. Reads only."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.labeling.models import Item
from annotation.registry.models import ModelVersion
from annotation.runs import mix_selectors
from annotation.runs.models import MixPrompt


def prompts_of(prompt_set: PromptSet, *, only_new: bool, draw: UUID | None) -> QuerySet[Prompt]:
    """Those in use, of a draw where one is named; `only_new`: without those that have an item."""
    prompts = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None)
    if draw is not None:
        prompts = prompts.filter(id__in=MixPrompt.objects.filter(draw=draw).values("prompt_id"))
    if only_new:
        ranked = Item.objects.filter(project=prompt_set.project_id, kind=Item.Kind.RANKING)
        prompts = prompts.exclude(id__in=ranked.values("prompt_id"))
    return prompts


def completions_of(policy_version: UUID | None, *, draw: UUID | None) -> QuerySet[Completion]:
    """Samples and imported completions, of a policy where one is named; what people wrote is none."""
    if draw is not None:
        return mix_selectors.drawn_in(draw)
    found = Completion.objects.filter(withdrawn_at=None).exclude(origin=Completion.Origin.HUMAN)
    found = found.exclude(system=Completion.OF_RADAR)
    return found.filter(policy_version=policy_version) if policy_version else found


def is_any(prompt_set: PromptSet, policy: ModelVersion | None, *, only_new: bool) -> bool:
    """Whether some prompt has two samples of different text; looks no further than the first one."""
    samples = completions_of(policy.pk if policy else None, draw=None).order_by()
    other = samples.filter(prompt=OuterRef("prompt")).exclude(text_hash=OuterRef("text_hash"))
    prompts = prompts_of(prompt_set, only_new=only_new, draw=None)
    return samples.filter(Exists(other), prompt__in=prompts).exists()
