"""Whether the inputs of a run can be worked with at all: something is in them, and they fit one another.

What is refused here would be refused by the trainer, after a wait, and again by every retry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annotation.corpus.models import Prompt
from annotation.lib.errors import Invalid
from annotation.runs import memory
from annotation.runs.kinds import LEARNS
from annotation.runs.models import Run
from annotation.runs.tokens import same_tokens

Inputs = Mapping[str, Any]
Problem = tuple[str, str, str]
LEARNT_FROM = {kind: "demonstrations" if kind == "sft" else "rankings" for kind in LEARNS}


def refuse_unworkable(
    kind: str, settings: Mapping[str, Any], inputs: Inputs, waits_for: Run | None
) -> None:
    """Raises Invalid with everything that no worker could work with."""
    problems = [*_empty(kind, inputs, waits_for), *_other_tokens(kind, settings, inputs)]
    if problems:
        raise Invalid(*problems)


def _empty(kind: str, inputs: Inputs, waits_for: Run | None) -> Iterator[Problem]:
    snapshot, prompt_set = inputs["snapshot"], inputs["prompt_set"]
    wanted = LEARNT_FROM.get(kind)
    if snapshot is not None and wanted and snapshot.counts.get(wanted) == 0:
        words = (
            f"snapshot: snapshot {snapshot.number} holds no {wanted}, from which a run of kind {kind} "
            "learns"
        )
        yield "snapshot", "empty", words
    comes_later = waits_for is not None and waits_for.kind == Run.Kind.IMPORT
    if prompt_set is None or kind != "sample" or comes_later:
        return
    if not Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).exists():
        yield "prompt_set", "empty", "prompt_set: no prompt in it is in use"


def _other_tokens(kind: str, settings: Mapping[str, Any], inputs: Inputs) -> Iterator[Problem]:
    """Networks that would read what the policy writes as something else."""
    policy, reward = inputs["policy_version"], inputs["reward_version"]
    draws = kind in memory.POLICY_GRADIENT or (kind == "evaluate" and inputs["prompt_set"])
    if policy is None or not draws:
        return
    parent = policy.parent if settings.get("against_parent") else None
    for field, version in (("reward_version", reward), ("config.against_parent", parent)):
        if version is not None and same_tokens(policy, version) is False:
            words = (
                f"{field}: version {version.number} ({version.kind}) reads other tokens than version "
                f"{policy.number} ({policy.kind}), their tokenizers differ; take one that reads the same"
            )
            yield field, "tokenizer", words
