"""Between rows and the files of a run directory, and the learning library's own types.

`prepare` writes what a stage reads: config.json, prompts.jsonl; model and snapshot directories are
named where they lie in the artifact store, after every byte was checked. Writing twice gives the same
files, so it needs no lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from annotation.corpus import sides
from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion, Prompt, SamplingPlan
from annotation.corpus.texts import text_hash
from annotation.lib.ids import id_like
from annotation.registry import store
from annotation.registry.cache import Hold
from annotation.registry.models import ModelVersion
from annotation.runs import mix_selectors
from annotation.runs.kinds import FURTHER, WORKERS_OWN
from annotation.runs.models import MixPart, Run
from workers import picks

PROMPTS = "prompts.jsonl"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def run_directory(run_id: UUID) -> Path:
    """The directory that all tries of a run share."""
    return Path(settings.ARTIFACT_DIR) / "runs" / str(run_id)


def own_directory(run: Run) -> Path:
    """The run's directory, made where it is missing."""
    directory = run_directory(run.id)
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def run_with_inputs(run_id: UUID) -> Run:
    """A run with the rows that it is prepared from."""
    inputs = (
        *("project", "requested_by", "snapshot__artifact", "policy_version__artifact"),
        *("policy_version__parent__artifact", "reward_version__artifact"),
        *("prompt_set", "plan", "upload"),
    )
    return Run.objects.select_related(*inputs).get(id=run_id)


def prepare(run: Run, hold: Hold, directory: Path | None = None) -> Path:
    """The run's directory, or the given one, with everything its stage reads, there while `hold` lasts.

    Raises ArtifactDamaged.
    """
    directory = directory or own_directory(run)
    inputs: dict[str, Any] = {
        name: str(store.verified(version.artifact, hold)) for name, version in _models(run).items()
    }
    if run.snapshot is not None:
        inputs["snapshot"] = str(store.verified(run.snapshot.artifact, hold))
    further = _further_reward_models(run, hold)
    if run.kind == Run.Kind.PICK:
        inputs |= _files_of_a_choice(run, directory)
        if further:
            inputs["reward_models"] = further
    elif run.prompt_set is not None:
        write_once(directory / PROMPTS, prompt_lines(run))
        inputs["prompts"] = PROMPTS
    if further and run.kind != Run.Kind.PICK:  # an ensemble: one input in place of the other
        inputs["reward_models"] = [inputs.pop("reward_model"), *further]
    document = {"stage": run.kind, "inputs": inputs, "config": stage_config(run)}
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    write_once(directory / "config.json", iter([text + "\n"]))
    return directory


def _files_of_a_choice(run: Run, directory: Path) -> dict[str, Any]:
    """What may be chosen, and what was judged already."""
    write_once(directory / picks.CANDIDATES, picks.candidate_lines(run))
    write_once(directory / picks.JUDGED, picks.judged_lines(run))
    return {"candidates": picks.CANDIDATES, "judged": picks.JUDGED}


def _further_reward_models(run: Run, hold: Hold) -> list[str]:
    """Folders of the reward models beside the chosen one, newest first."""
    keys = [UUID(key) for key in run.config.get(FURTHER, [])]
    found = ModelVersion.objects.select_related("artifact").in_bulk(keys)
    return [str(store.verified(found[key].artifact, hold)) for key in keys]


def _models(run: Run) -> dict[str, ModelVersion]:
    found: dict[str, ModelVersion | None] = {
        "policy": run.policy_version,
        "reward_model": run.reward_version,
    }
    if run.kind == Run.Kind.EVALUATE and run.config.get("against_parent"):
        policy = run.policy_version
        is_trained = policy is not None and policy.stage != ModelVersion.Stage.BASE
        if policy is not None and is_trained and run.prompt_set is not None:
            found["baseline_policy"] = policy.parent
    if run.kind == Run.Kind.EVALUATE and run.config.get("baseline_reward_version"):
        baseline = ModelVersion.objects.select_related("artifact")
        found["baseline_reward_model"] = baseline.get(pk=run.config["baseline_reward_version"])
    if run.kind == Run.Kind.PICK:
        del found["policy"]  # says whose samples; they are drawn already
    if run.kind in (Run.Kind.SFT, Run.Kind.REWARD, Run.Kind.DPO, Run.Kind.SAMPLE):
        del found["reward_model"]
    return {name: version for name, version in found.items() if version is not None}


def stage_config(run: Run) -> dict[str, Any]:
    """The stage's own settings; those of a sampling plan come from the plan."""
    config = {name: value for name, value in run.config.items() if name not in WORKERS_OWN}
    if run.kind == Run.Kind.SAMPLE and run.plan is not None:
        config |= plan_settings(run.plan)
    return config


def plan_settings(plan: SamplingPlan) -> dict[str, Any]:
    """A sampling plan in the learning library's words."""
    greedy = plan.strategy == SamplingPlan.Strategy.GREEDY
    return {
        "strategy": plan.strategy,
        "temperature": plan.temperature,
        "top_k": plan.top_k,
        "top_p": plan.top_p,
        "num_beams": plan.num_beams,
        "no_repeat_ngram": plan.no_repeat_ngram,
        "repetition_penalty": plan.repetition_penalty,
        "samples_per_prompt": 1 if greedy else plan.n,
        "max_new_tokens": plan.max_new_tokens,
        "seed": plan.seed,
    }


def prompts_of(run: Run) -> QuerySet[Prompt]:
    """The prompts of the set, or of the run's draw, that are in use."""
    prompts = Prompt.objects.filter(prompt_set=run.prompt_set, retired_at=None).order_by("id")
    part = MixPart.objects.filter(run=run).first()
    if part is not None:
        prompts = prompts.filter(id__in=mix_selectors.prompts_of(part).values("prompt_id"))
    return prompts


def prompt_lines(run: Run) -> Iterator[str]:
    """The prompts file: one line for each.

    Where the run makes something to learn from, with the side on which an export would have the prompt.
    """
    fraction = run.config["validation_fraction"] if run.kind == Run.Kind.BEST_OF_N else None
    marked = set() if fraction is None else sides.marked_for_validation(run.project_id)
    for prompt in prompts_of(run).iterator(chunk_size=1000):
        row: dict[str, Any] = {"id": str(prompt.id), "prompt": prompt.messages}
        if isinstance(prompt.reference, str):
            row["reference"] = prompt.reference
        if fraction is not None:
            is_kept = prompt.text_hash in marked or sides.is_held_out(prompt.text_hash, fraction)
            row["split"] = "validation" if is_kept else "train"
        yield json.dumps(row, ensure_ascii=False) + "\n"


def write_once(path: Path, lines: Iterator[str]) -> None:
    """Write a whole file unless it is there already; another writer of the same file does no harm."""
    if path.exists():
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


def completion_row(run: Run, line: dict[str, Any]) -> Completion:
    """A line of completions.jsonl as a completion of the run's policy and plan."""
    text = storable(str(line["text"]))
    prompt_id = UUID(str(line["prompt_id"]))
    return Completion(
        pk=id_like(prompt_id),
        prompt_id=prompt_id,
        origin=Completion.Origin.POLICY,
        policy_version_id=run.policy_version_id,
        plan_id=run.plan_id,
        sample_index=int(line["sample_index"]),
        text=text,
        shown_text=shown_or_none(text),
        text_hash=text_hash(text),
        token_count=None if line["token_count"] is None else int(line["token_count"]),
        finish_reason=str(line["finish_reason"]),
    )


def storable(value: Any) -> Any:
    """The value with characters that Postgres or UTF-8 cannot hold replaced by U+FFFD."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    return value
