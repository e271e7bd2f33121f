"""Whether the inputs of a run can be worked with at all: something is in them, and they fit one another.

What is refused here would be refused by the trainer, after a wait, and again by every retry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.corpus.models import Prompt, PromptSet
from annotation.lib.errors import FieldProblem, Invalid
from annotation.registry.models import ModelVersion
from annotation.runs import candidates, memory
from annotation.runs.ensembles import further_reward_versions
from annotation.runs.kinds import LEARNS
from annotation.runs.models import Run
from annotation.runs.shapes import context_of
from annotation.runs.tokens import same_tokens

Inputs = Mapping[str, Any]
LEARNT_FROM = {kind: "demonstrations" if kind == "sft" else "rankings" for kind in LEARNS}
# An import fills its prompt set and an export may be of an empty one; all others work on what is in it.
MAY_BE_EMPTY = (Run.Kind.IMPORT, Run.Kind.EXPORT)


def refuse_unworkable(
    kind: str, settings: Mapping[str, Any], inputs: Inputs, waits_for: Run | None
) -> None:
    """Raises Invalid with everything that no worker could work with."""
    problems = [*_empty(kind, inputs, waits_for), *_other_tokens(kind, settings, inputs)]
    problems += no_room(kind, settings, inputs)
    if kind == Run.Kind.PICK and not problems:
        problems += _no_choice(settings, inputs, waits_for)
    if problems:
        raise Invalid(*problems)


def _empty(kind: str, inputs: Inputs, waits_for: Run | None) -> Iterator[FieldProblem]:
    snapshot, prompt_set = inputs["snapshot"], inputs["prompt_set"]
    wanted = LEARNT_FROM.get(kind)
    if snapshot is not None and wanted and snapshot.counts.get(wanted) == 0:
        words = (
            f"snapshot: snapshot {snapshot.number} holds no {wanted}, from which a run of kind {kind} "
            "learns"
        )
        yield "snapshot", "empty", words
    if prompt_set is None or kind in MAY_BE_EMPTY or _filled_before(prompt_set, waits_for):
        return
    if not Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).exists():
        yield "prompt_set", "empty", "prompt_set: no prompt in it is in use"


def _filled_before(prompt_set: PromptSet, waits_for: Run | None) -> bool:
    """Whether a run that comes first, near or far, brings prompts in."""
    while waits_for is not None and waits_for.status != Run.Status.SUCCEEDED:
        if waits_for.kind == Run.Kind.IMPORT and waits_for.prompt_set_id == prompt_set.pk:
            return True
        waits_for = waits_for.waits_for
    return False


def _no_choice(
    settings: Mapping[str, Any], inputs: Inputs, waits_for: Run | None
) -> Iterator[FieldProblem]:
    """A choice needs two samples of some prompt; those of a draw come with it, and a run may come first."""
    prompt_set, policy = inputs["prompt_set"], inputs["policy_version"]
    is_coming = waits_for is not None and waits_for.status != Run.Status.SUCCEEDED
    if settings["draw"] is not None or is_coming or prompt_set is None:
        return
    only_new = settings["only_new"]
    if candidates.is_any(prompt_set, policy, only_new=only_new):
        return
    if only_new and candidates.is_any(prompt_set, policy, only_new=False):
        words = (
            "config.only_new: every prompt with two different samples was given out to be ranked "
            "already; sample other prompts first, or switch this off"
        )
        yield "config.only_new", "empty", words
    elif policy is not None and candidates.is_any(prompt_set, None, only_new=only_new):
        words = (
            f"policy_version: no prompt has two different samples of policy {policy.number}; sample from "
            "it first, or leave this empty to choose among the samples of all"
        )
        yield "policy_version", "empty", words
    else:
        words = (
            "prompt_set: no prompt in it has two different samples to choose from; sample first, several "
            "of each prompt"
        )
        yield "prompt_set", "empty", words


def no_room(kind: str, settings: Mapping[str, Any], inputs: Inputs) -> Iterator[FieldProblem]:
    """Completions so long that no prompt fits before them into what the networks read."""
    field, asked = "config.max_new_tokens", settings.get("max_new_tokens")
    if kind == "sample" and (plan := inputs.get("plan")) is not None:
        field, asked = "plan", plan.max_new_tokens
    elif not _draws(kind, inputs):
        return
    contexts = [context_of(reader) for reader in _readers(settings, inputs)]
    context = min((one for one in contexts if one is not None), default=None)
    if asked is None or context is None or asked < context:
        return
    words = (
        f"max_new_tokens: {asked} leaves no room for a prompt in the context of "
        f"{context} tokens, the shortest of all networks that read it; allowed: < {context}"
    )
    yield field, "context", words


def _readers(settings: Mapping[str, Any], inputs: Inputs) -> list[ModelVersion]:
    """Every network that reads a prompt with its completion."""
    policy, reward = inputs.get("policy_version"), inputs.get("reward_version")
    named = [policy, reward, _held_against(settings, policy)]
    found = [version for version in named if version is not None]
    if found:
        found += further_reward_versions(found[0].project_id, settings, reward)
    return found


def _held_against(settings: Mapping[str, Any], policy: ModelVersion | None) -> ModelVersion | None:
    """The parent that completes the same prompts, where the run compares with it."""
    return policy.parent if policy is not None and settings.get("against_parent") else None


def _draws(kind: str, inputs: Inputs) -> bool:
    """Whether a run has its policy complete prompts, by settings of its own."""
    by_kind = kind in (*memory.POLICY_GRADIENT, "best_of_n")
    return by_kind or (kind == "evaluate" and inputs.get("prompt_set") is not None)


def _other_tokens(kind: str, settings: Mapping[str, Any], inputs: Inputs) -> Iterator[FieldProblem]:
    """Networks that would read what the policy writes as something else."""
    policy, reward = inputs["policy_version"], inputs["reward_version"]
    if policy is None or not _draws(kind, inputs):
        return
    parent = _held_against(settings, policy)
    for field, version in (("reward_version", reward), ("config.against_parent", parent)):
        if version is not None and same_tokens(policy, version) is False:
            words = (
                f"{field}: version {version.number} ({version.kind}) reads other tokens than version "
                f"{policy.number} ({policy.kind}), their tokenizers differ; take one that reads the same"
            )
            yield field, "tokenizer", words
